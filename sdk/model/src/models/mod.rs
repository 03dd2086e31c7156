//! The unified models as data.

mod leasing;
mod money;
mod service;

use crate::spec::{Alias, FieldType, Filter, FilterKind, ModelSpec, Reference, Reserved};

/// The model of this name, plural.
#[must_use]
pub fn model(name: &str) -> Option<&'static ModelSpec> {
    MODELS.iter().find(|spec| spec.name == name)
}

/// Every unified model.
pub static MODELS: [ModelSpec; 16] = [
    leasing::PROPERTIES,
    leasing::UNITS,
    leasing::LEASES,
    leasing::RESIDENTS,
    leasing::APPLICANTS,
    leasing::APPLICATIONS,
    money::RESIDENT_CHARGES,
    money::RESIDENT_PAYMENTS,
    money::RECURRING_RESIDENT_CHARGES,
    money::LEASE_BALANCES,
    money::FINANCIAL_ACCOUNTS,
    service::OWNERS,
    service::VENDORS,
    service::EMPLOYEES,
    service::SERVICE_REQUESTS,
    service::LISTINGS,
];

/// What every list may be filtered by, and what only this one may.
macro_rules! filters {
    ($($more:expr),* $(,)?) => {
        &[
            OWN_ID, INTEGRATION, VENDOR, X_ID, X_PROPERTY_ID, PROPERTY_ID, LOCATION_ID,
            UPDATED_SINCE, UPDATED_UNTIL, SEEN_SINCE, SEEN_UNTIL,
            $($more),*
        ]
    };
}
use filters;

const OWN_ID: Filter = filter("id", FilterKind::OwnId);
const INTEGRATION: Filter = filter("integration_id", FilterKind::Integration);
const VENDOR: Filter = filter("integration_vendor", FilterKind::Vendor);
const X_ID: Filter = filter("x_id", FilterKind::External { field: "x_id" });
const X_PROPERTY_ID: Filter = filter(
    "x_property_id",
    FilterKind::External {
        field: "x_property_id",
    },
);
const X_UNIT_ID: Filter = filter("x_unit_id", FilterKind::External { field: "x_unit_id" });
const PROPERTY_ID: Filter = filter(
    "property_id",
    FilterKind::Reference {
        model: "properties",
        targets: &["property_id"],
    },
);
const UNIT_ID: Filter = filter(
    "unit_id",
    FilterKind::Reference {
        model: "units",
        targets: &["unit_id"],
    },
);
const LOCATION_ID: Filter = filter(
    "location_id",
    FilterKind::Reference {
        model: "locations",
        targets: &["location_id"],
    },
);
const UPDATED_SINCE: Filter = filter(
    "updated_at_gte",
    FilterKind::TimeAtLeast {
        field: "updated_at",
    },
);
const UPDATED_UNTIL: Filter = filter(
    "updated_at_lte",
    FilterKind::TimeAtMost {
        field: "updated_at",
    },
);
const SEEN_SINCE: Filter = filter(
    "last_seen_gte",
    FilterKind::TimeAtLeast { field: "last_seen" },
);
const SEEN_UNTIL: Filter = filter(
    "last_seen_lte",
    FilterKind::TimeAtMost { field: "last_seen" },
);
const EMAIL_1: Filter = filter("email_1", FilterKind::Text { field: "email_1" });
const PHONE_1: Filter = filter("phone_1", FilterKind::Text { field: "phone_1" });
const LEASE_ID: Filter = filter(
    "lease_id",
    FilterKind::Reference {
        model: "leases",
        targets: &["lease_id"],
    },
);
const RESIDENT_ID: Filter = filter(
    "resident_id",
    FilterKind::Reference {
        model: "residents",
        targets: &["resident_id"],
    },
);

const PROPERTY: Reference = to("x_property_id", "property_id", "properties");
const UNIT: Reference = to("x_unit_id", "unit_id", "units");
const LEASE: Reference = to("x_lease_id", "lease_id", "leases");
const RESIDENT: Reference = to("x_resident_id", "resident_id", "residents");

const LOCATION: Reserved = reserved("location_id", FieldType::Text);

const fn filter(name: &'static str, kind: FilterKind) -> Filter {
    Filter { name, kind }
}

const fn to(path: &'static str, target: &'static str, model: &'static str) -> Reference {
    Reference {
        path,
        target,
        model,
    }
}

const fn alias(name: &'static str, source: &'static str) -> Alias {
    Alias { name, source }
}

const fn reserved(name: &'static str, kind: FieldType) -> Reserved {
    Reserved { name, kind }
}
