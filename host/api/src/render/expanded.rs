//! Records inside of records: each is rendered once, and written wherever one refers to it.

use std::collections::HashMap;

use portcullis_service::{Expansion, Followed, Served};
use serde_json::{Map, Value};

use super::{BadDocument, Shape, record, write, write_name};

/// Finished records, by model and id.
#[derive(Debug, Default)]
pub(crate) struct Expanded {
    records: HashMap<String, HashMap<String, Vec<u8>>>,
}

impl Expanded {
    /// Renders them. Nothing is expanded in them, and every one of their fields is served.
    pub(crate) fn of(found: Followed) -> Result<Self, BadDocument> {
        let mut expanded = Self::default();
        let (whole, nothing) = (Served::default(), Self::default());
        for (model, row) in found.into_rows() {
            let Some(spec) = portcullis_model::model(&model) else {
                continue;
            };
            let (id, mut bytes) = (row.id.clone(), Vec::with_capacity(1536));
            record(spec, &whole, row, &nothing, &mut bytes)?;
            let records = expanded.records.entry(model).or_default();
            records.insert(id, bytes);
        }
        Ok(expanded)
    }

    /// What belongs into the outermost object, by member: found before the ids are written and gone.
    pub(super) fn places<'a>(
        &self,
        document: &Map<String, Value>,
        expand: &[&'a Expansion],
    ) -> Vec<(&'a str, Vec<u8>)> {
        let outermost = expand.iter().filter(|it| it.list.is_none());
        outermost
            .map(|it| {
                let mut found = Vec::new();
                self.write(it, document.get(it.ids), &mut found);
                (it.member.as_str(), found)
            })
            .collect()
    }

    /// Writes a list in its shape, each of its objects with the records that it refers to.
    pub(super) fn write_list(
        &self,
        list: Option<Value>,
        shape: &Shape,
        name: &str,
        expand: &[&Expansion],
        out: &mut Vec<u8>,
    ) {
        let (Some(Value::Array(items)), Shape::List(shape)) = (&list, shape) else {
            return write(list, shape, out);
        };
        let inside: Vec<&&Expansion> = expand.iter().filter(|it| it.list == Some(name)).collect();
        out.push(b'[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write(Some(item.clone()), shape, out);
            if !item.is_object() {
                continue;
            }
            out.pop();
            for expansion in &inside {
                // The object has the fields of its shape, the id's among them.
                write_name(false, &expansion.member, out);
                self.write(expansion, item.get(expansion.ids), out);
            }
            out.push(b'}');
        }
        out.push(b']');
    }

    /// The record of an id, or those of a list of ids in its order; null for what is not known.
    fn write(&self, expansion: &Expansion, ids: Option<&Value>, out: &mut Vec<u8>) {
        match ids {
            Some(Value::Array(ids)) if expansion.many => {
                out.push(b'[');
                for (index, id) in ids.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    out.extend_from_slice(self.record(expansion.model, id));
                }
                out.push(b']');
            }
            Some(id) if !expansion.many => {
                out.extend_from_slice(self.record(expansion.model, id));
            }
            _ => out.extend_from_slice(b"null"),
        }
    }

    fn record(&self, model: &str, id: &Value) -> &[u8] {
        let found = id.as_str().and_then(|id| self.records.get(model)?.get(id));
        found.map_or(&b"null"[..], Vec::as_slice)
    }
}
