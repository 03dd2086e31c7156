//! `config print`: every key with its value and its source's spelling, secrets masked.

use serde_json::Value;

use super::{Config, ConfigError};

/// Visits every leaf of the tree with its dotted key.
pub(super) fn leaves(prefix: &str, tree: &Value, visit: &mut impl FnMut(&str, &Value)) {
    match tree {
        Value::Object(members) => {
            for (name, value) in members {
                let key = if prefix.is_empty() {
                    name.clone()
                } else {
                    format!("{prefix}.{name}")
                };
                leaves(&key, value, visit);
            }
        }
        leaf => visit(prefix, leaf),
    }
}

pub(super) fn json(config: &Config) -> Result<Value, ConfigError> {
    serde_json::to_value(config).map_err(unprintable)
}

/// TOML that can be read back; keys without a value are comments.
pub(super) fn toml(config: &Config) -> Result<String, ConfigError> {
    let mut text = String::new();
    table("", &json(config)?, &mut text);
    Ok(text.trim_start().to_owned())
}

/// A table's own keys, and after them the tables in it.
fn table(path: &str, tree: &Value, text: &mut String) {
    let Value::Object(members) = tree else { return };
    for (name, value) in members.iter().filter(|(_, value)| !value.is_object()) {
        text.push_str(&line(name, value));
    }
    for (name, value) in members.iter().filter(|(_, value)| value.is_object()) {
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        text.push_str(&format!("\n[{path}]\n"));
        table(&path, value, text);
    }
}

fn line(name: &str, value: &Value) -> String {
    match value {
        Value::Null => format!("# {name} is not set\n"),
        // A basic TOML string escapes like a JSON string.
        other => format!("{name} = {other}\n"),
    }
}

fn unprintable(error: serde_json::Error) -> ConfigError {
    ConfigError::Value {
        place: "the configuration".to_owned(),
        detail: error.to_string(),
    }
}
