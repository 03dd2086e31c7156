//! The vendor's lists that are read as [`Sheet`]s.

mod accounts;
mod applicants;
mod ledger;
mod parties;
mod places;
mod service;

pub(crate) use accounts::{ACCOUNT, BALANCE, RECURRING};
pub(crate) use applicants::APPLICANT;
pub(crate) use ledger::TRANSACTION;
pub(crate) use parties::{EMPLOYEE, OWNER, VENDOR};
pub(crate) use places::PROPERTY;
pub(crate) use service::{LISTING, ORDER, REQUEST};

use portcullis_sdk::model::CustomData;

use crate::map::{Malformed, Scene};
use crate::sheet::{Carried, Fields, Sheet};

/// What most sheets share.
const PLAIN: Sheet = Sheet {
    id: "Id",
    prefix: "",
    updated: "",
    columns: &[],
    finish: nothing,
    takes: always,
    is_companion: never,
    children: "",
    applications: none,
};

fn nothing(_: &Fields<'_>, _: &mut CustomData, _: &Scene) -> Result<(), Malformed> {
    Ok(())
}

fn none(_: &Fields<'_>) -> Vec<Carried> {
    Vec::new()
}

fn always(_: &Fields<'_>) -> bool {
    true
}

fn never(_: &Fields<'_>) -> bool {
    false
}

/// Writes a text, if there is one.
fn put(doc: &mut CustomData, name: &str, value: Option<impl Into<String>>) {
    if let Some(value) = value {
        doc.insert(name.to_owned(), value.into().into());
    }
}
