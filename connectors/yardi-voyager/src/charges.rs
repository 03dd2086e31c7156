//! Charges: what was booked for the residents of a property, and which days of
//! it a run asks for.

use portcullis_sdk::fields::Malformed;
use portcullis_sdk::model::{Date, ResidentCharge, TransactionKind};
use portcullis_sdk::serde_json::{Map, Value};
use portcullis_sdk::{Error, PageRequest, RecordKey, Result, Span, dates};

use crate::map::{CURRENCY, Reader};
use crate::pages::Filling;
use crate::xml::Node;

/// The method that brings all charges of a property.
pub(crate) const ALL: &str = "GetResidentTransactions_Login";

/// The method that brings those of some days.
pub(crate) const BY_DAY: &str = "GetResidentTransactions_ByChargeDate_Login";

const DAY: i64 = 24 * 60 * 60 * 1000;

/// How far a watermark lies before the start of the run that made it, in
/// milliseconds: charges are dated back by a month and some days.
const OVERLAP: i64 = 45 * DAY;

/// Charges are booked before they are due.
const AHEAD: i64 = 366 * DAY;

/// The days that the request asks for; nothing if it asks for all, or for
/// another model.
pub(crate) fn days(request: &PageRequest) -> Result<Option<(Date, Date)>> {
    let of_charges = request.model == "resident_charges";
    let day = |ms: i64| {
        dates::utc_day(ms).ok_or_else(|| Error::fail("the run lies outside the calendar"))
    };
    Ok(match &request.span {
        Span::Full => None,
        Span::Since(watermark) => {
            let first = dates::date(watermark).filter(|_| of_charges);
            let first = first.ok_or_else(|| {
                Error::watermark_expired("there is no asking for changes from there")
            })?;
            Some((first, day(request.started_at.saturating_add(AHEAD))?))
        }
        Span::Window(window) if of_charges => Some((day(window.start)?, day(window.end)?)),
        Span::Window(_) => None,
    })
}

/// Where the next run for new charges begins. A window is no run that others go
/// on from.
pub(crate) fn watermark(request: &PageRequest) -> Option<String> {
    if request.model != "resident_charges" || matches!(request.span, Span::Window(_)) {
        return None;
    }
    let day = dates::utc_day(request.started_at.saturating_sub(OVERLAP))?;
    Some(day.to_string())
}

/// The details of the charges of an answer.
pub(crate) fn nodes(result: &Node) -> impl Iterator<Item = &Node> {
    let transactions = result.find("ResidentTransactions");
    transactions
        .into_iter()
        .flat_map(|all| all.all("Property"))
        .flat_map(|property| property.all("RT_Customer"))
        .flat_map(|customer| customer.all("RTServiceTransactions"))
        .flat_map(|service| service.all("Transactions"))
        .flat_map(|transaction| transaction.all("Charge"))
        .filter_map(|charge| charge.child("Detail"))
}

/// The vendor's id of a charge.
pub(crate) fn id(detail: &Node) -> Option<&str> {
    detail.child_text("TransactionID")
}

/// Adds charges to a page. The answer is the number of those that went in,
/// unless all did.
pub(crate) fn fill(filling: &mut Filling, property: &str, result: &Node) -> Result<Option<usize>> {
    for (at, detail) in nodes(result).enumerate().skip(filling.skip) {
        let Some(id) = id(detail) else {
            filling.lead.omit(None, "a charge without an id");
            continue;
        };
        let key = RecordKey::of(id);
        match charge(property, detail) {
            Ok((document, original)) => {
                if !filling.lead.add(key, None, &document, &original)? {
                    return Ok(Some(at));
                }
            }
            Err(why) => filling.lead.omit(Some(key), why),
        }
    }
    Ok(None)
}

fn charge(
    property: &str,
    detail: &Node,
) -> Result<(ResidentCharge, Map<String, Value>), Malformed> {
    let mut reader = Reader::new(detail);
    let amount_in_cents = reader.cents("Amount")?;
    let open = reader.cents("BalanceDue")?;
    let document = ResidentCharge {
        x_property_id: Some(property.to_owned()),
        // The customer is the tenant whose file the lease is.
        x_lease_id: reader.owned("CustomerID"),
        x_charge_code_id: reader.owned("ChargeCode"),
        description: reader.owned("Description"),
        kind_normalized: Some(TransactionKind::Charge),
        transaction_date: reader.day("TransactionDate")?,
        amount_in_cents,
        amount_raw: reader.owned("Amount"),
        amount_open_in_cents: open,
        amount_open_raw: reader.owned("BalanceDue"),
        amount_paid_in_cents: reader.cents("AmountPaid")?,
        amount_paid_raw: reader.owned("AmountPaid"),
        is_open: open.map(|open| open != 0),
        currency: Some(CURRENCY.to_owned()),
        ..ResidentCharge::default()
    };
    Ok((document, reader.taken()))
}
