//! The configuration file as a JSON Schema (draft 2020-12), made from the tables that its parser uses.

use serde_json::{Map, Value, json};
use strum::IntoEnumIterator as _;

use super::settings::Kind;
use super::theme::{COLORS, MODIFIERS};
use super::{Action, Context, Ramp, Role, Setting};

/// The schema of `config.toml`.
#[must_use]
pub fn schema() -> Value {
    let mut properties: Map<String, Value> = Setting::iter().map(|s| (s.name().to_owned(), setting(s))).collect();
    properties.insert("keys".to_owned(), keys());
    properties.insert("colors".to_owned(), colors());
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of cerebro",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "$defs": { "keys": of_a_context(), "style": style() },
    })
}

fn setting(setting: Setting) -> Value {
    let description = setting.describe();
    match setting.kind() {
        Kind::Choice(words) => json!({ "description": description, "enum": words, "default": words.first() }),
        Kind::Switch(on) => json!({ "description": description, "type": "boolean", "default": on }),
        Kind::Percent => {
            json!({ "description": description, "type": "integer", "minimum": 0, "maximum": 100, "default": 0 })
        }
        Kind::Path | Kind::Text => json!({ "description": description, "type": "string" }),
    }
}

fn keys() -> Value {
    let contexts: Map<String, Value> = Context::iter()
        .map(|context| {
            let name: &str = context.into();
            (name.to_owned(), json!({ "$ref": "#/$defs/keys" }))
        })
        .collect();
    json!({
        "description": "Keys by the place where they hold. They add to the built-in keys and override single ones.",
        "type": "object",
        "additionalProperties": false,
        "properties": contexts,
    })
}

/// Which names a key may have is decided by the parser; here a key may be any text.
fn of_a_context() -> Value {
    let actions = Action::iter().map(|action| json!({ "const": action.name(), "description": action.describe() }));
    let none = json!({ "const": "none", "description": "Takes the key away" });
    json!({
        "description": "Key to action. A key is x, X, ctrl-x, alt-x, f1, enter, left, space and so on.",
        "type": "object",
        "additionalProperties": { "oneOf": actions.chain([none]).collect::<Vec<_>>() },
    })
}

fn colors() -> Value {
    let mut sections: Map<String, Value> = Map::new();
    let mut put = |section: &str, name: &str, value: Value| {
        let empty = || json!({ "type": "object", "additionalProperties": false, "properties": {} });
        let section = sections.entry(section).or_insert_with(empty);
        if let Some(properties) = section.get_mut("properties").and_then(Value::as_object_mut) {
            properties.insert(name.to_owned(), value);
        }
    };
    for role in Role::iter() {
        let (section, name) = role.key();
        put(section, name, json!({ "$ref": "#/$defs/style" }));
    }
    for ramp in Ramp::iter() {
        put("heat", ramp.name(), json!({ "type": "array", "items": { "$ref": "#/$defs/style" } }));
    }
    json!({
        "description": "Styles in place of those of the theme, whichever is in use.",
        "type": "object",
        "additionalProperties": false,
        "properties": sections,
    })
}

