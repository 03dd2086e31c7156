//! The shape of the simulated portfolio: how many records there are and which belong to which, as pure functions of
//! the seed and an index.
//!
//! Units lie in properties, and residents on leases, in even shares. Leases follow a pattern over each 20 units: 5
//! empty ones, 10 with one active lease, 1 with a past and 1 with a future one, 2 with past and active, 1 with all
//! three; the pattern is turned by the seed.

use super::seed::mix;
use std::ops::Range;

/// Kinds of seeded numbers; each keeps its stream apart from the others.
pub(crate) mod kind {
    pub(crate) const PROPERTY: u64 = 1;
    pub(crate) const UNIT: u64 = 2;
    pub(crate) const LEASE: u64 = 3;
    pub(crate) const TENANT: u64 = 4;
    pub(crate) const APPLICANT: u64 = 5;
    pub(crate) const COSIGNER: u64 = 6;
    pub(crate) const ANSWERS: u64 = 7;
    pub(crate) const MONEY: u64 = 8;
    pub(crate) const TURN: u64 = 20;
    pub(crate) const CARRIED: u64 = 21;
    pub(crate) const APPLICANT_UNIT: u64 = 22;
    pub(crate) const APPLICATIONS: u64 = 23;
    pub(crate) const COSIGNERS: u64 = 24;
    pub(crate) const STAMP: u64 = 40;
    pub(crate) const ORDER: u64 = 60;
    pub(crate) const TIE: u64 = 80;
    pub(crate) const GAP: u64 = 100;
    pub(crate) const DATES: u64 = 120;
    pub(crate) const SHEET: u64 = 1000;
}

/// The models with rows of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Model {
    /// Rental properties.
    Properties,
    /// Rental units.
    Units,
    /// Leases.
    Leases,
    /// Tenants.
    Tenants,
    /// Applicants.
    Applicants,
}

impl Model {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Properties,
        Self::Units,
        Self::Leases,
        Self::Tenants,
        Self::Applicants,
    ];

    /// The unified name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Properties => "properties",
            Self::Units => "units",
            Self::Leases => "leases",
            Self::Tenants => "residents",
            Self::Applicants => "applicants",
        }
    }

    /// The model with that unified name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.name() == name)
    }

    /// A number to keep seeded streams apart.
    pub(crate) fn number(self) -> u64 {
        self as u64
    }

    /// Where numeric ids begin. Cosigners have ids of their own that overlap those of tenants.
    fn first_id(self) -> i64 {
        match self {
            Self::Properties => 10_000,
            Self::Units => 100_000,
            Self::Leases => 2_000,
            Self::Tenants => 500_000,
            Self::Applicants => 70_000,
        }
    }
}

/// Ids leave gaps, as deleted records do in a real account.
const ID_STRIDE: i64 = 7;

/// Where a lease stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// It has ended.
    Past,
    /// It runs.
    Active,
    /// It has not begun.
    Future,
}

use Term::{Active, Future, Past};

/// The leases of 20 units in a row.
const PATTERN: [&[Term]; 20] = [
    &[Active],
    &[Active],
    &[],
    &[Active],
    &[Past, Active],
    &[],
    &[Active],
    &[Active],
    &[Past],
    &[],
    &[Past, Active, Future],
    &[Active],
    &[Active],
    &[],
    &[Future],
    &[Active],
    &[Active],
    &[],
    &[Past, Active],
    &[Active],
];
const PER_BLOCK: u64 = 19;

/// Sizes and seed.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The seed of everything.
    pub seed: u64,
    /// Number of properties.
    pub properties: u32,
    /// Number of units.
    pub units: u32,
    /// Number of leases.
    pub leases: u32,
    /// Number of tenants.
    pub tenants: u32,
    /// Number of applicants.
    pub applicants: u32,
}

impl Shape {
    /// A portfolio of these sizes; residents default to 1.4 for each lease.
    #[must_use]
    pub fn new(seed: u64, properties: u32, units: u32, residents: Option<u32>) -> Self {
        let properties = properties.max(1);
        let rest: u64 = (0..units % 20)
            .map(|place| PATTERN[place as usize].len() as u64)
            .sum();
        let leases = narrow(u64::from(units / 20) * PER_BLOCK + rest);
        Self {
            seed,
            properties,
            units,
            leases,
            tenants: if leases == 0 {
                0
            } else {
                residents.unwrap_or(narrow(u64::from(leases) * 7 / 5))
            },
            applicants: narrow(u64::from(units) * 15 / 100),
        }
    }

    /// Number of rows of a model before any mutation.
    #[must_use]
    pub fn count(&self, model: Model) -> u32 {
        match model {
            Model::Properties => self.properties,
            Model::Units => self.units,
            Model::Leases => self.leases,
            Model::Tenants => self.tenants,
            Model::Applicants => self.applicants,
        }
    }

    /// A seeded number about one row.
    pub(crate) fn mix(&self, kind: u64, index: u32) -> u64 {
        mix(self.seed, kind, u64::from(index))
    }

    /// Vendor id of a row.
    #[must_use]
    pub fn id(&self, model: Model, index: u32) -> i64 {
        let gap = self.mix(kind::GAP + model.number(), index) % ID_STRIDE.unsigned_abs();
        model.first_id() + i64::from(index) * ID_STRIDE + i64::try_from(gap).unwrap_or(0)
    }

