//! The service's description, for those who make clients: OpenAPI 3.1, from the same table as the service.

use serde_json::{Map, Value, json};
use strum::IntoEnumIterator as _;

use super::Asked;
use crate::report::Format;

/// The description.
#[must_use]
pub fn openapi() -> Value {
    let mut paths = Map::new();
    paths.insert(
        "/health".to_owned(),
        json!({"get": read("Whether the service is there, and for how many packages it has room.")}),
    );
    paths.insert("/openapi.json".to_owned(), json!({"get": read("This description.")}));
    for asked in Asked::ALL {
        paths.insert(asked.path().to_owned(), json!({"post": question(asked)}));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Cerebro",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Is this npm or PyPI package malware?",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": {
                "type": "object",
                "required": ["error"],
                "properties": {"error": {"type": "string"}},
            }},
            "responses": {"Refused": {
                "description": "Why there is no answer.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            }},
        },
    })
}

/// Something that is read and takes nothing.
fn read(summary: &str) -> Value {
    let answer = json!({"description": "An object.", "content": {"application/json": {"schema": {"type": "object"}}}});
    json!({"summary": summary, "responses": {"200": answer, "401": refused()}})
}

fn question(asked: Asked) -> Value {
    let mut parameters =
        vec![parameter("name", "File name of the archive, such as demo-1.0.0.tgz.", json!({"type": "string"}))];
    if asked == Asked::Report {
        let known: Vec<&str> = Format::iter().map(Format::word).collect();
        let schema = json!({"type": "string", "enum": known, "default": Format::Markdown.word()});
        parameters.push(parameter("format", "For whom.", schema));
    }
    let object = |schema: &str| {
        json!({"application/json": {"schema": {
            "type": "object",
            "required": ["schema"],
            "properties": {"schema": {"const": schema}},
        }}})
    };
    let content = asked.schema().map_or_else(
        || json!({"text/markdown": {}, "text/plain": {}, "application/json": {"schema": {"type": "object"}}}),
        object,
    );
    json!({
        "summary": asked.summary(),
        "parameters": parameters,
        "requestBody": {
            "required": true,
            "description": "The archive.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        },
        "responses": {
            "200": {"description": "The answer.", "content": content},
            "401": refused(), "413": refused(), "422": refused(), "503": refused(),
        },
    })
}

fn parameter(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

fn refused() -> Value {
    json!({"$ref": "#/components/responses/Refused"})
}
