//! Rows as the columns of a Parquet file. The columns follow from the features that the card declares and from nothing else, so
//! that a list that is empty everywhere has its type, and the same rows give the same bytes.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, GzipLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::Value;

use super::features::{Feature, Kind};

/// Gathers rows and writes them as one group.
pub(super) struct Writer {
    features: Vec<Feature>,
    columns: Vec<Column>,
}

/// The values of one leaf of the features. A value that is not there because a list around it is empty has levels alone.
struct Column {
    path: String,
    values: Values,
    /// Which of the lists around it goes on with each value; 0 for a new row.
    repetitions: Vec<i16>,
    /// How many of the lists around it have anything in them.
    definitions: Vec<i16>,
}

enum Values {
    Bools(Vec<bool>),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    Texts(Vec<ByteArray>),
}

impl Writer {
    /// A writer of rows with these features.
    pub fn new(features: Vec<Feature>) -> Self {
        let mut columns = Vec::new();
        for feature in &features {
            leaves(&feature.kind, &feature.name, &mut columns);
        }
        Self { features, columns }
    }

    /// Adds a row: an object that has the features.
    pub fn row(&mut self, row: &Value) -> io::Result<()> {
        let mut at = 0;
        for feature in &self.features {
            let value = row.get(&feature.name).unwrap_or(&Value::Null);
            put(&feature.kind, Some(value), Levels::default(), &mut self.columns, &mut at)?;
        }
        Ok(())
    }

    /// Writes the file.
    pub fn finish(self, out: impl Write + Send) -> io::Result<()> {
        self.write(out).map_err(io::Error::other)
    }

