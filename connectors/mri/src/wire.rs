//! The vendor's rows, as far as they are read.
//!
//! A field that is not named here is never taken out of the answer: social
//! security numbers, licences, bank accounts, incomes. An original is written
//! from these same structs, so that it cannot hold more. Every value is a text
//! or nothing, and all may be missing.

use portcullis_sdk::Text;
use serde::{Deserialize, Serialize};

macro_rules! rows {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident = $wire:literal,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Default, Deserialize, Serialize)]
        #[serde(default, bound(deserialize = "'de: 'a"))]
        pub(crate) struct $name<'a> {
            $($(#[$field_meta])* #[serde(rename = $wire)] pub(crate) $field: Option<Text<'a>>,)*
        }
    )*};
}

rows! {
    /// A property.
    Property {
        property_id = "PropertyID",
        entity_id = "EntityId",
        name = "PropertyName",
        manager_name = "ManagerName",
        address_1 = "Address1",
        address_2 = "Address2",
        city = "City",
        state = "State",
        zip = "ZipCode",
        phone_number = "PhoneNumber",
    }

    /// A unit.
    Unit {
        property_id = "PropertyID",
        building_id = "BuildingID",
        unit_id = "UnitID",
    }

    /// A resident's lease: a row for each resident of a lease.
    Lease {
        resident_id = "ResidentNameID",
        property_id = "PropertyID",
        building_id = "BuildingID",
        unit_id = "UnitID",
        lease_id = "LeaseID",
        start = "LeaseStart",
        end = "LeaseEnd",
        occupied_on = "OccupyDate",
        moved_out_on = "LeaseMoveOut",
        notified_on = "DateNotified",
        rent = "LeaseMonthlyRentAmount",
        balance = "LeaseBalance",
        currency = "CurrCode",
        month_to_month = "LeaseMonthToMonth",
        term = "LeaseTerm",
        is_current = "IsCurrent",
        vacate_reason = "VacateReason",
        has_pet = "HasPet",
        name_group = "Namegroup",
        resident_status = "ResidentStatus",
        resident_left_on = "ResidentVacateDate",
        last_update = "LastUpdateDate",
    }

    /// A resident.
    Resident {
        resident_id = "ResidentNameID",
        property_id = "RMPROPID",
        building_id = "RMBLDGID",
        unit_id = "UNITID",
        lease_id = "RMLEASEID",
        kind = "ResidentType",
        status = "Status",
        first_name = "FirstName",
        last_name = "LastName",
        phone_number = "PhoneNumber",
        email = "Email",
        occupied_on = "OccupantOccupyDate",
        vacated_on = "VacateDate",
        name_group = "Namegroup",
        work_phone_1 = "WorkPhone1",
        work_phone_2 = "WorkPhone2",
        cell = "Cell",
        last_update = "LastUpdateDate",
    }
}
