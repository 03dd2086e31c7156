//! The unified model: what a property, a lease, a resident, a charge or a service request looks like, whichever vendor
//! it came from.
//!
//! A connector fills the structs ([`Property`], [`Unit`], …) and serialises them: that document is a record's
//! *payload*. The host adds what only it knows (its own ids, times, resolved references) and serves the *record*.
//! [`MODELS`] describes all that is common to both sides as plain data: schema name, id prefix, references,
//! personal fields, filters. With the feature `schema` the JSON Schemas and the field list are derived from the
//! same structs, so that nothing is written twice.
//!
//! Conventions: names are `snake_case`; `x_*` is the vendor's own id; `*_raw` is the vendor's text and
//! `*_normalized` one of a closed set with `OTHER`; money is whole cents; `*_date` is a plain date and `*_at` a
//! UTC time. An absent field and `null` mean the same: the vendor said nothing.
//!
//! ```
//! use portcullis_model::{Date, Lease, LeaseStatus};
//!
//! let lease = Lease {
//!     x_unit_id: Some("17".into()),
//!     status_raw: Some("Active".into()),
//!     status_normalized: Some(LeaseStatus::Active),
//!     start_date: Some("2026-01-31".parse::<Date>()?),
//!     rent_amount_in_cents: Some(125_000),
//!     ..Lease::default()
//! };
//! assert_eq!(
//!     serde_json::to_string(&lease)?,
//!     r#"{"x_unit_id":"17","rent_amount_in_cents":125000,"start_date":"2026-01-31","status_normalized":"ACTIVE","status_raw":"Active"}"#
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod account;
mod applicant;
mod application;
mod complete;
mod enums;
mod lease;
mod listing;
mod models;
mod parts;
mod party;
mod payload;
mod property;
mod resident;
#[cfg(feature = "schema")]
mod schema;
mod service_request;
mod spec;
mod time;
mod transaction;
mod unit;

pub use account::{FinancialAccount, LeaseBalance, RecurringResidentCharge};
pub use applicant::{Applicant, IncomeSource, Screening};
pub use application::{Application, ApplicationLink};
pub use enums::{
    ApplicantType, ApplicationStatus, ChargeFrequency, IncomeType, LeaseStatus, LeaseTerm,
    PaymentMethod, PhoneType, PropertyType, RequestKind, RequestPriority, RequestStatus,
    ResidentStatus, ResidentType, TransactionKind,
};
pub use lease::{Lease, LeaseService, ResidentOfLease};
pub use listing::{Listing, ListingContact};
pub use models::{MODELS, model};
pub use parts::{CustomData, EmergencyContact, Pet, Phone};
pub use party::{Employee, Owner, Vendor, VendorContact, VendorInsurance};
pub use property::{OfficeHours, PetPolicy, Property};
pub use resident::{LeaseOfResident, Resident, Vehicle};
#[cfg(feature = "schema")]
pub use schema::{Field, payload_schema, record_schema};
pub use service_request::{EmployeeOfRequest, RequestEvent, ServiceRequest, VendorOfRequest};
pub use spec::{Alias, FieldType, Filter, FilterKind, ModelSpec, Reference, Reserved};
pub use time::{Date, TimeError, Timestamp};
pub use transaction::{Allocation, LedgerLine, ResidentCharge, ResidentPayment};
pub use unit::Unit;
