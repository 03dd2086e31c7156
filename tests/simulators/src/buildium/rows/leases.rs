//! Leases with their cosigners.

use super::super::data::{Data, Depth};
use super::{NULL, dollars, write_address, write_email, write_phones};
use crate::shared::json::JsonWriter;
use crate::shared::seed::Dice;
use crate::shared::shape::{Model, Term, kind};
use crate::shared::words;

/// 2026-07-01 in days since 1970: the day on which the seeded portfolio was taken down.
pub(in crate::buildium) const TODAY: i64 = 20_635;

const OFFERS: [&str; 13] = [
    "NotSet",
    "NotStarted",
    "Generated",
    "Declined",
    "Renewed",
    "Draft",
    "Unsigned",
    "PartiallySigned",
    "Countersign",
    "Activated",
    "Sent",
    "Accepted",
    "Withdrawn",
];

impl Data {
    /// First and last day of a lease, in days since 1970; a lease at will has no last day.
    pub(super) fn lease_days(&self, lease: u32) -> (i64, Option<i64>) {
        let dice = &mut Dice::new(self.shape.seed, kind::DATES, u64::from(lease));
        let ago = dice.below(330).cast_signed();
        // The seeded term: a mutation of the status leaves the dates alone.
        let term = (lease < self.shape.leases).then(|| self.shape.lease_place(lease).1);
        let start = match term {
            Some(Term::Past) => TODAY - 365 - 60 - ago,
            Some(Term::Future) => TODAY + 10 + ago / 4,
            Some(Term::Active) | None => TODAY - ago,
        };
        (start, dice.nullable(9, start + 364))
    }

    pub(in crate::buildium) fn write_lease(
        &self,
        writer: &mut JsonWriter,
        lease: u32,
        depth: Depth,
        echo: Option<&str>,
    ) {
        let shape = &self.shape;
        let dice = &mut Dice::new(shape.seed, kind::LEASE, u64::from(lease));
        let (unit, term) = self.lease_place(lease);
        let (start, end) = self.lease_days(lease);
        writer.open(b'{');
        writer.integer("Id", Some(shape.id(Model::Leases, lease)));
        writer.integer(
            "PropertyId",
            Some(shape.id(Model::Properties, self.unit_property(unit))),
        );
        writer.integer("UnitId", Some(shape.id(Model::Units, unit)));
        match echo {
            Some(secret) => writer.text("UnitNumber", Some(secret)),
            None => {
                self.write_unit_number(writer, unit);
            }
        }
        writer.date("LeaseFromDate", dice.nullable(NULL * 3, start));
        writer.date("LeaseToDate", end);
        let lease_type = if end.is_none() {
            "AtWill"
        } else {
            dice.pick(&["None", "Fixed", "FixedWithRollover"])
        };
        writer.text("LeaseType", Some(lease_type));
        let status = match term {
            Some(Term::Past) => "Past",
            Some(Term::Active) => "Active",
            Some(Term::Future) => "Future",
            None => "Suspended",
        };
        // A status that no document names: only on past leases, so that occupancy has one meaning.
        let status = if dice.one_in(40) && term == Some(Term::Past) {
            "Terminated"
        } else {
            status
        };
        writer.text("LeaseStatus", Some(status));
        writer.boolean(
            "IsEvictionPending",
            dice.one_in(40) && term == Some(Term::Active),
        );
        writer.text(
            "TermType",
            Some(dice.pick(&["MonthToMonth", "Standard", "Standard", "Owner"])),
        );
        let offer = dice.pick(&OFFERS);
        writer.text("RenewalOfferStatus", dice.nullable(4, offer));

        let tenants: Vec<u32> = self.lease_tenants(lease).collect();
        writer.key("CurrentTenants");
        // Drawn at any depth: a lease reads the same wherever it stands.
        let hidden = dice.one_in(NULL);
        if hidden || depth == Depth::Embedded {
            writer.raw(b"null");
        } else {
            writer.open(b'[');
            for tenant in tenants.iter().filter(|_| term == Some(Term::Active)) {
                self.write(writer, Model::Tenants, *tenant, Depth::Embedded, echo);
            }
            writer.close(b']');
        }
        writer.integer(
            "CurrentNumberOfOccupants",
            i64::try_from(tenants.len()).ok(),
        );
        if dice.one_in(NULL) {
            writer.null("AccountDetails");
        } else {
            writer.key("AccountDetails");
            writer.open(b'{');
            let (deposit, rent) = (dollars(dice, 0, 3000), dollars(dice, 600, 4000));
            writer.double("SecurityDeposit", dice.nullable(NULL, deposit));
            writer.double("Rent", dice.nullable(NULL, rent));
            writer.close(b'}');
        }
        self.write_cosigners(writer, lease, dice);
        writer.boolean("AutomaticallyMoveOutTenants", dice.one_in(2));
        writer.time("CreatedDateTime", Some(self.created(Model::Leases, lease)));
        let stamp = self.stamp(Model::Leases, lease);
        writer.time("LastUpdatedDateTime", dice.nullable(NULL, stamp));
        // How many people there are must not decide about the fields that follow.
        let apart = &mut Dice::new(shape.seed, kind::LEASE + 200, u64::from(lease));
        write_move_outs(writer, self, &tenants, (term, end), apart);
        writer.integer("PaymentDueDay", Some((1 + dice.below(28)).cast_signed()));
        if dice.one_in(NULL * 2) {
            writer.null("Tenants");
        } else {
            writer.key("Tenants");
            writer.open(b'[');
            for tenant in &tenants {
                writer.open(b'{');
                writer.integer("Id", Some(shape.id(Model::Tenants, *tenant)));
                let word = match term {
                    Some(Term::Past) => "MovedOut",
                    Some(Term::Future) => "Future",
                    Some(Term::Active) | None => "Current",
                };
                writer.text("Status", Some(word));
                writer.date("MoveInDate", dice.nullable(NULL, start));
                writer.close(b'}');
            }
            writer.close(b']');
        }
        writer.close(b'}');
    }

