//! The examples of the document: answers that the router gave to a test, which also holds it against them.

use serde_json::{Map, Value};

use super::object;

/// By operation. `UPDATE_DOCS=1` brings the file up to date when its test runs.
const EXAMPLES: &str = include_str!("examples.json");

/// Puts the examples where they belong.
pub(super) fn show(document: &mut Value) {
    let mut examples: Map<String, Value> = serde_json::from_str(EXAMPLES).unwrap_or_default();
    let items = object(document, "paths").values_mut();
    for operation in items
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut)
    {
        let name = operation["operationId"].as_str().unwrap_or_default();
        let Some(example) = examples.remove(name) else {
            continue;
        };
        let answers = object(operation, "responses").iter_mut();
        let mut good = answers.filter(|(status, _)| status.starts_with('2'));
        if let Some(content) =
            good.find_map(|(_, answer)| answer.pointer_mut("/content/application~1json"))
        {
            content["example"] = example;
        }
    }
}
