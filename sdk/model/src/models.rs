//! The six models.

use crate::enums::LeaseStatus;
use crate::spec::{Alias, FieldType, Filter, FilterKind, ModelSpec, Reference, Reserved};
use crate::{Applicant, Application, Lease, Property, Resident, Unit};

/// The model of this name, plural.
#[must_use]
pub fn model(name: &str) -> Option<&'static ModelSpec> {
    MODELS.iter().find(|spec| spec.name == name)
}

/// Every unified model; parents stand before what refers to them.
pub static MODELS: [ModelSpec; 6] = [
    ModelSpec {
        name: "properties",
        singular: "property",
        path: "properties",
        schema: "property/1",
        id_prefix: "prop",
        payload_fields: Property::FIELDS,
        references: &[to("x_property_id", "property_id", "properties")],
        reserved: &[
            reserved("location_id", FieldType::Text),
            reserved("associated_owner_ids", FieldType::Array),
        ],
        aliases: &[
            alias("street_address_1", "address_1"),
            alias("street_address_2", "address_2"),
            alias("square_footage", "square_feet"),
            alias("type", "type_raw"),
        ],
        personal: &[
            "/manager_name",
            "/manager_email",
            "/manager_phones",
            "/manager_phone_1",
            "/manager_phone_2",
        ],
        filters: &[
            OWN_ID,
            INTEGRATION,
            VENDOR,
            X_ID,
            X_PROPERTY_ID,
            PROPERTY_ID,
            LOCATION_ID,
            UPDATED_SINCE,
            UPDATED_UNTIL,
            SEEN_SINCE,
            SEEN_UNTIL,
            filter("is_active", FilterKind::Bool { field: "is_active" }),
        ],
    },
    ModelSpec {
        name: "units",
        singular: "unit",
        path: "units",
        schema: "unit/1",
        id_prefix: "unit",
        payload_fields: Unit::FIELDS,
        references: &[to("x_property_id", "property_id", "properties")],
        reserved: &[
            reserved("location_id", FieldType::Text),
            reserved("floor_plan_id", FieldType::Text),
            reserved("unit_type_id", FieldType::Text),
        ],
        aliases: &[
            alias("street_address_1", "address_1"),
            alias("street_address_2", "address_2"),
        ],
        personal: &[],
        filters: &[
            OWN_ID,
            INTEGRATION,
            VENDOR,
            X_ID,
            X_PROPERTY_ID,
            PROPERTY_ID,
            LOCATION_ID,
            UPDATED_SINCE,
            UPDATED_UNTIL,
            SEEN_SINCE,
            SEEN_UNTIL,
            filter("unit_number", FilterKind::Text { field: "number" }),
        ],
    },
    ModelSpec {
        name: "leases",
        singular: "lease",
        path: "leases",
        schema: "lease/1",
        id_prefix: "lse",
        payload_fields: Lease::FIELDS,
        references: &[
            to("x_property_id", "property_id", "properties"),
            to("x_unit_id", "unit_id", "units"),
            to("x_resident_id", "resident_id", "residents"),
            to(
                "residents_meta_data[].x_resident_id",
                "residents_meta_data[].resident_id",
                "residents",
            ),
            to("services[].x_lease_id", "services[].lease_id", "leases"),
        ],
        reserved: &[reserved("location_id", FieldType::Text)],
        aliases: &[
            alias("status", "status_raw"),
            alias("type", "type_raw"),
            alias("term", "term_raw"),
            alias("deposit_amount", "deposit_amount_raw"),
        ],
        personal: &[],
        filters: &[
            OWN_ID,
            INTEGRATION,
            VENDOR,
            X_ID,
            X_PROPERTY_ID,
            X_UNIT_ID,
            PROPERTY_ID,
            LOCATION_ID,
            UPDATED_SINCE,
            UPDATED_UNTIL,
            SEEN_SINCE,
            SEEN_UNTIL,
            UNIT_ID,
            filter(
                "resident_id",
                FilterKind::Reference {
                    model: "residents",
                    targets: &["resident_id", "residents_meta_data[].resident_id"],
                },
            ),
            filter(
                "before_move_in_date",
                FilterKind::DateBefore { fields: MOVE_IN },
            ),
            filter(
                "after_move_in_date",
                FilterKind::DateAfter { fields: MOVE_IN },
            ),
            filter(
                "before_move_out_date",
                FilterKind::DateBefore { fields: MOVE_OUT },
            ),
            filter(
                "after_move_out_date",
                FilterKind::DateAfter { fields: MOVE_OUT },
            ),
            filter(
                "only_null_move_outs",
                FilterKind::OnlyNull { fields: MOVE_OUT },
            ),
            filter(
                "status_normalized",
                FilterKind::OneOf {
                    field: "status_normalized",
                    values: LeaseStatus::NAMES,
                },
            ),
            filter(
                "status_raw",
                FilterKind::Text {
                    field: "status_raw",
                },
            ),
            filter(
                "unit_number",
                FilterKind::Text {
                    field: "unit_number",
                },
            ),
        ],
    },
    ModelSpec {
        name: "residents",
        singular: "resident",
        path: "residents",
        schema: "resident/1",
        id_prefix: "res",
        payload_fields: Resident::FIELDS,
        references: &[
            to("x_property_id", "property_id", "properties"),
            to("x_unit_id", "unit_id", "units"),
            to("x_lease_id", "lease_id", "leases"),
            to(
                "leases_meta_data[].x_lease_id",
                "leases_meta_data[].lease_id",
                "leases",
            ),
        ],
        reserved: &[reserved("location_id", FieldType::Text)],
        aliases: &[],
        personal: RESIDENT_PERSONAL,
        filters: &[
            OWN_ID,
            INTEGRATION,
            VENDOR,
            X_ID,
            X_PROPERTY_ID,
            PROPERTY_ID,
            LOCATION_ID,
            UPDATED_SINCE,
            UPDATED_UNTIL,
            SEEN_SINCE,
            SEEN_UNTIL,
            filter(
                "lease_id",
                FilterKind::Reference {
                    model: "leases",
                    targets: &["lease_id", "leases_meta_data[].lease_id"],
                },
            ),
            EMAIL_1,
            PHONE_1,
        ],
    },
    ModelSpec {
        name: "applicants",
        singular: "applicant",
        path: "applicants",
        schema: "applicant/1",
        id_prefix: "apl",
        payload_fields: Applicant::FIELDS,
        references: &[
            to("x_property_id", "property_id", "properties"),
            to("x_unit_id", "unit_id", "units"),
            to("x_lease_id", "lease_id", "leases"),
            to("x_resident_id", "resident_id", "residents"),
            to("x_unit_id_preferred[]", "unit_id_preferred[]", "units"),
            to(
                "applications[].x_applicant_id",
                "applications[].applicant_id",
                "applicants",
            ),
            to(
                "applications[].x_application_id",
                "applications[].application_id",
                "applications",
            ),
        ],
        reserved: &[
            reserved("location_id", FieldType::Text),
            reserved("lead_id", FieldType::Text),
        ],
        aliases: &[alias("applications[].status", "applications[].status_raw")],
        personal: APPLICANT_PERSONAL,
        filters: &[
            OWN_ID,
            INTEGRATION,
            VENDOR,
            X_ID,
            X_PROPERTY_ID,
            PROPERTY_ID,
            LOCATION_ID,
            UPDATED_SINCE,
            UPDATED_UNTIL,
            SEEN_SINCE,
            SEEN_UNTIL,
            EMAIL_1,
            PHONE_1,
        ],
    },
    ModelSpec {
        name: "applications",
        singular: "application",
        path: "applications",
        schema: "application/1",
        id_prefix: "app",
        payload_fields: Application::FIELDS,
        references: &[
            to("x_property_id", "property_id", "properties"),
            to("x_unit_id", "unit_id", "units"),
            to(
                "applicants[].x_applicant_id",
                "applicants[].applicant_id",
                "applicants",
            ),
            to(
                "applicants[].x_application_id",
                "applicants[].application_id",
                "applications",
            ),
        ],
        reserved: &[reserved("location_id", FieldType::Text)],
        aliases: &[
            alias("status", "status_raw"),
            alias("applicants[].status", "applicants[].status_raw"),
        ],
        personal: &[],
        filters: &[
            OWN_ID,
            INTEGRATION,
            VENDOR,
            X_ID,
            X_PROPERTY_ID,
            PROPERTY_ID,
            LOCATION_ID,
            UPDATED_SINCE,
            UPDATED_UNTIL,
            SEEN_SINCE,
            SEEN_UNTIL,
        ],
    },
];

const MOVE_IN: &[&str] = &["realized_move_in_date", "scheduled_move_in_date"];
const MOVE_OUT: &[&str] = &["realized_move_out_date", "scheduled_move_out_date"];

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

/// Where somebody lives tells as much of them as their name.
macro_rules! personal {
    ($($more:literal),* $(,)?) => {
        &[
            "/first_name", "/middle_name", "/last_name",
            "/email_1", "/email_2", "/phones", "/phone_1", "/phone_2", "/date_of_birth",
            "/address_1", "/address_2", "/address_3", "/city", "/state", "/zip", "/country",
            "/address_1_alternate", "/address_2_alternate", "/address_3_alternate",
            "/city_alternate", "/state_alternate", "/zip_alternate", "/country_alternate",
            "/notes", "/pets", "/custom_data",
            $($more),*
        ]
    };
}

const RESIDENT_PERSONAL: &[&str] = personal!["/emergency_contact", "/vehicles"];
const APPLICANT_PERSONAL: &[&str] = personal!["/self_reported_income", "/screenings"];

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
