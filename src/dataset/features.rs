//! The features of a dataset, as its card declares them: the one place where they are written down.

/// A column, or a member of a struct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Feature {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
}

/// A type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// Yes or no.
    Bool,
    /// One of these names, stored by its number.
    Class(Vec<String>),
    /// Any number of these.
    List(Box<Kind>),
    /// All of these.
    Struct(Vec<Feature>),
}

/// The features of a card. Its header is YAML of our own hand, two blanks deeper for each level.
pub(super) fn of(card: &str) -> Vec<Feature> {
    let lines: Vec<(usize, &str)> = card
        .lines()
        .skip_while(|line| line.trim() != "features:")
        .skip(1)
        .take_while(|line| line.trim() != "splits:")
        .map(|line| (line.len() - line.trim_start().len(), line.trim()))
        .collect();
    let indent = lines.first().map_or(0, |(indent, _)| *indent);
    fields(&mut lines.as_slice(), indent)
}

/// The entries of a list at this depth.
fn fields(lines: &mut &[(usize, &str)], indent: usize) -> Vec<Feature> {
    let mut all = Vec::new();
    while let Some(((depth, line), rest)) = lines.split_first() {
        let Some(name) = line.strip_prefix("- name: ").filter(|_| *depth == indent) else { break };
        *lines = rest;
        let kind = kind(lines, indent + 2);
        all.push(Feature { name: name.to_owned(), kind });
    }
    all
}

fn kind(lines: &mut &[(usize, &str)], indent: usize) -> Kind {
    let Some(((_, line), rest)) = lines.split_first() else { return Kind::Text };
    *lines = rest;
    match line.split_once(": ") {
        Some(("dtype", word)) => scalar(word),
        Some(("sequence", word)) => Kind::List(Box::new(scalar(word))),
        _ => match *line {
            "list:" => Kind::List(Box::new(Kind::Struct(fields(lines, indent)))),
            "struct:" => Kind::Struct(fields(lines, indent)),
            // `dtype:` with a class label below it.
            _ => {
                let names = lines.iter().take_while(|(depth, _)| *depth > indent);
                let count = names.clone().count();
                let names = names.filter_map(|(_, line)| Some(line.strip_prefix('\'')?.split_once(": ")?.1.to_owned()));
                let kind = Kind::Class(names.collect());
                *lines = lines.get(count..).unwrap_or_default();
                kind
            }
        },
    }
}

fn scalar(word: &str) -> Kind {
    match word {
        "int64" => Kind::Int,
        "float64" => Kind::Float,
        "bool" => Kind::Bool,
        _ => Kind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_of_the_card_is_read() {
        let card = include_str!("card.md");
        let features = of(card);
        let count = card.lines().filter(|line| line.starts_with("  - name: ") && !line.contains('{')).count();
        assert_eq!(features.len(), count);
        let of = |name: &str| &features.iter().find(|feature| feature.name == name).unwrap().kind;
        assert_eq!(*of("uncertain"), Kind::Bool);
        assert!(matches!(of("label"), Kind::Class(names) if names.len() == 6 && names[5] == "malicious"));
        let Kind::List(pieces) = of("pieces") else { panic!() };
        let Kind::Struct(fields) = &**pieces else { panic!() };
        assert!(matches!(&fields[0].kind, Kind::Struct(range) if range.len() == 2));
        assert_eq!(fields[1].kind, Kind::List(Box::new(Kind::Int)));
    }
}
