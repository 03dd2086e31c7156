//! Service requests and the work orders made of them.

use crate::enums::{RequestKind, RequestPriority, RequestStatus};
use crate::parts::CustomData;
use crate::payload::{part, payload};
use crate::time::{Date, Timestamp};

payload! {
    /// Something to be repaired or done, and how far it is.
    ServiceRequest {
        /// The vendor's id of the property.
        x_property_id: Option<String>,
        /// The vendor's id of the location.
        x_location_id: Option<String>,
        /// The vendor's id of the unit.
        x_unit_id: Option<String>,
        /// The vendor's id of the lease.
        x_lease_id: Option<String>,
        /// The vendor's id of the resident who asked.
        x_resident_id: Option<String>,
        /// The vendor's id of the employee who has it in hand.
        x_employee_id: Option<String>,
        /// The vendor's id of the request that a work order was made of.
        x_parent_id: Option<String>,
        /// The vendor's id of a part of it.
        x_sub_task_id: Option<String>,
        /// When the vendor made the record.
        x_created_at: Option<Timestamp>,
        /// When the vendor last changed the record.
        x_updated_at: Option<Timestamp>,
        /// A request, or the work order made of it.
        kind_normalized: Option<RequestKind>,
        /// One line.
        title: Option<String>,
        /// What it is about.
        description: Option<String>,
        /// Kind in the vendor's words.
        category_raw: Option<String>,
        /// How urgent it is.
        priority_normalized: Option<RequestPriority>,
        /// How urgent it is, in the vendor's words.
        priority_raw: Option<String>,
        /// Where it stands.
        status_normalized: Option<RequestStatus>,
        /// Where it stands, in the vendor's words.
        status_raw: Option<String>,
        /// When it is to be done.
        due_date: Option<Date>,
        /// When somebody is to come.
        scheduled_date: Option<Date>,
        /// When it was done.
        completed_date: Option<Date>,
        /// Building.
        building: Option<String>,
        /// Number or name on the unit's door.
        unit_number: Option<String>,
        /// Number that the vendor shows to people.
        order_number: Option<String>,
        /// Whether one may enter while nobody is at home.
        access_is_authorized: Option<bool>,
        /// What to know before entering.
        access_notes: Option<String>,
        /// Free text.
        notes: Option<String>,
        /// What was said when it was done.
        completion_notes: Option<String>,
        /// What was said to those who do it.
        vendor_notes: Option<String>,
        /// What it costs in cents.
        amount_in_cents: Option<i64>,
        /// Currency of the amount, ISO 4217.
        currency: Option<String>,
        /// The companies that do it.
        vendors: Vec<VendorOfRequest>,
        /// The employees who do it.
        employees: Vec<EmployeeOfRequest>,
        /// What happened so far.
        history: Vec<RequestEvent>,
        /// What the vendor has beyond this model.
        custom_data: Option<CustomData>,
    }
}

part! {
    /// A company that does what was asked for.
    VendorOfRequest {
        /// The vendor's id of it.
        x_vendor_id: Option<String>,
    }
}

part! {
    /// An employee who does what was asked for.
    EmployeeOfRequest {
        /// The vendor's id.
        x_id: Option<String>,
        /// Full name.
        name: Option<String>,
    }
}

part! {
    /// Something that happened to a service request.
    RequestEvent {
        /// The vendor's id.
        x_id: Option<String>,
        /// When it happened.
        x_created_at: Option<Timestamp>,
        /// What was said.
        notes: Option<String>,
        /// Who said it.
        creator_name: Option<String>,
        /// Where the request stood then, in the vendor's words.
        status_raw: Option<String>,
    }
}
