//! A portfolio with the credentials that may read it, behind the control plane: what is alike for all vendors whose
//! rows are JSON.

use super::Operation;
use super::control::{Id, TruthQuery};
use super::portfolio::{Change, Portfolio};
use super::seed::mix;
use super::shape::{Model, Shape};
use crate::buildium::row_digest;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// What a vendor's records look like.
pub trait Rows: Send + Sync + 'static {
    /// The models that the vendor has, with the permission that each needs.
    fn models(&self) -> &'static [(Model, &'static str)];

    /// Permissions beside those, for models without rows of their own.
    fn further_scopes(&self) -> &'static [&'static str] {
        &[]
    }

    /// The vendor's id of a row: what a connector must give as its external id.
    fn id(&self, shape: &Shape, model: Model, index: u32) -> String {
        shape.id(model, index).to_string()
    }

    /// The same, for ids that say where a row belongs.
    fn full_id(&self, portfolio: &Portfolio, model: Model, index: u32) -> String {
        self.id(&portfolio.shape, model, index)
    }

    /// Whether a living row shows at all, for vendors that list some only through others.
    fn shows(&self, portfolio: &Portfolio, model: Model, index: u32) -> bool {
        let _ = (portfolio, model, index);
        true
    }

    /// The row with an id, if an id of that form exists; it may lie beyond those in use.
    fn index(&self, shape: &Shape, model: Model, id: &str) -> Option<u32> {
        shape.index(model, id.parse().ok()?)
    }

    /// A row as the vendor sends it, before any mutation.
    fn row(&self, portfolio: &Portfolio, model: Model, index: u32) -> Map<String, Value>;

    /// Fields that a mutation must not touch: the id, and what says where a record belongs.
    fn fixed(&self, model: Model) -> &'static [&'static str];

    /// Records of models without rows of their own, with their ids, that a client sees; `sees` says whether it sees a
    /// row.
    fn derived(
        &self,
        portfolio: &Portfolio,
        sees: &dyn Fn(Model, u32) -> bool,
    ) -> Vec<(&'static str, Model, Vec<String>)> {
        let _ = (portfolio, sees);
        Vec::new()
    }
}

/// One set of credentials.
#[derive(Clone)]
pub struct Key {
    /// What belongs to the client id.
    pub secret: String,
    /// Permissions.
    pub scopes: BTreeSet<String>,
    /// Vendor ids of the properties it is limited to.
    pub properties: Option<BTreeSet<String>>,
}

impl Key {
    /// Whether the permission is there.
    #[must_use]
    pub fn may(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }
}

/// What mutations change.
pub struct State {
    /// The records.
    pub portfolio: Portfolio,
    /// Credentials by client id.
    pub keys: BTreeMap<String, Key>,
}

/// Records and credentials of one simulated vendor.
pub struct World<R> {
    /// What the records look like.
    pub rows: R,
    /// Client id of the first credentials.
    pub first_client: String,
    state: RwLock<State>,
}

impl<R: Rows> World<R> {
    /// A portfolio with one set of credentials that may read all of it.
    #[must_use]
    pub fn new(rows: R, shape: Shape, client_id: &str, secret: &str) -> Self {
        let key = Key {
            secret: secret.to_owned(),
            scopes: scopes(&rows),
            properties: None,
        };
        Self {
            rows,
            first_client: client_id.to_owned(),
            state: RwLock::new(State {
                portfolio: Portfolio::new(shape),
                keys: BTreeMap::from([(client_id.to_owned(), key)]),
            }),
        }
    }

    /// The state, to read.
    pub fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The secret of the first credentials; empty when they are gone.
    #[must_use]
    pub fn first_secret(&self) -> String {
        let state = self.state();
        let key = state.keys.get(&self.first_client);
        key.map(|key| key.secret.clone()).unwrap_or_default()
    }

    /// Vendor id of a row.
    #[must_use]
    pub fn id(&self, portfolio: &Portfolio, model: Model, index: u32) -> String {
        self.rows.full_id(portfolio, model, index)
    }

    /// The living row with a vendor id.
    #[must_use]
    pub fn find(&self, portfolio: &Portfolio, model: Model, id: &str) -> Option<u32> {
        self.rows
            .index(&portfolio.shape, model, id)
            .filter(|index| portfolio.lives(model, *index))
    }

    /// A row with its mutations.
    #[must_use]
    pub fn row(&self, portfolio: &Portfolio, model: Model, index: u32) -> Map<String, Value> {
        let mut row = self.rows.row(portfolio, model, index);
        portfolio.patch(model, index, &mut row);
        row
    }

    /// Whether a key's properties reach a row.
    #[must_use]
    pub fn sees(&self, portfolio: &Portfolio, key: &Key, model: Model, index: u32) -> bool {
        let Some(allowed) = &key.properties else {
            return true;
        };
        portfolio.property_of(model, index).is_some_and(|property| {
            allowed.contains(&self.id(portfolio, Model::Properties, property))
        })
    }