    /// Cosigners are people on the lease, not tenants: their ids overlap with those of tenants.
    fn write_cosigners(&self, writer: &mut JsonWriter, lease: u32, dice: &mut Dice) {
        if dice.one_in(NULL) {
            return writer.null("Cosigners");
        }
        writer.key("Cosigners");
        writer.open(b'[');
        for number in 0..self.cosigners(lease) {
            let index = lease * 2 + number;
            let dice = &mut Dice::new(self.shape.seed, kind::COSIGNER, u64::from(index));
            let id = self.shape.id(Model::Tenants, index);
            writer.open(b'{');
            writer.integer("Id", Some(id));
            let first = words::first_name(dice);
            writer.text("FirstName", dice.nullable(NULL, first));
            writer.text("LastName", Some(words::last_name(dice)));
            write_email(writer, "Email", dice, id);
            write_email(writer, "AlternateEmail", dice, id);
            write_phones(writer, dice);
            let created = self.created(Model::Leases, lease);
            writer.time("CreatedDateTime", dice.nullable(NULL, created));
            write_address(writer, "Address", dice, None);
            write_address(writer, "AlternateAddress", dice, None);
            writer.text(
                "MailingPreference",
                Some(dice.pick(&["PrimaryAddress", "AlternateAddress"])),
            );
            writer.close(b'}');
        }
        writer.close(b']');
    }

    /// Number of cosigners of a lease.
    pub(in crate::buildium) fn cosigners(&self, lease: u32) -> u32 {
        if lease < self.shape.leases {
            self.shape.cosigners(lease)
        } else {
            0
        }
    }
}

fn write_move_outs(
    writer: &mut JsonWriter,
    data: &Data,
    tenants: &[u32],
    (term, end): (Option<Term>, Option<i64>),
    dice: &mut Dice,
) {
    if dice.one_in(NULL) {
        return writer.null("MoveOutData");
    }
    let leaves = term == Some(Term::Past) || dice.one_in(10);
    writer.key("MoveOutData");
    writer.open(b'[');
    for tenant in tenants.iter().filter(|_| leaves) {
        let day = end.unwrap_or(TODAY - 5);
        writer.open(b'{');
        writer.integer("TenantId", Some(data.shape.id(Model::Tenants, *tenant)));
        writer.date("MoveOutDate", Some(day));
        writer.date("NoticeGivenDate", dice.nullable(4, day - 30));
        writer.close(b'}');
    }
    writer.close(b']');
}
