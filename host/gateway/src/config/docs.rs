//! `docs/operators/configuration.md`: every key with its meaning, out of the types themselves.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::source::variable;
use super::{Config, print};

/// The meaning of a dotted key: what the type says beside it.
fn meaning(schema: &Value, key: &str) -> String {
    let mut place = schema;
    for part in key.split('.') {
        let reference = place["$ref"].as_str().and_then(|it| it.strip_prefix('#'));
        if let Some(pointer) = reference {
            place = schema.pointer(pointer).unwrap();
        }
        place = &place["properties"][part];
    }
    let text = place["description"]
        .as_str()
        .unwrap_or_else(|| panic!("{key} has no meaning"));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn page() -> String {
    let schema = schemars::schema_for!(Config).to_value();
    let defaults = serde_json::to_value(Config::default()).unwrap();
    let mut page = String::from(
        "# Configuration\n\n\
         Sources, later ones win: the defaults, a TOML file (`--config`, `PORTCULLIS_CONFIG`, or `portcullis.toml` in the \
         working folder), the environment, flags. An unknown key or variable is refused with the nearest known name. \
         `portcullis config print` shows every key with its value, secrets masked.\n\n\
         In the file a key `server.listen` stands in the table `[server]`.\n",
    );
    let mut table = String::new();
    print::leaves("", &defaults, &mut |key, value| {
        let of = key.split_once('.').map_or("", |(table, _)| table);
        if of != table || page.ends_with(".\n") {
            let title = if of.is_empty() { "The top" } else { of };
            let _ = write!(
                page,
                "\n## {title}\n\n| Key | Variable | Default | Meaning |\n| --- | --- | --- | --- |\n"
            );
            of.clone_into(&mut table);
        }
        let default = match value {
            Value::Null => "none".to_owned(),
            other => format!("`{other}`"),
        };
        let _ = writeln!(
            page,
            "| `{key}` | `{}` | {default} | {} |",
            variable(key),
            meaning(&schema, key)
        );
    });
    page
}

#[test]
fn the_page_of_all_keys_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operators/configuration.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page).unwrap();
        return;
    }
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        page,
        "UPDATE_DOCS=1 brings it up to date"
    );
}