    /// Counts, and on demand ids and digests, of what a key sees. `readable` says which models the key's permissions
    /// cover; the counts do not depend on it.
    ///
    /// # Errors
    /// A sentence for the test's author.
    pub fn truth(&self, query: &TruthQuery) -> Result<Value, String> {
        let state = self.state();
        let client_id = query.client_id.as_deref().unwrap_or(&self.first_client);
        let key = state
            .keys
            .get(client_id)
            .ok_or_else(|| format!("no key with client id {client_id}"))?;
        let portfolio = &state.portfolio;
        let (mut models, mut readable) = (Map::new(), Map::new());
        let (mut ids, mut digests) = (Map::new(), Map::new());
        for (model, scope) in self.rows.models() {
            let (mut count, mut listed, mut digest) = (0_u64, Vec::new(), 0_u64);
            for index in portfolio.living(*model) {
                let seen = self.rows.shows(portfolio, *model, index)
                    && self.sees(portfolio, key, *model, index);
                if !seen {
                    continue;
                }
                count += 1;
                if query.ids == Some(1) {
                    listed.push(self.id(portfolio, *model, index));
                }
                if query.digest == Some(1) {
                    let row = Value::Object(self.row(portfolio, *model, index)).to_string();
                    digest = digest.wrapping_add(row_digest(row.as_bytes()));
                }
            }
            let name = model.name().to_owned();
            models.insert(name.clone(), json!(count));
            readable.insert(name.clone(), json!(key.may(scope)));
            ids.insert(name.clone(), json!(listed));
            digests.insert(name, json!(format!("{digest:016x}")));
        }
        let sees =
            |model, index| portfolio.lives(model, index) && self.sees(portfolio, key, model, index);
        for (name, model, derived) in self.rows.derived(portfolio, &sees) {
            models.insert(name.to_owned(), json!(derived.len()));
            readable.insert(name.to_owned(), readable[model.name()].clone());
            ids.insert(name.to_owned(), json!(derived));
        }
        let mut truth = json!({
            "client_id": client_id, "seed": portfolio.shape.seed, "models": models, "readable": readable,
        });
        if query.ids == Some(1) {
            truth["ids"] = Value::Object(ids);
        }
        if query.digest == Some(1) {
            truth["digests"] = Value::Object(digests);
        }
        Ok(truth)
    }

