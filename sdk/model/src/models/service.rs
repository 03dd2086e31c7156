//! Who owns, who repairs, who works there, and what is to let.

use super::*;
use crate::enums::{RequestKind, RequestPriority, RequestStatus};
use crate::{Employee, Listing, Owner, ServiceRequest, Vendor};

pub(super) const OWNERS: ModelSpec = ModelSpec {
    name: "owners",
    singular: "owner",
    path: "owners",
    schema: "owner/1",
    id_prefix: "own",
    payload_fields: Owner::FIELDS,
    references: &[
        PROPERTY,
        to(
            "x_associated_property_ids[]",
            "associated_property_ids[]",
            "properties",
        ),
    ],
    reserved: &[LOCATION],
    aliases: &[],
    personal: &[
        "/first_name",
        "/middle_name",
        "/last_name",
        "/company_name",
        "/email_1",
        "/email_2",
        "/phones",
        "/phone_1",
        "/phone_2",
        "/address_1",
        "/address_2",
        "/address_3",
        "/city",
        "/state",
        "/zip",
        "/country",
        "/notes",
        "/custom_data",
    ],
    filters: filters![
        EMAIL_1,
        PHONE_1,
        filter("is_active", FilterKind::Bool { field: "is_active" }),
        filter(
            "associated_property_id",
            FilterKind::Reference {
                model: "properties",
                targets: &["associated_property_ids[]"],
            },
        ),
    ],
};

pub(super) const VENDORS: ModelSpec = ModelSpec {
    name: "vendors",
    singular: "vendor",
    path: "vendors",
    schema: "vendor/1",
    id_prefix: "vnd",
    payload_fields: Vendor::FIELDS,
    references: &[PROPERTY],
    reserved: &[LOCATION],
    aliases: &[alias("type", "type_raw")],
    // A vendor may be one person.
    personal: &["/name", "/contacts", "/notes", "/custom_data"],
    filters: filters![filter("is_active", FilterKind::Bool { field: "is_active" })],
};

pub(super) const EMPLOYEES: ModelSpec = ModelSpec {
    name: "employees",
    singular: "employee",
    path: "employees",
    schema: "employee/1",
    id_prefix: "emp",
    payload_fields: Employee::FIELDS,
    references: &[PROPERTY],
    reserved: &[LOCATION],
    aliases: &[],
    personal: &["/name", "/email", "/custom_data"],
    filters: filters![filter("is_active", FilterKind::Bool { field: "is_active" })],
};

pub(super) const SERVICE_REQUESTS: ModelSpec = ModelSpec {
    name: "service_requests",
    singular: "service_request",
    path: "service-requests",
    schema: "service-request/1",
    id_prefix: "srq",
    payload_fields: ServiceRequest::FIELDS,
    references: &[
        PROPERTY,
        UNIT,
        LEASE,
        RESIDENT,
        to("x_employee_id", "employee_id", "employees"),
        to("x_parent_id", "parent_id", "service_requests"),
        to("vendors[].x_vendor_id", "vendors[].vendor_id", "vendors"),
        to("employees[].x_id", "employees[].employee_id", "employees"),
    ],
    reserved: &[LOCATION],
    aliases: &[
        alias("service_description", "title"),
        alias("service_details", "description"),
        alias("service_category", "category_raw"),
        alias("service_priority", "priority_raw"),
        alias("date_created", "x_created_at"),
        alias("date_due", "due_date"),
        alias("date_scheduled", "scheduled_date"),
        alias("date_completed", "completed_date"),
    ],
    // Residents write of themselves.
    personal: &[
        "/title",
        "/description",
        "/access_notes",
        "/notes",
        "/completion_notes",
        "/vendor_notes",
        "/employees",
        "/history",
        "/custom_data",
    ],
    filters: filters![
        X_UNIT_ID,
        UNIT_ID,
        LEASE_ID,
        RESIDENT_ID,
        filter(
            "employee_id",
            FilterKind::Reference {
                model: "employees",
                targets: &["employee_id", "employees[].employee_id"],
            },
        ),
        filter(
            "vendor_id",
            FilterKind::Reference {
                model: "vendors",
                targets: &["vendors[].vendor_id"],
            },
        ),
        filter(
            "unit_number",
            FilterKind::Text {
                field: "unit_number",
            },
        ),
        filter(
            "status_raw",
            FilterKind::Text {
                field: "status_raw",
            },
        ),
        filter(
            "status_normalized",
            FilterKind::OneOf {
                field: "status_normalized",
                values: RequestStatus::NAMES,
            },
        ),
        filter(
            "priority_normalized",
            FilterKind::OneOf {
                field: "priority_normalized",
                values: RequestPriority::NAMES,
            },
        ),
        filter(
            "kind_normalized",
            FilterKind::OneOf {
                field: "kind_normalized",
                values: RequestKind::NAMES,
            },
        ),
    ],
};

pub(super) const LISTINGS: ModelSpec = ModelSpec {
    name: "listings",
    singular: "listing",
    path: "listings",
    schema: "listing/1",
    id_prefix: "lst",
    payload_fields: Listing::FIELDS,
    references: &[PROPERTY, UNIT],
    reserved: &[
        LOCATION,
        reserved("floor_plan_id", FieldType::Text),
        reserved("unit_type_id", FieldType::Text),
    ],
    aliases: &[
        alias("street_address_1", "address_1"),
        alias("street_address_2", "address_2"),
    ],
    personal: &["/contact", "/custom_data"],
    filters: filters![UNIT_ID],
};