    fn write(self, out: impl Write + Send) -> Result<(), ParquetError> {
        let schema = format!("message schema {{ {} }}", self.features.iter().map(declared).collect::<String>());
        // What this crate's version is must not change a dataset.
        let properties = WriterProperties::builder()
            .set_created_by(concat!("cerebro ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::GZIP(GzipLevel::default()))
            .set_statistics_enabled(EnabledStatistics::None);
        let mut file =
            SerializedFileWriter::new(out, Arc::new(parse_message_type(&schema)?), Arc::new(properties.build()))?;
        let mut group = file.next_row_group()?;
        for Column { values, repetitions, definitions, .. } in self.columns {
            let levels = (Some(definitions.as_slice()), Some(repetitions.as_slice()));
            let Some(mut column) = group.next_column()? else { break };
            match values {
                Values::Bools(values) => column.typed::<BoolType>().write_batch(&values, levels.0, levels.1)?,
                Values::Ints(values) => column.typed::<Int64Type>().write_batch(&values, levels.0, levels.1)?,
                Values::Floats(values) => column.typed::<DoubleType>().write_batch(&values, levels.0, levels.1)?,
                Values::Texts(values) => column.typed::<ByteArrayType>().write_batch(&values, levels.0, levels.1)?,
            };
            column.close()?;
        }
        group.close()?;
        file.close()?;
        Ok(())
    }
}

/// A feature in the words of a schema.
fn declared(feature: &Feature) -> String {
    let name = &feature.name;
    match &feature.kind {
        Kind::Bool => format!("required boolean {name}; "),
        Kind::Int | Kind::Class(_) => format!("required int64 {name}; "),
        Kind::Float => format!("required double {name}; "),
        Kind::Text => format!("required binary {name} (UTF8); "),
        Kind::Struct(fields) => {
            format!("required group {name} {{ {} }} ", fields.iter().map(declared).collect::<String>())
        }
        Kind::List(inner) => {
            let element = declared(&Feature { name: "element".to_owned(), kind: (**inner).clone() });
            format!("required group {name} (LIST) {{ repeated group list {{ {element} }} }} ")
        }
    }
}

/// The leaves below a feature, in the order of the schema.
fn leaves(kind: &Kind, path: &str, columns: &mut Vec<Column>) {
    let values = match kind {
        Kind::Struct(fields) => {
            return fields.iter().for_each(|field| leaves(&field.kind, &format!("{path}.{}", field.name), columns));
        }
        Kind::List(inner) => return leaves(inner, path, columns),
        Kind::Bool => Values::Bools(Vec::new()),
        Kind::Int | Kind::Class(_) => Values::Ints(Vec::new()),
        Kind::Float => Values::Floats(Vec::new()),
        Kind::Text => Values::Texts(Vec::new()),
    };
    columns.push(Column { path: path.to_owned(), values, repetitions: Vec::new(), definitions: Vec::new() });
}

/// Where a value stands in the lists around it.
#[derive(Debug, Clone, Copy, Default)]
struct Levels {
    /// How many lists are around it.
    depth: i16,
    /// Which of them goes on with it.
    repetition: i16,
    /// How many of them have anything in them.
    definition: i16,
}

/// Puts a value into the columns below a feature; `at` counts them. There is none where a list around it is empty.
fn put(kind: &Kind, value: Option<&Value>, levels: Levels, columns: &mut [Column], at: &mut usize) -> io::Result<()> {
    match kind {
        Kind::Struct(fields) => fields.iter().try_for_each(|field| {
            let inner = value.map(|value| value.get(&field.name).unwrap_or(&Value::Null));
            put(&field.kind, inner, levels, columns, at)
        }),
        Kind::List(inner) => {
            let (start, depth) = (*at, levels.depth + 1);
            let items = value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            if items.is_empty() {
                return put(inner, None, Levels { depth, ..levels }, columns, at);
            }
            for (index, item) in items.iter().enumerate() {
                *at = start;
                let repetition = if index == 0 { levels.repetition } else { depth };
                let definition = levels.definition + 1;
                put(inner, Some(item), Levels { depth, repetition, definition }, columns, at)?;
            }
            Ok(())
        }
        _ => {
            let column = columns.get_mut(*at).ok_or_else(|| io::Error::other("there is no such column"))?;
            *at += 1;
            column.repetitions.push(levels.repetition);
            column.definitions.push(levels.definition);
            let Some(value) = value else { return Ok(()) };
            column.values.add(kind, value).ok_or_else(|| {
                io::Error::other(format!("{} is not of the type that the card declares: {value}", column.path))
            })
        }
    }
}

impl Values {
    /// Adds a value; `None` where it is of another type.
    fn add(&mut self, kind: &Kind, value: &Value) -> Option<()> {
        match (self, kind) {
            (Self::Bools(all), _) => all.push(value.as_bool()?),
            (Self::Ints(all), Kind::Class(names)) => {
                let id = names.iter().position(|known| value.as_str() == Some(known))?;
                all.push(i64::try_from(id).ok()?);
            }
            (Self::Ints(all), _) => all.push(value.as_i64()?),
            (Self::Floats(all), _) => all.push(value.as_f64()?),
            (Self::Texts(all), _) => all.push(value.as_str()?.into()),
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::features;
    use super::*;

    const CARD: &str = "  features:\n  - name: a\n    list:\n    - name: b\n      sequence: string\n    - name: c\n      dtype: int64\n  splits:\n";

    #[test]
    fn lists_in_lists_are_told_apart_by_their_levels() {
        let mut writer = Writer::new(features::of(CARD));
        writer.row(&json!({"a": [{"b": ["x", "y"], "c": 1}, {"b": [], "c": 2}, {"b": ["z"], "c": 3}]})).unwrap();
        writer.row(&json!({"a": []})).unwrap();
        let levels: Vec<_> = writer.columns.iter().map(|c| (c.repetitions.clone(), c.definitions.clone())).collect();
        assert_eq!(levels, [(vec![0, 2, 1, 1, 0], vec![2, 2, 1, 2, 0]), (vec![0, 1, 1, 0], vec![1, 1, 1, 0]),]);
    }

    #[test]
    fn a_value_of_another_type_is_an_error_that_names_the_column() {
        let error = Writer::new(features::of(CARD)).row(&json!({"a": [{"b": [], "c": "1"}]})).unwrap_err().to_string();
        assert!(error.contains("a.c"), "{error}");
    }

    #[test]
    fn rows_can_be_read_back() {
        use parquet::file::reader::{FileReader as _, SerializedFileReader};
        let rows = [json!({"a": [{"b": ["x", "y"], "c": 1}, {"b": [], "c": -2}]}), json!({"a": []})];
        let mut writer = Writer::new(features::of(CARD));
        rows.iter().for_each(|row| writer.row(row).unwrap());
        let mut file = tempfile::tempfile().unwrap();
        writer.finish(&mut file).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let read: Vec<String> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
        assert_eq!(read, [r#"{a: [{b: ["x", "y"], c: 1}, {b: [], c: -2}]}"#, "{a: []}"]);
    }
}