    /// Applies one change of records or keys; answers what was made.
    ///
    /// # Errors
    /// A sentence for the test's author.
    pub fn mutate(&self, operation: &Operation) -> Result<Value, String> {
        let mut state = self.change();
        match operation {
            Operation::Change {
                model,
                ids,
                fields,
                silent,
            } => {
                let model = self.named(model)?;
                self.allowed(model, fields)?;
                for index in self.living(&state.portfolio, model, ids)? {
                    let change = touch(&mut state.portfolio, model, index, *silent);
                    change.fields.extend(fields.clone());
                }
                Ok(json!({ "ids": ids }))
            }
            Operation::Delete { model, ids } => {
                let model = self.named(model)?;
                for index in self.living(&state.portfolio, model, ids)? {
                    touch(&mut state.portfolio, model, index, false).deleted = true;
                }
                Ok(json!({ "ids": ids }))
            }
            Operation::Restore { model, ids } => {
                let model = self.named(model)?;
                let portfolio = &state.portfolio;
                let gone = |id: &Id| {
                    self.rows
                        .index(&portfolio.shape, model, &id.text())
                        .filter(|index| *index < portfolio.extent(model))
                        .filter(|index| !portfolio.lives(model, *index))
                        .ok_or_else(|| missing("deleted record", model, id))
                };
                let indexes = ids.iter().map(gone).collect::<Result<Vec<u32>, String>>()?;
                for index in indexes {
                    touch(&mut state.portfolio, model, index, false).deleted = false;
                }
                Ok(json!({ "ids": ids }))
            }
            Operation::Add {
                model,
                count,
                parent,
                fields,
            } => {
                let model = self.named(model)?;
                self.allowed(model, fields)?;
                let parent = self.parent(&state.portfolio, model, parent.as_ref())?;
                let mut ids = Vec::new();
                for _ in 0..*count {
                    let index = add(&mut state.portfolio, model, parent, fields);
                    ids.push(self.id(&state.portfolio, model, index));
                }
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
                    scopes: match scopes {
                        Some(names) => self.scopes_of(names)?,
                        None => self::scopes(&self.rows),
                    },
                    properties: properties.as_deref().map(texts),
                };
                state.keys.insert(client_id.clone(), key);
                Ok(json!({ "client_id": client_id }))
            }
            Operation::RevokeKey { client_id } => {
                let client_id = client_id.as_deref().unwrap_or(&self.first_client);
                state
                    .keys
                    .remove(client_id)
                    .ok_or_else(|| no_key(client_id))?;
                Ok(json!({ "client_id": client_id }))
            }
            Operation::SetScopes { client_id, scopes } => {
                let scopes = self.scopes_of(scopes)?;
                self.key(&mut state, client_id.as_deref())?.scopes = scopes;
                Ok(json!({}))
            }
            Operation::SetProperties {
                client_id,
                properties,
            } => {
                self.key(&mut state, client_id.as_deref())?.properties =
                    properties.as_deref().map(texts);
                Ok(json!({}))
            }
            _ => Err("this operation is none of the records' and keys'".to_owned()),
        }
    }

    fn named(&self, name: &str) -> Result<Model, String> {
        let mut models = self.rows.models().iter().map(|(model, _)| *model);
        models
            .find(|model| model.name() == name)
            .ok_or_else(|| format!("no model {name} with rows of its own"))
    }

    fn allowed(&self, model: Model, fields: &Map<String, Value>) -> Result<(), String> {
        match self
            .rows
            .fixed(model)
            .iter()
            .find(|name| fields.contains_key(**name))
        {
            Some(name) => Err(format!("the {name} of a record is the vendor's to give")),
            None => Ok(()),
        }
    }

    /// The indexes of living records; none is touched when one is missing.
    fn living(&self, portfolio: &Portfolio, model: Model, ids: &[Id]) -> Result<Vec<u32>, String> {
        let living = |id: &Id| {
            self.find(portfolio, model, &id.text())
                .ok_or_else(|| missing("record", model, id))
        };
        ids.iter().map(living).collect()
    }

    /// The index of the given parent, or of the first living one.
    fn parent(
        &self,
        portfolio: &Portfolio,
        model: Model,
        id: Option<&Id>,
    ) -> Result<Option<u32>, String> {
        let parents = match model {
            Model::Properties if id.is_some() => return Err("a property has no parent".to_owned()),
            Model::Properties => return Ok(None),
            Model::Units => Model::Properties,
            Model::Leases | Model::Applicants => Model::Units,
            Model::Tenants => Model::Leases,
        };
        let parent = match id {
            Some(id) => self
                .find(portfolio, parents, &id.text())
                .ok_or_else(|| missing("record", parents, id))?,
            None => portfolio
                .living(parents)
                .next()
                .ok_or_else(|| format!("there are no {} to belong to", parents.name()))?,
        };
        Ok(Some(parent))
    }

    fn key<'a>(
        &self,
        state: &'a mut State,
        client_id: Option<&str>,
    ) -> Result<&'a mut Key, String> {
        let client_id = client_id.unwrap_or(&self.first_client);
        state
            .keys
            .get_mut(client_id)
            .ok_or_else(|| no_key(client_id))
    }

    fn scopes_of(&self, names: &[String]) -> Result<BTreeSet<String>, String> {
        let known = scopes(&self.rows);
        match names.iter().find(|name| !known.contains(*name)) {
            Some(name) => Err(format!("no scope {name}")),
            None => Ok(names.iter().cloned().collect()),
        }
    }
}

fn scopes(rows: &impl Rows) -> BTreeSet<String> {
    let scopes = rows.models().iter().map(|(_, scope)| *scope);
    let scopes = scopes.chain(rows.further_scopes().iter().copied());
    scopes.map(str::to_owned).collect()
}

fn texts(ids: &[Id]) -> BTreeSet<String> {
    ids.iter().map(Id::text).collect()
}

fn missing(what: &str, model: Model, id: &Id) -> String {
    format!("no {what} of {} with id {}", model.name(), id.text())
}

fn no_key(client_id: &str) -> String {
    format!("no key with client id {client_id}")
}

/// The change of a row; its stamp moves to now, and never back.
fn touch(portfolio: &mut Portfolio, model: Model, index: u32, silent: bool) -> &mut Change {
    let stamp = portfolio.stamp(model, index);
    let overlay = portfolio.overlay_mut(model);
    let change = overlay.changes.entry(index).or_default();
    if !silent {
        change.stamp = Some(stamp.max(chrono::Utc::now().timestamp_millis()));
    }
    change
}

fn add(
    portfolio: &mut Portfolio,
    model: Model,
    parent: Option<u32>,
    fields: &Map<String, Value>,
) -> u32 {
    let index = portfolio.extent(model);
    let overlay = portfolio.overlay_mut(model);
    overlay.added += 1;
    let change = Change {
        fields: fields.clone(),
        stamp: Some(chrono::Utc::now().timestamp_millis()),
        deleted: false,
        parent,
    };
    overlay.changes.insert(index, change);
    if let Some(parent) = parent {
        overlay.children.entry(parent).or_default().push(index);
    }
    index
}

/// A name that hides a client id in a token: seeded, of 40 hex digits.
#[must_use]
pub fn token(seed: u64, number: u64) -> String {
    let part = |at: u64| mix(seed, 950 + at, number);
    format!("{:016x}{:016x}{:08x}", part(0), part(1), part(2) >> 32)
}
