//! Mutations of records and keys.

use super::State;
use super::data::{Change, Data};
use super::keys::{Key, Scope};
use super::ledger::Ledger;
use super::sheets::{self, Sheet};
use crate::shared::Operation;
use crate::shared::control::Id;
use crate::shared::shape::Model;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn apply(
    state: &mut State,
    first_client: &str,
    operation: &Operation,
) -> Result<Value, String> {
    let model = match operation {
        Operation::Change { model, .. }
        | Operation::Delete { model, .. }
        | Operation::Restore { model, .. }
        | Operation::Add { model, .. } => Some(model),
        _ => None,
    };
    if let Some(sheet) = model.and_then(|model| Sheet::named(model)) {
        return sheets::apply(&mut state.data, sheet, operation);
    }
    match operation {
        Operation::Change { model, .. }
        | Operation::Delete { model, .. }
        | Operation::Restore { model, .. }
        | Operation::Add { model, .. }
            if model == "transactions" =>
        {
            entries(&mut state.data, operation)
        }
        Operation::Change {
            model,
            ids,
            fields,
            silent,
        } => {
            let model = named(model)?;
            if fields.contains_key("Id") {
                return Err("the Id of a record cannot be changed".to_owned());
            }
            for index in living(&state.data, model, &numbers(ids)?)? {
                let change = touch(&mut state.data, model, index, *silent);
                change.fields.extend(fields.clone());
            }
            Ok(json!({ "ids": ids }))
        }
        Operation::Delete { model, ids } => {
            let model = named(model)?;
            for index in living(&state.data, model, &numbers(ids)?)? {
                touch(&mut state.data, model, index, false).deleted = true;
            }
            Ok(json!({ "ids": ids }))
        }
        Operation::Restore { model, ids } => {
            let model = named(model)?;
            let data = &state.data;
            let indexes = numbers(ids)?
                .iter()
                .map(|id| {
                    let index = data
                        .shape
                        .index(model, *id)
                        .filter(|index| *index < data.extent(model));
                    index
                        .filter(|index| !data.lives(model, *index))
                        .ok_or_else(|| {
                            format!("no deleted record of {} with id {id}", model.name())
                        })
                })
                .collect::<Result<Vec<u32>, String>>()?;
            for index in indexes {
                touch(&mut state.data, model, index, false).deleted = false;
            }
            Ok(json!({ "ids": ids }))
        }
        Operation::Add {
            model,
            count,
            parent,
            fields,
        } => {
            let model = named(model)?;
            if fields.contains_key("Id") {
                return Err("the Id of a new record is the vendor's to give".to_owned());
            }
            let parent = parent.as_ref().map(Id::number).transpose()?;
            let ids = add(&mut state.data, model, *count, parent, fields)?;
            Ok(json!({ "ids": ids }))
        }
        Operation::AddKey {
            client_id,
            secret,
            scopes,
            properties,
        } => {
            let key = Key {
                secret: secret.clone(),
                scopes: scopes
                    .as_deref()
                    .map_or_else(|| Ok(Scope::ALL.into()), scopes_of)?,
                properties: properties.as_deref().map(limited).transpose()?,
            };
            state.keys.insert(client_id.clone(), key);
            Ok(json!({ "client_id": client_id }))
        }
        Operation::RevokeKey { client_id } => {
            let client_id = client_id.as_deref().unwrap_or(first_client);
            state
                .keys
                .remove(client_id)
                .ok_or_else(|| no_key(client_id))?;
            Ok(json!({ "client_id": client_id }))
        }
        Operation::SetScopes { client_id, scopes } => {
            key(state, client_id.as_deref().unwrap_or(first_client))?.scopes = scopes_of(scopes)?;
            Ok(json!({}))
        }
        Operation::SetProperties {
            client_id,
            properties,
        } => {
            key(state, client_id.as_deref().unwrap_or(first_client))?.properties =
                properties.as_deref().map(limited).transpose()?;
            Ok(json!({}))
        }
        Operation::Latency { .. }
        | Operation::RateLimit { .. }
        | Operation::RetryAfter { .. }
        | Operation::Fault { .. }
        | Operation::ClearFaults {}
        | Operation::EchoSecrets { .. }
        | Operation::Tls { .. } => Err("this operation is the listener's".to_owned()),
        Operation::ExpireSessions { .. } | Operation::EndSessionsAtRandom { .. } => {
            Err("this vendor has no sessions".to_owned())
        }
    }
}

