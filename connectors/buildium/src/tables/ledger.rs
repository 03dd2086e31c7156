//! The ledger of a lease: charges, and all that is none.

use portcullis_sdk::model::CustomData;
use portcullis_sdk::serde_json::Value;

use super::{PLAIN, put};
use crate::map::{Malformed, Scene};
use crate::sheet::{Column, Fields, Kind, Sheet, column};

pub(crate) static TRANSACTION: Sheet = Sheet {
    columns: &[
        column("", "TransactionType", Kind::Seen),
        column("", "TransactionTypeEnum", Kind::Seen),
        column("", "LeaseId", Kind::Seen),
        column("transaction_date", "Date", Kind::Date),
        column("amount_in_cents", "TotalAmount", Kind::Cents),
        column("reference_number", "CheckNumber", Kind::Text),
        column("x_resident_id", "PayeeTenantId", Kind::Id),
        column("payment_method", "PaymentMethod", Kind::Word(METHODS)),
        column("description", "Journal.Memo", Kind::Text),
        column("lines", "Journal.Lines", Kind::Parts(LINES)),
    ],
    finish,
    is_companion: |fields| kind(fields).is_ok_and(|kind| kind.as_deref() != Some("Charge")),
    ..PLAIN
};

const LINES: &[Column] = &[
    column("x_financial_account_id", "GLAccount.Id", Kind::Id),
    column("amount_in_cents", "Amount", Kind::Cents),
    column("memo", "Memo", Kind::Text),
    column("", "PropertyId", Kind::Seen),
    column("", "UnitId", Kind::Seen),
];

const METHODS: &[(&str, &str)] = &[
    ("Cash", "CASH"),
    ("RetailCash", "CASH"),
    ("Check", "CHECK"),
    ("CashierCheck", "CHECK"),
    ("MoneyOrder", "MONEY_ORDER"),
    ("CreditCard", "CARD"),
    ("DirectDeposit", "BANK_TRANSFER"),
    ("ElectronicPayment", "BANK_TRANSFER"),
];

/// By the beginning of the member's name, the first that fits; the vendor has 24
/// and adds to them.
const KINDS: &[(&str, &str)] = &[
    ("Charge", "CHARGE"),
    ("Reverse", "REVERSAL"),
    ("Unreversed", "REVERSAL"),
    ("Payment", "PAYMENT"),
    ("ElectronicFundsTransfer", "PAYMENT"),
    ("RentalApplicationFeePayment", "PAYMENT"),
    ("Check", "PAYMENT"),
    ("Credit", "CREDIT"),
    ("Refund", "REFUND"),
    ("ApplyDeposit", "DEPOSIT"),
    ("Deposit", "DEPOSIT"),
];

/// The enumeration, or the older text where that is missing.
fn kind(fields: &Fields<'_>) -> Result<Option<String>, Malformed> {
    match fields.text("TransactionTypeEnum")? {
        None => fields.text("TransactionType"),
        kind => Ok(kind),
    }
}

fn finish(fields: &Fields<'_>, doc: &mut CustomData, scene: &Scene) -> Result<(), Malformed> {
    let kind = kind(fields)?;
    if let Some(kind) = &kind {
        let known = KINDS.iter().find(|(from, _)| kind.starts_with(from));
        let word = known.map_or("OTHER", |(_, to)| *to);
        doc.insert("kind_normalized".to_owned(), word.into());
    }
    if kind.as_deref() == Some("Charge") {
        // A charge is not paid in any way.
        doc.remove("payment_method_raw");
        doc.remove("payment_method_normalized");
    }
    put(doc, "transaction_kind_raw", kind);

    // The lease that was asked for; the row's own may be missing.
    let parent = scene.parent.as_ref();
    put(doc, "x_lease_id", parent.map(|parent| parent.key.as_str()));
    let line = fields.objects("Journal.Lines")?.into_iter().next();
    let place = |known: Option<&String>, name: &str| match (known, &line) {
        (Some(known), _) => Ok(Some(known.clone())),
        (None, Some(line)) => Ok(line.whole(name)?.map(|id| id.to_string())),
        (None, None) => Ok::<_, Malformed>(None),
    };
    let property = place(
        parent.and_then(|parent| parent.property.as_ref()),
        "PropertyId",
    )?;
    put(doc, "x_property_id", property);
    let unit = place(parent.and_then(|parent| parent.unit.as_ref()), "UnitId")?;
    put(doc, "x_unit_id", unit);

    // One account for the whole, if all lines name the same.
    let lines = doc.get("lines").and_then(Value::as_array);
    let mut accounts = lines
        .into_iter()
        .flatten()
        .map(|line| line.get("x_financial_account_id").and_then(Value::as_str));
    let first = accounts.next().flatten().map(str::to_owned);
    if accounts.all(|account| account == first.as_deref()) {
        put(doc, "x_gl_account_id", first);
    }
    Ok(())
}
