//! A portfolio as it stands: the seeded shape with the mutations laid over it, for vendors whose rows are JSON.
//!
//! The shape says which records there are and how they belong together; a vendor says what a record looks like.

use super::seed::{Dice, mix};
use super::shape::{Model, Shape, Term, kind};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::ops::Range;

/// Seeded last-updated stamps lie in these seconds: 2023-01-01 to 2026-07-01.
const STAMPS: Range<i64> = 1_672_531_200..1_782_864_000;

/// 2026-07-01 in days since 1970: the day on which the seeded portfolio was taken down.
pub const TODAY: i64 = 20_635;

/// What mutations did to one row.
#[derive(Clone, Default)]
pub(super) struct Change {
    /// Vendor fields that differ from what the seed gives.
    pub(super) fields: Map<String, Value>,
    /// Last-updated, in milliseconds since 1970; the seeded one when absent.
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

/// Shape and mutations.
pub struct Portfolio {
    /// What the seed gives.
    pub shape: Shape,
    overlays: [Overlay; 5],
}

impl Portfolio {
    /// A portfolio without mutations.
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        Self {
            shape,
            overlays: Default::default(),
        }
    }

    pub(super) fn overlay(&self, model: Model) -> &Overlay {
        &self.overlays[model as usize]
    }

    pub(super) fn overlay_mut(&mut self, model: Model) -> &mut Overlay {
        &mut self.overlays[model as usize]
    }

    fn change(&self, model: Model, index: u32) -> Option<&Change> {
        self.overlay(model).changes.get(&index)
    }

    /// Number of indexes in use, deleted rows included.
    #[must_use]
    pub fn extent(&self, model: Model) -> u32 {
        self.shape.count(model) + self.overlay(model).added
    }

    /// Whether a row is there and not deleted.
    #[must_use]
    pub fn lives(&self, model: Model, index: u32) -> bool {
        index < self.extent(model)
            && !self
                .change(model, index)
                .is_some_and(|change| change.deleted)
    }