    /// The row with a vendor id, if an id of that form exists; it may lie beyond the seeded rows.
    #[must_use]
    pub fn index(&self, model: Model, id: i64) -> Option<u32> {
        let index = u32::try_from(id.checked_sub(model.first_id())?.div_euclid(ID_STRIDE)).ok()?;
        (self.id(model, index) == id).then_some(index)
    }

    /// Property of a unit.
    pub(crate) fn unit_property(&self, unit: u32) -> u32 {
        share_of(unit, self.units, self.properties)
    }

    fn block_turn(&self, block: u32) -> usize {
        // The last block may be cut short; unturned, what it has of leases is counted by its length alone.
        if block < self.units / 20 {
            (self.mix(kind::TURN, block) % 20) as usize
        } else {
            0
        }
    }

    /// Leases of a unit, oldest first.
    pub(crate) fn unit_leases(&self, unit: u32) -> Range<u32> {
        let block = unit / 20;
        let place = (unit as usize % 20 + self.block_turn(block)) % 20;
        let before: usize = PATTERN[..place].iter().map(|terms| terms.len()).sum();
        let start = narrow(u64::from(block) * PER_BLOCK + before as u64);
        start..start + PATTERN[place].len() as u32
    }

    /// Unit and term of a lease.
    pub(crate) fn lease_place(&self, lease: u32) -> (u32, Term) {
        let block = narrow(u64::from(lease) / PER_BLOCK);
        let turn = self.block_turn(block);
        let mut left = (u64::from(lease) % PER_BLOCK) as usize;
        for (place, terms) in PATTERN.iter().enumerate() {
            if let Some(term) = terms.get(left) {
                return (block * 20 + ((place + 20 - turn) % 20) as u32, *term);
            }
            left -= terms.len();
        }
        (block * 20, Active)
    }

    /// Tenants that a lease brought.
    pub(crate) fn own_tenants(&self, lease: u32) -> Range<u32> {
        let share = |lease: u32| {
            narrow(u64::from(lease) * u64::from(self.tenants) / u64::from(self.leases.max(1)))
        };
        share(lease)..share(lease + 1)
    }

    /// Lease that brought a tenant.
    pub(crate) fn tenant_lease(&self, tenant: u32) -> u32 {
        share_of(tenant, self.tenants, self.leases)
    }

    /// True when the first tenant of the unit's next lease was already on this past one.
    pub(crate) fn carries(&self, lease: u32) -> bool {
        let (unit, term) = self.lease_place(lease);
        term == Past
            && self.unit_leases(unit).contains(&(lease + 1))
            && self.mix(kind::CARRIED, lease).is_multiple_of(2)
            && !self.own_tenants(lease + 1).is_empty()
    }

    /// Property and unit of an applicant: both, a property alone, or neither.
    pub(crate) fn applicant_place(&self, applicant: u32) -> (Option<u32>, Option<u32>) {
        let roll = self.mix(kind::APPLICANT_UNIT, applicant);
        if self.units == 0 || roll.is_multiple_of(11) {
            return (None, None);
        }
        let unit = narrow((roll >> 8) % u64::from(self.units));
        let unit_known = !roll.is_multiple_of(5);
        (Some(self.unit_property(unit)), unit_known.then_some(unit))
    }

    /// Number of submitted applications of an applicant: 0 to 3, mostly 1.
    pub(crate) fn applications(&self, applicant: u32) -> u32 {
        match self.mix(kind::APPLICATIONS, applicant) % 10 {
            0 | 1 => 0,
            2..=7 => 1,
            8 => 2,
            _ => 3,
        }
    }

    /// Number of cosigners of a lease.
    pub(crate) fn cosigners(&self, lease: u32) -> u32 {
        match self.mix(kind::COSIGNERS, lease) % 12 {
            0 => 2,
            1 => 1,
            _ => 0,
        }
    }
}

/// Which of `groups` even shares of `members` a member lies in.
fn share_of(member: u32, members: u32, groups: u32) -> u32 {
    let (members, groups) = (u64::from(members.max(1)), u64::from(groups));
    narrow(
        ((u64::from(member) + 1) * groups)
            .div_ceil(members)
            .saturating_sub(1),
    )
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_relation_holds_both_ways() {
        for (seed, properties, units, residents) in [
            (1, 100, 2000, None),
            (2, 7, 113, Some(19)),
            (3, 50, 20, Some(400)),
            (4, 1, 1, None),
            (5, 3, 0, None),
        ] {
            let shape = Shape::new(seed, properties, units, residents);
            let mut leases = 0;
            for unit in 0..units {
                assert!(shape.unit_property(unit) < shape.properties);
                for (place, lease) in shape.unit_leases(unit).enumerate() {
                    assert_eq!(
                        shape.lease_place(lease).0,
                        unit,
                        "seed {seed} lease {lease}"
                    );
                    assert!(place < 3);
                    leases += 1;
                }
            }
            assert_eq!(leases, shape.leases);
            let mut tenants = 0;
            for lease in 0..shape.leases {
                for tenant in shape.own_tenants(lease) {
                    assert_eq!(shape.tenant_lease(tenant), lease);
                    tenants += 1;
                }
            }
            assert_eq!(tenants, shape.tenants);
            for model in Model::ALL {
                for index in 0..shape.count(model) {
                    assert_eq!(shape.index(model, shape.id(model, index)), Some(index));
                }
            }
        }
    }

    #[test]
    fn the_default_shape_has_what_belongs_to_two_thousand_units() {
        let shape = Shape::new(1, 100, 2000, None);
        assert_eq!(
            (shape.leases, shape.tenants, shape.applicants),
            (1900, 2660, 300)
        );
    }
}
