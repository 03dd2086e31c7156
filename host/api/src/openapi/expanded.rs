//! Expanded records in the schemas, and the parameter that asks for them.

use portcullis_model::ModelSpec;
use portcullis_service::{Expansion, expansions};
use serde_json::{Map, Value, json};

use super::{object, parameter, refined, title};

/// The parameter, for a model that has references.
pub(super) fn expand(spec: &ModelSpec) -> Option<Value> {
    let names: Vec<String> = expansions(spec)
        .iter()
        .map(|it| it.name.replace('.', r"\."))
        .collect();
    if names.is_empty() {
        return None;
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Some(parameter(
        "expand",
        refined::list_of(&names, "", None),
        "References whose records are served beside their ids, separated by commas. Not with `format=ndjson` and `format=csv`.",
    ))
}

/// Adds the members that hold expanded records to a model's schema and its definitions.
pub(super) fn members(spec: &ModelSpec, schema: &mut Value, definitions: &mut Map<String, Value>) {
    for expansion in expansions(spec) {
        let holder = match expansion.list {
            None => Some(&mut *schema),
            Some(list) => schema["properties"][list]["items"]["$ref"]
                .as_str()
                .and_then(|target| target.strip_prefix("#/components/schemas/"))
                .and_then(|name| definitions.get_mut(name)),
        };
        if let Some(holder) = holder {
            object(holder, "properties").insert(expansion.member.clone(), member(expansion));
        }
    }
}

fn member(expansion: &Expansion) -> Value {
    let Some(model) = portcullis_model::model(expansion.model) else {
        return json!({});
    };
    let reference = format!("#/components/schemas/{}", title(model));
    let record = json!({"anyOf": [{"$ref": reference}, {"type": "null"}]});
    let (name, ids) = (&expansion.name, expansion.ids);
    if expansion.many {
        return json!({
            "type": ["array", "null"], "items": record,
            "description": format!("With `expand={name}`: the records of `{ids}`, in its order; null for those that are not known."),
        });
    }
    let mut member = record;
    member["description"] = json!(format!(
        "With `expand={name}`: the record of `{ids}`; null where it is not known."
    ));
    member
}
