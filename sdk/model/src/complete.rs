//! What turns a payload into the form in which it is served.

use serde_json::{Map, Value};

use crate::spec::{Alias, ModelSpec};

impl ModelSpec {
    /// Adds to a payload what follows from itself: second names, and the numbered phone fields from the list of
    /// phones. What is there already stays. Doing it twice changes nothing.
    pub fn complete(&self, document: &mut Map<String, Value>) {
        for (list, prefix) in [("phones", "phone"), ("manager_phones", "manager_phone")] {
            number_phones(document, list, prefix);
        }
        for alias in self.aliases {
            copy(document, alias);
        }
    }
}

fn number_phones(document: &mut Map<String, Value>, list: &str, prefix: &str) {
    let Some(Value::Array(phones)) = document.get(list) else {
        return;
    };
    let first_two: Vec<_> = phones
        .iter()
        .take(2)
        .map(|phone| {
            (
                phone.get("number").cloned(),
                phone.get("type_normalized").cloned(),
            )
        })
        .collect();
    for (index, (number, kind)) in first_two.into_iter().enumerate() {
        let name = format!("{prefix}_{}", index + 1);
        // A number that the connector set itself must not get the kind of another.
        if document.get(&name).is_some_and(|value| !value.is_null()) {
            continue;
        }
        if let Some(kind) = kind {
            document.insert(format!("{name}_type"), kind);
        }
        if let Some(number) = number {
            document.insert(name, number);
        }
    }
}

fn copy(document: &mut Map<String, Value>, alias: &Alias) {
    match (alias.name.split_once("[]."), alias.source.split_once("[].")) {
        (Some((list, name)), Some((_, source))) => {
            let items = document
                .get_mut(list)
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten();
            for item in items.filter_map(Value::as_object_mut) {
                copy_field(item, name, source);
            }
        }
        _ => copy_field(document, alias.name, alias.source),
    }
}

fn copy_field(object: &mut Map<String, Value>, name: &str, source: &str) {
    if object.get(name).is_none_or(Value::is_null)
        && let Some(value) = object.get(source).cloned()
    {
        object.insert(name.to_owned(), value);
    }
}
