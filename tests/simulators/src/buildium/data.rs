//! The portfolio as it stands: the seeded shape with the mutations laid over it.

use super::ledger::Ledger;
use super::sheets::Overlays;
use crate::shared::json::JsonWriter;
use crate::shared::shape::{Model, Shape, Term, kind};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Seeded last-updated stamps lie in these seconds: 2023-01-01 to 2026-07-01.
pub(super) const STAMPS: std::ops::Range<i64> = 1_672_531_200..1_782_864_000;

/// What mutations did to one row.
#[derive(Clone, Default)]
pub(super) struct Change {
    /// Vendor fields that differ from what the seed gives.
    pub(super) fields: Map<String, Value>,
    /// Last-updated, in seconds since 1970; the seeded one when absent.
    pub(super) stamp: Option<i64>,
    /// The row is gone.
    pub(super) deleted: bool,
    /// The parent that an added row was given.
    pub(super) parent: Option<u32>,
}

/// The rows of one model that mutations touched, by index. Added rows have the indexes after the seeded ones.
#[derive(Clone, Default)]
pub(super) struct Overlay {
    pub(super) changes: BTreeMap<u32, Change>,
    pub(super) added: u32,
    /// Added rows by their parent.
    pub(super) children: BTreeMap<u32, Vec<u32>>,
}

/// How much of its relations an embedded row shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// A row of its own: with the rows it embeds.
    Whole,
    /// Inside another row: without, which ends the recursion.
    Embedded,
}

/// Shape and overlays.
pub(super) struct Data {
    pub(super) shape: Shape,
    overlays: [Overlay; 5],
    pub(super) ledger: Ledger,
    pub(super) sheets: Overlays,
    /// Moves with each mutation; cached orders carry it.
    pub(super) version: u64,
}

impl Data {
    pub(super) fn new(shape: Shape) -> Self {
        Self {
            shape,
            overlays: Default::default(),
            ledger: Ledger::default(),
            sheets: Overlays::default(),
            version: 0,
        }
    }

    pub(super) fn overlay(&self, model: Model) -> &Overlay {
        &self.overlays[model as usize]
    }

    pub(super) fn overlay_mut(&mut self, model: Model) -> &mut Overlay {
        self.version += 1;
        &mut self.overlays[model as usize]
    }

    /// Number of indexes in use, deleted rows included.
    pub(super) fn extent(&self, model: Model) -> u32 {
        self.shape.count(model) + self.overlay(model).added
    }

    fn change(&self, model: Model, index: u32) -> Option<&Change> {
        self.overlay(model).changes.get(&index)
    }

    pub(super) fn lives(&self, model: Model, index: u32) -> bool {
        index < self.extent(model)
            && !self
                .change(model, index)
                .is_some_and(|change| change.deleted)
    }

    /// The living row with a vendor id.
    pub(super) fn find(&self, model: Model, id: i64) -> Option<u32> {
        self.shape
            .index(model, id)
            .filter(|index| self.lives(model, *index))
    }

    fn patched(&self, model: Model, index: u32, field: &str) -> Option<&Value> {
        self.change(model, index)?.fields.get(field)
    }

    /// Last-updated in seconds since 1970.
    pub(super) fn stamp(&self, model: Model, index: u32) -> i64 {
        self.change(model, index)
            .and_then(|change| change.stamp)
            .unwrap_or_else(|| self.seeded_stamp(model, index))
    }

    fn seeded_stamp(&self, model: Model, index: u32) -> i64 {
        let roll = self.shape.mix(kind::STAMP + model.number(), index);
        // Whole minutes at times: many rows share a stamp after an import.
        let seconds = (roll % (STAMPS.end - STAMPS.start).unsigned_abs()).cast_signed();
        STAMPS.start
            + if roll >> 62 == 0 {
                seconds / 86_400 * 86_400
            } else {
                seconds
            }
    }

    /// When the row was made, in seconds since 1970: before its seeded stamp.
    pub(super) fn created(&self, model: Model, index: u32) -> i64 {
        if index >= self.shape.count(model) {
            return self.stamp(model, index);
        }
        let roll = self.shape.mix(kind::STAMP + 10 + model.number(), index);
        self.seeded_stamp(model, index) - (roll % 63_072_000).cast_signed()
    }

    fn given_parent(&self, model: Model, index: u32) -> Option<u32> {
        self.change(model, index).and_then(|change| change.parent)
    }

    /// Property of a unit; a mutation of `PropertyId` moves it.
    pub(super) fn unit_property(&self, unit: u32) -> u32 {
        if let Some(id) = self
            .patched(Model::Units, unit, "PropertyId")
            .and_then(Value::as_i64)
            && let Some(property) = self.shape.index(Model::Properties, id)
        {
            return property;
        }
        if unit < self.shape.units {
            return self.shape.unit_property(unit);
        }
        self.given_parent(Model::Units, unit)
            .unwrap_or(unit % self.shape.properties)
    }

    /// Unit and term of a lease; a mutation of `LeaseStatus` moves the term.
    pub(super) fn lease_place(&self, lease: u32) -> (u32, Option<Term>) {
        let (unit, term) = if lease < self.shape.leases {
            self.shape.lease_place(lease)
        } else {
            (
                self.given_parent(Model::Leases, lease).unwrap_or(0),
                Term::Active,
            )
        };
        let term = match self
            .patched(Model::Leases, lease, "LeaseStatus")
            .map(Value::as_str)
        {
            None => Some(term),
            Some(Some("Active")) => Some(Term::Active),
            Some(Some("Past")) => Some(Term::Past),
            Some(Some("Future")) => Some(Term::Future),
            Some(_) => None,
        };
        (unit, term)
    }

