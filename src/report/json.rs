//! JSON objects that are put together key by key, and read the same way.

use serde_json::Value;

/// Sets a key of an object.
pub fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

/// What stands at a key, null where there is nothing.
pub fn at(object: &Value, key: &str) -> Value {
    object.get(key).cloned().unwrap_or_default()
}
