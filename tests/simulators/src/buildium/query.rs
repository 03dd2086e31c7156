//! Query parameters: which an endpoint knows, their forms, and the refusals of wrong ones.
//!
//! Names count by case: a known name in another case is not found. Names that nobody knows are ignored.

use super::keys::Refusal;
use crate::shared::shape::Model;
use chrono::{DateTime, NaiveDate, NaiveDateTime};

/// Form of a parameter's value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Integer,
    Date,
    Time,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// Parameters every list has.
const COMMON: &[(&str, Form)] = &[
    ("limit", Form::Text),
    ("offset", Form::Text),
    ("orderby", Form::Text),
];

const STATUS: Form = Form::Word(&["Active", "InActive"]);
const TERMS: Form = Form::Word(&["Active", "Past", "Future"]);
const APPLICATION: Form = Form::Word(&[
    "Undecided",
    "Approved",
    "Rejected",
    "AddedToLease",
    "Cancelled",
    "Deferred",
    "New",
    "Draft",
    "AddedToDraftLease",
]);
const TRANSACTIONS: Form = Form::Word(&[
    "Bill",
    "Check",
    "Charge",
    "Payment",
    "Credit",
    "Refund",
    "ApplyDeposit",
    "ElectronicFundsTransfer",
    "Other",
    "Deposit",
    "GeneralJournalEntry",
    "OwnerContribution",
    "ReversePayment",
    "ReverseElectronicFundsTransfer",
    "VendorCredit",
    "RentalApplicationFeePayment",
    "ReverseRentalApplicationFeePayment",
    "ReverseOwnerContribution",
    "VendorRefund",
    "UnreversedPayment",
    "UnreversedElectronicFundsTransfer",
    "UnreversedOwnerContribution",
    "UnreversedRentalApplicationFeePayment",
    "ReversedEftRefund",
]);

/// Filters of the transactions of a lease.
pub(super) const TRANSACTION_FILTERS: &[(&str, Form)] = &[
    ("transactiondatefrom", Form::Date),
    ("transactiondateto", Form::Date),
    ("transactiontypes", TRANSACTIONS),
];
/// Filters of the charges of a lease.
pub(super) const CHARGE_FILTERS: &[(&str, Form)] = &[
    ("transactiondatefrom", Form::Date),
    ("transactiondateto", Form::Date),
    ("billids", Form::Integer),
];

/// Filters of a model's list.
pub(super) fn filters(model: Model) -> &'static [(&'static str, Form)] {
    match model {
        Model::Properties => &[
            ("location", Form::Text),
            ("types", Form::Word(&["Residential", "Commercial"])),
            (
                "subtypes",
                Form::Word(&[
                    "CondoTownhome",
                    "MultiFamily",
                    "SingleFamily",
                    "Industrial",
                    "Office",
                    "Retail",
                    "ShoppingCenter",
                    "Storage",
                    "ParkingSpace",
                ]),
            ),
            ("status", STATUS),
            ("rentalownerids", Form::Integer),
            ("propertyids", Form::Integer),
            ("lastupdatedfrom", Form::Time),
            ("lastupdatedto", Form::Time),
        ],
        Model::Units => &[
            ("propertyids", Form::Integer),
            ("lastupdatedfrom", Form::Time),
            ("lastupdatedto", Form::Time),
        ],
        Model::Leases => &[
            ("propertyids", Form::Integer),
            ("rentalownerids", Form::Integer),
            ("unitnumber", Form::Text),
            ("tenantname", Form::Text),
            ("leasedatefrom", Form::Date),
            ("leasedateto", Form::Date),
            (
                "leasetypes",
                Form::Word(&["None", "Fixed", "FixedWithRollover", "AtWill"]),
            ),
            ("leasestatuses", TERMS),
            ("createddatetimefrom", Form::Time),
            ("createddatetimeto", Form::Time),
            ("lastupdatedfrom", Form::Time),
            ("lastupdatedto", Form::Time),
        ],
        Model::Tenants => &[
            ("buildingstatuses", STATUS),
            ("leasetermstatuses", TERMS),
            ("unitnumber", Form::Text),
            ("name", Form::Text),
            ("phone", Form::Text),
            ("email", Form::Text),
            ("propertyids", Form::Integer),
            ("rentalownerids", Form::Integer),
            ("lastupdatedfrom", Form::Time),
            ("lastupdatedto", Form::Time),
            ("unitids", Form::Integer),
        ],
        Model::Applicants => &[
            ("entityid", Form::Integer),
            ("entitytype", Form::Word(&["Rental", "RentalOwner"])),
            ("applicationstatuses", APPLICATION),
            ("unitids", Form::Integer),
            ("name", Form::Text),
            ("email", Form::Text),
            ("applicationsubmittedstartdate", Form::Time),
            ("applicationsubmittedenddate", Form::Time),
            ("lastupdatedfrom", Form::Time),
            ("lastupdatedto", Form::Time),
        ],
    }
}

