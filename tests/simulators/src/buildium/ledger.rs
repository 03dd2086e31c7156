//! What mutations did to the ledgers of leases.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Where ids of transactions begin.
const FIRST_ID: i64 = 1_000_000;
/// Ids that one lease has.
const PER_LEASE: i64 = 100;
/// Of these the seeded entries take the first.
const SEEDED: i64 = 60;

/// What mutations did to one entry.
#[derive(Default)]
pub(super) struct EntryChange {
    /// Vendor fields that differ from what the seed gives.
    pub(super) fields: Map<String, Value>,
    /// The entry is gone.
    pub(super) deleted: bool,
}

/// The entries that mutations touched, by vendor id.
#[derive(Default)]
pub(super) struct Ledger {
    changes: BTreeMap<i64, EntryChange>,
}

impl Ledger {
    /// Vendor id of a seeded entry.
    pub(super) fn id(lease: u32, number: usize) -> i64 {
        FIRST_ID + i64::from(lease) * PER_LEASE + i64::try_from(number).unwrap_or(0)
    }

    /// The lease whose entry an id may be.
    pub(super) fn lease_of(id: i64) -> Option<u32> {
        u32::try_from(id.checked_sub(FIRST_ID)?.div_euclid(PER_LEASE)).ok()
    }

    pub(super) fn change(&self, id: i64) -> Option<&EntryChange> {
        self.changes.get(&id)
    }

    pub(super) fn change_mut(&mut self, id: i64) -> &mut EntryChange {
        self.changes.entry(id).or_default()
    }

    /// The added entries of a lease, deleted ones among them.
    pub(super) fn added(&self, lease: u32) -> impl Iterator<Item = (i64, &EntryChange)> {
        let first = Self::id(lease, 0);
        self.changes
            .range(first + SEEDED..first + PER_LEASE)
            .map(|(id, change)| (*id, change))
    }

    /// Adds an entry; none where the lease has no id left.
    pub(super) fn add(&mut self, lease: u32, fields: Map<String, Value>) -> Option<i64> {
        let first = Self::id(lease, 0);
        let id = self
            .added(lease)
            .last()
            .map_or(first + SEEDED, |(id, _)| id + 1);
        (id < first + PER_LEASE).then(|| {
            self.change_mut(id).fields = fields;
            id
        })
    }
}
