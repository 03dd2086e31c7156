//! Records that the records of a page refer to, read in the page's own snapshot: one statement for each model, however
//! many references there are.

use crate::connection::Tx;
use crate::read::page;
use crate::{Column, Filter, ListQuery, Order, OrderBy, RecordRow, StoreError, Target};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Most references that are followed for one page. A record is served at each place that refers to it, so this bounds
/// the answer: some 8 MB.
const FOLLOWED_MAX: usize = 5_000;

/// A reference that is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow {
    /// The model that is referred to.
    pub model: String,
    /// The list in whose objects the reference stands; the document itself where there is none.
    pub list: Option<String>,
    /// The member that holds our id, or a list of them.
    pub field: String,
}

impl Follow {
    /// Every id that the document holds there, as often as it does.
    fn ids<'a>(&self, doc: &'a Value) -> Vec<&'a str> {
        let holders: Vec<&Value> = match &self.list {
            Some(list) => doc
                .get(list)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .collect(),
            None => vec![doc],
        };
        let mut ids = Vec::new();
        for holder in holders {
            match holder.get(&self.field) {
                Some(Value::String(id)) => ids.push(id.as_str()),
                Some(Value::Array(many)) => ids.extend(many.iter().filter_map(Value::as_str)),
                _ => {}
            }
        }
        ids
    }
}

/// Records by model and id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Followed(HashMap<String, HashMap<String, RecordRow>>);

impl Followed {
    /// Every record with its model, in no order.
    pub fn into_rows(self) -> impl Iterator<Item = (String, RecordRow)> {
        self.0
            .into_iter()
            .flat_map(|(model, rows)| rows.into_values().map(move |row| (model.clone(), row)))
    }
}

/// The records that `rows` refer to by what the query follows. Deleted ones are among them: whoever refers to one should
/// see what became of it. Whatever else bounds what the query reaches bounds these, too.
///
/// # Errors
/// `Conflict{too_many_references}`; `Corrupt` when a document cannot be read; `Unavailable`, `Database`.
pub(crate) async fn followed(
    tx: &mut Tx,
    query: &ListQuery,
    rows: &[RecordRow],
) -> Result<Followed, StoreError> {
    let mut wanted: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut places = 0;
    if !query.follow.is_empty() {
        for row in rows {
            let doc: Value = serde_json::from_str(&row.doc)
                .map_err(|_| StoreError::Corrupt("a document is not JSON"))?;
            for follow in &query.follow {
                let ids = follow.ids(&doc);
                places += ids.len();
                let wanted = wanted.entry(follow.model.as_str()).or_default();
                wanted.extend(ids.into_iter().map(str::to_owned));
            }
        }
    }
    if places > FOLLOWED_MAX {
        return Err(StoreError::Conflict {
            what: "too_many_references",
        });
    }
    let mut found = HashMap::new();
    for (model, ids) in wanted {
        if ids.is_empty() {
            continue;
        }
        let these = ListQuery {
            model: model.to_owned(),
            limit: i64::try_from(ids.len()).unwrap_or(i64::MAX),
            filters: vec![Filter::Ids {
                ids: ids.into_iter().collect(),
            }],
            // By the key that finds them: by age, a plan could walk all records.
            order: vec![OrderBy {
                target: Target::Column(Column::Id),
                order: Order::Ascending,
            }],
            offset: 0,
            after: None,
            with_deleted: true,
            with_originals: false,
            follow: Vec::new(),
            ..query.clone()
        };
        let rows = page(tx, &these).await?;
        let rows = rows.into_iter().map(|row| (row.id.clone(), row));
        found.insert(model.to_owned(), rows.collect());
    }
    Ok(Followed(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_where_they_stand() {
        let doc = serde_json::json!({
            "unit_id": "u1", "unit_ids": ["u2", null, "u3"], "none": null,
            "people": [{"id": "r1"}, {"id": null}, {}, {"id": "r1"}, 7],
        });
        let follow = |list: Option<&str>, field: &str| Follow {
            model: "m".to_owned(),
            list: list.map(str::to_owned),
            field: field.to_owned(),
        };
        assert_eq!(follow(None, "unit_id").ids(&doc), ["u1"]);
        assert_eq!(follow(None, "unit_ids").ids(&doc), ["u2", "u3"]);
        assert_eq!(follow(Some("people"), "id").ids(&doc), ["r1", "r1"]);
        for (list, field) in [(None, "none"), (None, "absent"), (Some("unit_id"), "id")] {
            assert!(follow(list, field).ids(&doc).is_empty());
        }
    }
}