/// Mutations of the ledgers of leases, whose entries have ids of their own and no stamps.
fn entries(data: &mut Data, operation: &Operation) -> Result<Value, String> {
    let known = |data: &Data, id: i64| {
        let lease = Ledger::lease_of(id).filter(|lease| data.lives(Model::Leases, *lease));
        lease.is_some_and(|lease| data.ledger_of(lease).iter().any(|row| row.id == id))
    };
    match operation {
        Operation::Add {
            count,
            parent,
            fields,
            ..
        } => {
            let parent = parent
                .as_ref()
                .ok_or("a transaction is added to a lease: name its parent")?
                .number()?;
            let lease = data
                .find(Model::Leases, parent)
                .ok_or_else(|| format!("no record of leases with id {parent}"))?;
            let mut ids = Vec::new();
            for _ in 0..*count {
                let id = data.ledger.add(lease, fields.clone());
                ids.push(id.ok_or("the ledger of that lease is full")?);
            }
            Ok(json!({ "ids": ids }))
        }
        Operation::Restore { ids, .. } => {
            for id in &numbers(ids)? {
                if !data.ledger.change(*id).is_some_and(|change| change.deleted) {
                    return Err(format!("no deleted transaction with id {id}"));
                }
                data.ledger.change_mut(*id).deleted = false;
            }
            Ok(json!({ "ids": ids }))
        }
        Operation::Change { ids, fields, .. } => {
            if fields.contains_key("Id") {
                return Err("the Id of a record cannot be changed".to_owned());
            }
            every(data, &numbers(ids)?, known)?;
            for id in &numbers(ids)? {
                data.ledger.change_mut(*id).fields.extend(fields.clone());
            }
            Ok(json!({ "ids": ids }))
        }
        Operation::Delete { ids, .. } => {
            every(data, &numbers(ids)?, known)?;
            for id in &numbers(ids)? {
                data.ledger.change_mut(*id).deleted = true;
            }
            Ok(json!({ "ids": ids }))
        }
        _ => Err("this operation is not one of records".to_owned()),
    }
}

/// None is touched when one is missing.
fn every(data: &Data, ids: &[i64], known: impl Fn(&Data, i64) -> bool) -> Result<(), String> {
    match ids.iter().find(|id| !known(data, **id)) {
        Some(id) => Err(format!("no transaction with id {id}")),
        None => Ok(()),
    }
}

fn named(model: &str) -> Result<Model, String> {
    Model::named(model).ok_or_else(|| format!("no model {model} with rows of its own"))
}

pub(super) fn numbers(ids: &[Id]) -> Result<Vec<i64>, String> {
    ids.iter().map(Id::number).collect()
}

fn limited(ids: &[Id]) -> Result<BTreeSet<i64>, String> {
    ids.iter().map(Id::number).collect()
}

fn no_key(client_id: &str) -> String {
    format!("no key with client id {client_id}")
}

fn key<'a>(state: &'a mut State, client_id: &str) -> Result<&'a mut Key, String> {
    state
        .keys
        .get_mut(client_id)
        .ok_or_else(|| no_key(client_id))
}

fn scopes_of(names: &[String]) -> Result<BTreeSet<Scope>, String> {
    names
        .iter()
        .map(|name| {
            Scope::ALL
                .into_iter()
                .find(|scope| scope.name() == name)
                .ok_or_else(|| format!("no scope {name}"))
        })
        .collect()
}

/// The indexes of living records; none is touched when one is missing.
fn living(data: &Data, model: Model, ids: &[i64]) -> Result<Vec<u32>, String> {
    ids.iter()
        .map(|id| {
            data.find(model, *id)
                .ok_or_else(|| format!("no record of {} with id {id}", model.name()))
        })
        .collect()
}

/// The change of a row; its stamp moves to now, and never back.
fn touch(data: &mut Data, model: Model, index: u32, silent: bool) -> &mut Change {
    let stamp = data.stamp(model, index);
    let change = data.overlay_mut(model).changes.entry(index).or_default();
    if !silent {
        change.stamp = Some(stamp.max(chrono::Utc::now().timestamp()));
    }
    change
}

fn add(
    data: &mut Data,
    model: Model,
    count: u32,
    parent: Option<i64>,
    fields: &serde_json::Map<String, Value>,
) -> Result<Vec<i64>, String> {
    let parents = match model {
        Model::Properties => None,
        Model::Units => Some(Model::Properties),
        Model::Leases | Model::Applicants => Some(Model::Units),
        Model::Tenants => Some(Model::Leases),
    };
    let parent = match (parents, parent) {
        (None, None) => None,
        (None, Some(_)) => return Err("a property has no parent".to_owned()),
        (Some(parents), Some(id)) => Some(
            data.find(parents, id)
                .ok_or_else(|| format!("no record of {} with id {id}", parents.name()))?,
        ),
        (Some(parents), None) => {
            let first = (0..data.extent(parents)).find(|index| data.lives(parents, *index));
            Some(first.ok_or_else(|| format!("there are no {} to belong to", parents.name()))?)
        }
    };
    let mut ids = Vec::new();
    for _ in 0..count {
        let index = data.extent(model);
        ids.push(data.shape.id(model, index));
        let overlay = data.overlay_mut(model);
        overlay.added += 1;
        let stamp = Some(chrono::Utc::now().timestamp());
        overlay.changes.insert(
            index,
            Change {
                fields: fields.clone(),
                stamp,
                deleted: false,
                parent,
            },
        );
        if let Some(parent) = parent {
            overlay.children.entry(parent).or_default().push(index);
        }
    }
    Ok(ids)
}
