//! Mutations of the lists.

use super::super::mutate::numbers;
use super::{Change, Data, Sheet};
use crate::shared::Operation;
use serde_json::{Value, json};

/// Changes, deletes, restores or adds rows; none is touched when one is missing.
pub(in crate::buildium) fn apply(
    data: &mut Data,
    sheet: Sheet,
    operation: &Operation,
) -> Result<Value, String> {
    let name = sheet.name();
    match operation {
        Operation::Change {
            ids,
            fields,
            silent,
            ..
        } => {
            if fields.contains_key(sheet.id_field()) {
                return Err("the id of a record cannot be changed".to_owned());
            }
            for index in living(data, sheet, &numbers(ids)?)? {
                let change = touch(data, sheet, index, *silent);
                change.fields.extend(fields.clone());
            }
            Ok(json!({ "ids": ids }))
        }
        Operation::Delete { ids, .. } => {
            for index in living(data, sheet, &numbers(ids)?)? {
                touch(data, sheet, index, false).deleted = true;
            }
            Ok(json!({ "ids": ids }))
        }
        Operation::Restore { ids, .. } => {
            let gone: Result<Vec<u32>, String> = numbers(ids)?
                .into_iter()
                .map(|id| {
                    let changes = &data.sheets[sheet as usize].changes;
                    let found = changes.iter().find(|(index, change)| {
                        change.deleted && data.sheet_id(sheet, **index) == id
                    });
                    found
                        .map(|(index, _)| *index)
                        .ok_or_else(|| format!("no deleted record of {name} with id {id}"))
                })
                .collect();
            for index in gone? {
                touch(data, sheet, index, false).deleted = false;
            }
            Ok(json!({ "ids": ids }))
        }
        Operation::Add {
            count,
            parent,
            fields,
            ..
        } => {
            if matches!(sheet, Sheet::Balances | Sheet::Listings) {
                // Their id is that of what they belong to, so there may be one already.
                return Err(format!("{name} cannot be added, only changed"));
            }
            let parent = match (sheet.parents(), parent) {
                (None, None) => None,
                (None, Some(_)) => return Err(format!("{name} have no parent")),
                (Some(_), None) => return Err(format!("{name} are added to a parent: name it")),
                (Some(parents), Some(id)) => {
                    let id = id.number()?;
                    let found = data.find(parents, id);
                    Some(
                        found.ok_or_else(|| {
                            format!("no record of {} with id {id}", parents.name())
                        })?,
                    )
                }
            };
            let mut ids = Vec::new();
            for _ in 0..*count {
                let index = data.sheet_extent(sheet);
                data.version += 1;
                let overlay = &mut data.sheets[sheet as usize];
                overlay.added += 1;
                let change = Change {
                    fields: fields.clone(),
                    stamp: Some(chrono::Utc::now().timestamp()),
                    deleted: false,
                    parent,
                };
                overlay.changes.insert(index, change);
                ids.push(data.sheet_id(sheet, index));
            }
            Ok(json!({ "ids": ids }))
        }
        _ => Err("this operation is not one of records".to_owned()),
    }
}

fn living(data: &Data, sheet: Sheet, ids: &[i64]) -> Result<Vec<u32>, String> {
    ids.iter()
        .map(|id| {
            data.sheet_find(sheet, *id)
                .ok_or_else(|| format!("no record of {} with id {id}", sheet.name()))
        })
        .collect()
}

/// The change of a row; its stamp moves to now, and never back.
fn touch(data: &mut Data, sheet: Sheet, index: u32, silent: bool) -> &mut Change {
    let stamp = data.sheet_stamp(sheet, index);
    data.version += 1;
    let change = data.sheets[sheet as usize]
        .changes
        .entry(index)
        .or_default();
    if !silent {
        change.stamp = Some(stamp.max(chrono::Utc::now().timestamp()));
    }
    change
}