fn style() -> Value {
    let names = COLORS.map(|(name, _)| name).join("|");
    let modifiers = MODIFIERS.map(|(name, _)| name).join("|");
    let color = format!("(#[0-9a-fA-F]{{6}}|25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9]|{names})");
    json!({
        "description": "[color] [on color] and modifiers. Colors: #rrggbb, 0-255, or one that the terminal names.",
        "type": "string",
        "pattern": format!("^ *(((on +)?{color}|{modifiers})( +|$))*$"),
    })
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::super::theme::ThemeName;
    use super::super::{Config, ConfigError, Depth, Keymap, Place, keymap};
    use super::*;

    /// Whether a value fits the schema: the keywords that `schema` uses and no other.
    fn fits(value: &Value, schema: &Value, root: &Value) -> bool {
        let schema_of = |key: &str| schema.get(key);
        let known = ["$schema", "$ref", "$defs", "title", "description", "default", "type", "enum", "const", "oneOf"];
        let known = known
            .iter()
            .chain(&["properties", "additionalProperties", "items", "pattern", "minimum", "maximum"])
            .collect::<Vec<_>>();
        for key in schema.as_object().unwrap().keys() {
            assert!(known.contains(&&key.as_str()), "the test does not know {key}");
        }
        if let Some(to) = schema_of("$ref") {
            return fits(value, root.pointer(to.as_str().unwrap().trim_start_matches('#')).unwrap(), root);
        }
        let right_type = match schema_of("type").map(|t| t.as_str().unwrap()) {
            Some("object") => value.is_object(),
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64(),
            Some("boolean") => value.is_boolean(),
            Some("array") => value.is_array(),
            Some(other) => panic!("the test does not know the type {other}"),
            None => true,
        };
        let one_of = schema_of("oneOf").and_then(Value::as_array);
        let pattern = schema_of("pattern").map(|p| Regex::new(p.as_str().unwrap()).unwrap());
        let properties = schema_of("properties").and_then(Value::as_object);
        right_type
            && schema_of("const").is_none_or(|c| c == value)
            && schema_of("enum").is_none_or(|e| e.as_array().unwrap().contains(value))
            && one_of.is_none_or(|all| all.iter().filter(|s| fits(value, s, root)).count() == 1)
            && schema_of("minimum").is_none_or(|least| value.as_i64() >= least.as_i64())
            && schema_of("maximum").is_none_or(|most| value.as_i64() <= most.as_i64())
            && pattern.is_none_or(|p| value.as_str().is_some_and(|text| p.is_match(text)))
            && value
                .as_array()
                .is_none_or(|all| schema_of("items").is_none_or(|s| all.iter().all(|v| fits(v, s, root))))
            && value.as_object().is_none_or(|all| {
                all.iter().all(|(key, v)| {
                    match (properties.and_then(|p| p.get(key)), schema_of("additionalProperties")) {
                        (Some(schema), _) => fits(v, schema, root),
                        (None, Some(Value::Bool(more))) => *more,
                        (None, Some(schema)) => fits(v, schema, root),
                        (None, None) => true,
                    }
                })
            })
    }

    fn by_schema(text: &str) -> bool {
        let value: Value = toml::from_str(text).unwrap();
        let schema = schema();
        fits(&value, &schema, &schema)
    }

    fn by_parser(text: &str) -> Result<Config, ConfigError> {
        Config::parse(&Place { text, path: "config.toml" }, std::path::Path::new(""), Depth::True)
    }

    #[test]
    fn the_built_in_files_fit() {
        let under = |name: &str, text: &str| text.replace("\n[", &format!("\n[{name}."));
        let keys = under("keys", keymap::DEFAULT);
        assert!(by_parser(&keys).is_ok() && by_schema(&keys));
        for name in ThemeName::iter() {
            let colors = under("colors", name.text());
            assert!(by_parser(&colors).is_ok() && by_schema(&colors), "{}", name.name());
        }
        assert!(by_schema(super::super::sample(&Keymap::built_in().unwrap()).as_str()));
    }

    /// What the one takes the other takes: the schema is worth nothing if it says something else than the program.
    #[rstest::rstest]
    #[case("theme = \"colorblind\"\nmouse = false\nledger = \"x\"\n", true)]
    #[case("[keys.source]\nf12 = \"none\"\n", true)]
    #[case("[colors.ui]\ntext = \"#00ff00 on 17 bold\"\n[colors.heat]\nmarks = [\"red\", \"lightred\"]\n", true)]
    #[case("theme = \"purple\"\n", false)]
    #[case("mouse = 1\n", false)]
    #[case("blind = true\nsecond_malicious = 100\n", true)]
    #[case("second_others = 101\n", false)]
    #[case("second_others = -1\n", false)]
    #[case("second_others = 0.5\n", false)]
    #[case("second_others = true\n", false)]
    #[case("model = false\n", false)]
    #[case("mous = true\n", false)]
    #[case("[keys.everywhere]\nq = \"quit\"\n", false)]
    #[case("[keys.anywhere]\nf12 = \"qiut\"\n", false)]
    #[case("[keys.anywhere]\nf12 = [\"quit\"]\n", false)]
    #[case("[keys]\nf12 = \"quit\"\n", false)]
    #[case("[colors.ui]\ntxet = \"red\"\n", false)]
    #[case("[colors.ui]\ntext = \"rde\"\n", false)]
    #[case("[colors.ui]\ntext = \"256\"\n", false)]
    #[case("[colors.ui]\ntext = \"on\"\n", false)]
    #[case("[colors.heat]\nramp = \"red\"\n", false)]
    #[case("[colors.text]\nui = \"red\"\n", false)]
    fn schema_and_parser_agree(#[case] text: &str, #[case] good: bool) {
        assert_eq!(by_parser(text).is_ok(), good, "the parser: {:?}", by_parser(text).err());
        assert_eq!(by_schema(text), good, "the schema");
    }
}