    /// The living rows of a model, in the order of their indexes.
    pub fn living(&self, model: Model) -> impl Iterator<Item = u32> + '_ {
        (0..self.extent(model)).filter(move |index| self.lives(model, *index))
    }

    /// Last-updated in milliseconds since 1970. Seeded ones are whole seconds, and whole days at times: many rows
    /// share a stamp after an import.
    #[must_use]
    pub fn stamp(&self, model: Model, index: u32) -> i64 {
        self.change(model, index)
            .and_then(|change| change.stamp)
            .unwrap_or_else(|| self.seeded_stamp(model, index))
    }

    fn seeded_stamp(&self, model: Model, index: u32) -> i64 {
        let roll = mix(
            self.shape.seed,
            kind::STAMP + model.number(),
            u64::from(index),
        );
        let seconds = (roll % (STAMPS.end - STAMPS.start).unsigned_abs()).cast_signed();
        let whole = if roll >> 62 == 0 {
            seconds / 86_400 * 86_400
        } else {
            seconds
        };
        (STAMPS.start + whole) * 1000
    }

    /// When the row was made, in milliseconds since 1970: before its seeded stamp.
    #[must_use]
    pub fn created(&self, model: Model, index: u32) -> i64 {
        if index >= self.shape.count(model) {
            return self.stamp(model, index);
        }
        let roll = mix(
            self.shape.seed,
            kind::STAMP + 10 + model.number(),
            u64::from(index),
        );
        self.seeded_stamp(model, index) - (roll % 63_072_000).cast_signed() * 1000
    }

    /// A stream of seeded numbers for the fields of one row.
    #[must_use]
    pub fn dice(&self, model: Model, index: u32) -> Dice {
        Dice::new(self.shape.seed, 300 + model.number(), u64::from(index))
    }

    /// Lays the mutated fields over what the seed gives.
    pub fn patch(&self, model: Model, index: u32, row: &mut Map<String, Value>) {
        if let Some(change) = self.change(model, index) {
            for (field, value) in &change.fields {
                row.insert(field.clone(), value.clone());
            }
        }
    }

    fn parent(&self, model: Model, index: u32) -> Option<u32> {
        self.change(model, index).and_then(|change| change.parent)
    }

    fn added_below(&self, model: Model, parent: u32) -> impl Iterator<Item = u32> + '_ {
        let added = self.overlay(model).children.get(&parent);
        added.into_iter().flatten().copied()
    }

    /// Property of a unit.
    #[must_use]
    pub fn unit_property(&self, unit: u32) -> u32 {
        if unit < self.shape.units {
            return self.shape.unit_property(unit);
        }
        self.parent(Model::Units, unit)
            .unwrap_or(unit % self.shape.properties)
    }

    /// Living units of a property, seeded ones first.
    pub fn property_units(&self, property: u32) -> impl Iterator<Item = u32> + '_ {
        let (units, properties) = (
            u64::from(self.shape.units),
            u64::from(self.shape.properties),
        );
        let start = |property: u64| u32::try_from(property * units / properties).unwrap_or(0);
        let seeded = if property < self.shape.properties {
            start(property.into())..start(u64::from(property) + 1)
        } else {
            0..0
        };
        seeded
            .chain(self.added_below(Model::Units, property))
            .filter(|unit| self.lives(Model::Units, *unit))
    }

    /// Unit and term of a lease; an added lease is active.
    #[must_use]
    pub fn lease_place(&self, lease: u32) -> (u32, Term) {
        if lease < self.shape.leases {
            self.shape.lease_place(lease)
        } else {
            (self.parent(Model::Leases, lease).unwrap_or(0), Term::Active)
        }
    }

    /// First day, and last day if there is one, of a lease, in days since 1970.
    #[must_use]
    pub fn lease_days(&self, lease: u32) -> (i64, Option<i64>) {
        let dice = &mut Dice::new(self.shape.seed, kind::DATES, u64::from(lease));
        let ago = dice.below(330).cast_signed();
        let start = match self.lease_place(lease).1 {
            Term::Past => TODAY - 425 - ago,
            Term::Future => TODAY + 10 + ago / 4,
            Term::Active => TODAY - ago,
        };
        (start, dice.nullable(9, start + 364))
    }

    /// Living leases of a unit.
    pub fn unit_leases(&self, unit: u32) -> impl Iterator<Item = u32> + '_ {
        let seeded = if unit < self.shape.units {
            self.shape.unit_leases(unit)
        } else {
            0..0
        };
        seeded
            .chain(self.added_below(Model::Leases, unit))
            .filter(|lease| self.lives(Model::Leases, *lease))
    }

    /// Whether somebody lives in a unit.
    #[must_use]
    pub fn occupied(&self, unit: u32) -> bool {
        self.unit_leases(unit)
            .any(|lease| self.lease_place(lease).1 == Term::Active)
    }

    /// Living residents of a lease; the one named first answers for it.
    pub fn lease_residents(&self, lease: u32) -> impl Iterator<Item = u32> + '_ {
        let own = if lease < self.shape.leases {
            self.shape.own_tenants(lease)
        } else {
            0..0
        };
        own.chain(self.added_below(Model::Tenants, lease))
            .filter(|resident| self.lives(Model::Tenants, *resident))
    }

    /// The lease of a resident, deleted or not.
    #[must_use]
    pub fn resident_lease(&self, resident: u32) -> u32 {
        if resident < self.shape.tenants {
            self.shape.tenant_lease(resident)
        } else {
            self.parent(Model::Tenants, resident).unwrap_or(0)
        }
    }

    /// Property and unit of an applicant: both, a property alone, or neither.
    #[must_use]
    pub fn applicant_place(&self, applicant: u32) -> (Option<u32>, Option<u32>) {
        if applicant < self.shape.applicants {
            return self.shape.applicant_place(applicant);
        }
        let unit = self.parent(Model::Applicants, applicant);
        (unit.map(|unit| self.unit_property(unit)), unit)
    }

    /// Whether everything lives that a row hangs on: vendors that list property by property, and within one by units
    /// and leases, show no other.
    #[must_use]
    pub fn hangs(&self, model: Model, index: u32) -> bool {
        let above = match model {
            Model::Properties | Model::Applicants => return true,
            Model::Units => (Model::Properties, self.unit_property(index)),
            Model::Leases => (Model::Units, self.lease_place(index).0),
            Model::Tenants => (Model::Leases, self.resident_lease(index)),
        };
        self.lives(above.0, above.1) && self.hangs(above.0, above.1)
    }

    /// The property that a row belongs to.
    #[must_use]
    pub fn property_of(&self, model: Model, index: u32) -> Option<u32> {
        let of_lease = |lease| self.unit_property(self.lease_place(lease).0);
        match model {
            Model::Properties => Some(index),
            Model::Units => Some(self.unit_property(index)),
            Model::Leases => Some(of_lease(index)),
            Model::Tenants => Some(of_lease(self.resident_lease(index))),
            Model::Applicants => self.applicant_place(index).0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_properties_hold_both_ways() {
        for (properties, units) in [(100, 2000), (7, 113), (50, 20), (1, 1), (3, 0)] {
            let portfolio = Portfolio::new(Shape::new(1, properties, units, None));
            let mut seen = 0;
            for property in 0..properties {
                for unit in portfolio.property_units(property) {
                    assert_eq!(portfolio.unit_property(unit), property);
                    seen += 1;
                }
            }
            assert_eq!(seen, units);
        }
    }
}