    /// Living leases of a unit.
    pub(super) fn unit_leases(&self, unit: u32) -> impl Iterator<Item = u32> + '_ {
        let seeded = if unit < self.shape.units {
            self.shape.unit_leases(unit)
        } else {
            0..0
        };
        let added = self
            .overlay(Model::Leases)
            .children
            .get(&unit)
            .into_iter()
            .flatten()
            .copied();
        seeded
            .chain(added)
            .filter(|lease| self.lives(Model::Leases, *lease))
    }

    /// Whether somebody lives in a unit, computed from its leases at the time of asking.
    pub(super) fn occupied(&self, unit: u32) -> bool {
        self.unit_leases(unit)
            .any(|lease| self.lease_place(lease).1 == Some(Term::Active))
    }

    /// Living tenants of a lease: its own, one carried over to the next lease, and added ones.
    pub(super) fn lease_tenants(&self, lease: u32) -> impl Iterator<Item = u32> + '_ {
        let seeded = lease < self.shape.leases;
        let own = if seeded {
            self.shape.own_tenants(lease)
        } else {
            0..0
        };
        let carried =
            (seeded && self.shape.carries(lease)).then(|| self.shape.own_tenants(lease + 1).start);
        let added = self
            .overlay(Model::Tenants)
            .children
            .get(&lease)
            .into_iter()
            .flatten()
            .copied();
        own.chain(carried)
            .chain(added)
            .filter(|tenant| self.lives(Model::Tenants, *tenant))
    }

    /// Living leases of a tenant, the own one first.
    pub(super) fn tenant_leases(&self, tenant: u32) -> impl Iterator<Item = u32> + '_ {
        let seeded = tenant < self.shape.tenants;
        let own = if seeded {
            Some(self.shape.tenant_lease(tenant))
        } else {
            self.given_parent(Model::Tenants, tenant)
        };
        let before = own
            .filter(|_| seeded)
            .and_then(|lease| lease.checked_sub(1))
            .filter(|before| {
                self.shape.carries(*before) && self.shape.own_tenants(before + 1).start == tenant
            });
        own.into_iter()
            .chain(before)
            .filter(|lease| self.lives(Model::Leases, *lease))
    }

    /// Property and unit of an applicant.
    pub(super) fn applicant_place(&self, applicant: u32) -> (Option<u32>, Option<u32>) {
        if applicant < self.shape.applicants {
            return self.shape.applicant_place(applicant);
        }
        let unit = self.given_parent(Model::Applicants, applicant);
        (unit.map(|unit| self.unit_property(unit)), unit)
    }

    /// The property that decides whether a limited key sees the row.
    pub(super) fn property_of(&self, model: Model, index: u32) -> Option<u32> {
        match model {
            Model::Properties => Some(index),
            Model::Units => Some(self.unit_property(index)),
            Model::Leases => Some(self.unit_property(self.lease_place(index).0)),
            Model::Tenants => {
                // The lease decides even after its deletion, else a tenant would change hands.
                let lease = if index < self.shape.tenants {
                    Some(self.shape.tenant_lease(index))
                } else {
                    self.given_parent(Model::Tenants, index)
                };
                lease.map(|lease| self.unit_property(self.lease_place(lease).0))
            }
            Model::Applicants => self.applicant_place(index).0,
        }
    }

    /// Whether a key limited to these properties sees the row.
    pub(super) fn visible(
        &self,
        model: Model,
        index: u32,
        properties: Option<&BTreeSet<i64>>,
    ) -> bool {
        let Some(allowed) = properties else {
            return true;
        };
        self.property_of(model, index)
            .is_some_and(|property| allowed.contains(&self.shape.id(Model::Properties, property)))
    }

    /// Writes a row with its mutations.
    pub(super) fn write(
        &self,
        writer: &mut JsonWriter,
        model: Model,
        index: u32,
        depth: Depth,
        echo: Option<&str>,
    ) {
        let fields = self
            .change(model, index)
            .map(|change| &change.fields)
            .filter(|fields| !fields.is_empty());
        let Some(fields) = fields else {
            return self.write_seeded(writer, model, index, depth, echo);
        };
        let mut seeded = JsonWriter::default();
        self.write_seeded(&mut seeded, model, index, depth, echo);
        let mut row: Map<String, Value> =
            serde_json::from_slice(seeded.as_bytes()).unwrap_or_default();
        for (field, value) in fields {
            // What a depth leaves out stays out.
            if depth == Depth::Embedded && matches!(field.as_str(), "Leases" | "CurrentTenants") {
                continue;
            }
            row.insert(field.clone(), value.clone());
        }
        writer.raw(Value::Object(row).to_string().as_bytes());
    }

    fn write_seeded(
        &self,
        writer: &mut JsonWriter,
        model: Model,
        index: u32,
        depth: Depth,
        echo: Option<&str>,
    ) {
        match model {
            Model::Properties => self.write_property(writer, index, echo),
            Model::Units => self.write_unit(writer, index, echo),
            Model::Leases => self.write_lease(writer, index, depth, echo),
            Model::Tenants => self.write_tenant(writer, index, depth, echo),
            Model::Applicants => self.write_applicant(writer, index, echo),
        }
    }

    /// A row as a tree, for the filters and orders that look at its fields.
    pub(super) fn tree(&self, model: Model, index: u32) -> Value {
        let mut writer = JsonWriter::default();
        self.write(&mut writer, model, index, Depth::Whole, None);
        serde_json::from_slice(writer.as_bytes()).unwrap_or_default()
    }
}
