//! Where people live, and who they are.

use super::*;
use crate::enums::LeaseStatus;
use crate::{Applicant, Application, Lease, Property, Resident, Unit};

pub(super) const PROPERTIES: ModelSpec = ModelSpec {
    name: "properties",
    singular: "property",
    path: "properties",
    schema: "property/1",
    id_prefix: "prop",
    payload_fields: Property::FIELDS,
    references: &[
        PROPERTY,
        to("x_owner_ids[]", "associated_owner_ids[]", "owners"),
    ],
    reserved: &[LOCATION],
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
    filters: filters![filter("is_active", FilterKind::Bool { field: "is_active" }),],
};

pub(super) const UNITS: ModelSpec = ModelSpec {
    name: "units",
    singular: "unit",
    path: "units",
    schema: "unit/1",
    id_prefix: "unit",
    payload_fields: Unit::FIELDS,
    references: &[PROPERTY],
    reserved: &[
        LOCATION,
        reserved("floor_plan_id", FieldType::Text),
        reserved("unit_type_id", FieldType::Text),
    ],
    aliases: &[
        alias("street_address_1", "address_1"),
        alias("street_address_2", "address_2"),
    ],
    personal: &[],
    filters: filters![filter("unit_number", FilterKind::Text { field: "number" }),],
};

pub(super) const LEASES: ModelSpec = ModelSpec {
    name: "leases",
    singular: "lease",
    path: "leases",
    schema: "lease/1",
    id_prefix: "lse",
    payload_fields: Lease::FIELDS,
    references: &[
        PROPERTY,
        UNIT,
        RESIDENT,
        to(
            "residents_meta_data[].x_resident_id",
            "residents_meta_data[].resident_id",
            "residents",
        ),
        to("services[].x_lease_id", "services[].lease_id", "leases"),
    ],
    reserved: &[LOCATION],
    aliases: &[
        alias("status", "status_raw"),
        alias("type", "type_raw"),
        alias("term", "term_raw"),
        alias("deposit_amount", "deposit_amount_raw"),
    ],
    personal: &[],
    filters: filters![
        X_UNIT_ID,
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
};

pub(super) const RESIDENTS: ModelSpec = ModelSpec {
    name: "residents",
    singular: "resident",
    path: "residents",
    schema: "resident/1",
    id_prefix: "res",
    payload_fields: Resident::FIELDS,
    references: &[
        PROPERTY,
        UNIT,
        LEASE,
        to(
            "leases_meta_data[].x_lease_id",
            "leases_meta_data[].lease_id",
            "leases",
        ),
    ],
    reserved: &[LOCATION],
    aliases: &[],
    personal: RESIDENT_PERSONAL,
    filters: filters![
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
};

pub(super) const APPLICANTS: ModelSpec = ModelSpec {
    name: "applicants",
    singular: "applicant",
    path: "applicants",
    schema: "applicant/1",
    id_prefix: "apl",
    payload_fields: Applicant::FIELDS,
    references: &[
        PROPERTY,
        UNIT,
        LEASE,
        RESIDENT,
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
    reserved: &[LOCATION, reserved("lead_id", FieldType::Text)],
    aliases: &[alias("applications[].status", "applications[].status_raw")],
    personal: APPLICANT_PERSONAL,
    filters: filters![EMAIL_1, PHONE_1,],
};

pub(super) const APPLICATIONS: ModelSpec = ModelSpec {
    name: "applications",
    singular: "application",
    path: "applications",
    schema: "application/1",
    id_prefix: "app",
    payload_fields: Application::FIELDS,
    references: &[
        PROPERTY,
        UNIT,
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
    reserved: &[LOCATION],
    aliases: &[
        alias("status", "status_raw"),
        alias("applicants[].status", "applicants[].status_raw"),
    ],
    personal: &[],
    filters: filters![],
};

const MOVE_IN: &[&str] = &["realized_move_in_date", "scheduled_move_in_date"];
const MOVE_OUT: &[&str] = &["realized_move_out_date", "scheduled_move_out_date"];

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