/// A checked query.
pub(super) struct ListQuery {
    /// Rows asked for, 1 to 1,000.
    pub(super) limit: usize,
    /// Rows passed over.
    pub(super) offset: usize,
    /// Field names and whether they descend.
    pub(super) order: Vec<(String, bool)>,
    /// Filters with their values.
    pub(super) filters: Vec<(&'static str, Filter)>,
}

/// Checked value of a filter. Times are seconds, dates days since 1970.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Filter {
    Text(String),
    Number(i64),
}

impl ListQuery {
    /// Reads and checks a query against an endpoint's filters; field names of the order are checked later.
    pub(super) fn parse(
        query: &str,
        known: &'static [(&'static str, Form)],
    ) -> Result<Self, Refusal> {
        let mut parsed = Self {
            limit: 50,
            offset: 0,
            order: Vec::new(),
            filters: Vec::new(),
        };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let Some((known_name, form)) = find(&name, known)? else {
                continue;
            };
            match known_name {
                "limit" => {
                    let limit = whole("limit", &value)?;
                    if limit <= 0 {
                        return Err(Refusal::of(
                            422,
                            "limit",
                            "The limit must be greater than zero.",
                        ));
                    }
                    parsed.limit = usize::try_from(limit.min(1000)).unwrap_or(1000);
                }
                "offset" => {
                    let offset = whole("offset", &value)?;
                    parsed.offset = usize::try_from(offset).map_err(|_| {
                        Refusal::of(422, "offset", "The offset must be zero or more.")
                    })?;
                }
                "orderby" => parsed.order = order(&value)?,
                _ => parsed
                    .filters
                    .push((known_name, check(known_name, form, &value)?)),
            }
        }
        let has = |name: &str| parsed.filters.iter().any(|(other, _)| *other == name);
        if has("entityid") && !has("entitytype") {
            return Err(Refusal::of(
                422,
                "entitytype",
                "EntityType is required when EntityId is given.",
            ));
        }
        Ok(parsed)
    }
}

fn find(
    name: &str,
    known: &'static [(&'static str, Form)],
) -> Result<Option<(&'static str, Form)>, Refusal> {
    let all = || COMMON.iter().chain(known);
    if let Some((known, form)) = all().find(|(known, _)| *known == name) {
        return Ok(Some((known, *form)));
    }
    if all().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return Err(Refusal::not_found());
    }
    Ok(None)
}

fn whole(name: &str, value: &str) -> Result<i64, Refusal> {
    value.parse::<i32>().map(i64::from).map_err(|_| {
        Refusal::of(
            400,
            name,
            format!("The value '{value}' is not valid for {name}."),
        )
    })
}

fn order(value: &str) -> Result<Vec<(String, bool)>, Refusal> {
    let invalid = || Refusal::of(422, "orderby", format!("The order '{value}' is not valid."));
    let mut order = Vec::new();
    for part in value.split(',') {
        let mut words = part.split_whitespace();
        let field = words.next().ok_or_else(invalid)?;
        let descends = match words.next() {
            None => false,
            Some(word) if word.eq_ignore_ascii_case("asc") => false,
            Some(word) if word.eq_ignore_ascii_case("desc") => true,
            Some(_) => return Err(invalid()),
        };
        if words.next().is_some() {
            return Err(invalid());
        }
        order.push((field.to_owned(), descends));
    }
    Ok(order)
}

fn check(name: &str, form: Form, value: &str) -> Result<Filter, Refusal> {
    let invalid = || {
        Refusal::of(
            400,
            name,
            format!("The value '{value}' is not valid for {name}."),
        )
    };
    match form {
        Form::Text => Ok(Filter::Text(value.to_owned())),
        Form::Integer => whole(name, value).map(Filter::Number),
        Form::Date => day(value).map(Filter::Number).ok_or_else(invalid),
        Form::Time => seconds(value).map(Filter::Number).ok_or_else(invalid),
        Form::Word(words) if words.contains(&value) => Ok(Filter::Text(value.to_owned())),
        Form::Word(_) => Err(Refusal::of(
            422,
            name,
            format!("The value '{value}' is not one of the values of {name}."),
        )),
    }
}

/// Days since 1970 of a date.
pub(super) fn day(value: &str) -> Option<i64> {
    let date = NaiveDate::parse_from_str(value, "%Y-%m-%d").ok()?;
    Some(date.signed_duration_since(NaiveDate::default()).num_days())
}

/// Seconds since 1970 of a time in UTC, with `T` or a blank before the hour.
pub(super) fn seconds(value: &str) -> Option<i64> {
    if let Ok(time) = DateTime::parse_from_rfc3339(value) {
        return Some(time.timestamp());
    }
    ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(value, form).ok())
        .map(|time| time.and_utc().timestamp())
        .or_else(|| day(value).map(|day| day * 86_400))
}
