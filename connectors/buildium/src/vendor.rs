//! The vendor's protocol: where a model lives, and what an answer means.

use portcullis_sdk::{Context, Error, Partition, Request, Response, Result};
use serde::Deserialize;

use crate::sheet::Sheet;
use crate::tables;

/// The most rows that a page may have.
pub(crate) const MOST_ROWS: u32 = 1000;

/// The longest query string, in bytes; the vendor answers longer ones with 500.
const LONGEST_QUERY: usize = 4096;

/// A list of the vendor's.
#[derive(Debug)]
pub(crate) struct List {
    /// Where it lives; `{}` stands for the parent's id.
    path: &'static str,
    /// The unique field that it is sorted by, if it has one at the top.
    pub(crate) order: Option<&'static str>,
    /// How its changes can be asked for.
    pub(crate) stamp: Stamp,
    /// What its rows are.
    pub(crate) rows: Shape,
    /// Whether the vendor's total counts the model's records.
    pub(crate) counts: bool,
    /// A parameter that every request has.
    only: Option<(&'static str, &'static str)>,
}

/// How the changes of a list can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// Not at all.
    Never,
    /// `lastupdatedfrom` and `lastupdatedto`, to the second.
    Moment,
    /// The same, over a year at most.
    YearOfMoments,
    /// `lastupdatedfrom`, to the day.
    UpdatedDay,
    /// The day on which an entry is dated, which no later change moves.
    EntryDay,
}

/// What the rows of a list are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    Unit,
    Lease,
    Tenant,
    /// A table says.
    Sheet(&'static Sheet),
}

const fn list(path: &'static str, rows: Shape) -> List {
    List {
        path,
        order: Some("Id"),
        stamp: Stamp::Moment,
        rows,
        counts: true,
        only: None,
    }
}

pub(crate) static RENTALS: [List; 1] = [list("/v1/rentals", Shape::Sheet(&tables::PROPERTY))];
static UNITS: [List; 1] = [list("/v1/rentals/units", Shape::Unit)];
static LEASES: [List; 1] = [list("/v1/leases", Shape::Lease)];
static TENANTS: [List; 1] = [list("/v1/leases/tenants", Shape::Tenant)];
static APPLICANTS: [List; 1] = [list("/v1/applicants", Shape::Sheet(&tables::APPLICANT))];
static LEDGER: [List; 1] = [List {
    stamp: Stamp::EntryDay,
    counts: false,
    ..list(
        "/v1/leases/{}/transactions",
        Shape::Sheet(&tables::TRANSACTION),
    )
}];

static RECURRING: [List; 1] = [List {
    stamp: Stamp::YearOfMoments,
    counts: false,
    ..list(
        "/v1/leases/recurringtransactions",
        Shape::Sheet(&tables::RECURRING),
    )
}];
static BALANCES: [List; 1] = [List {
    order: Some("LeaseId"),
    stamp: Stamp::Never,
    ..list(
        "/v1/leases/outstandingbalances",
        Shape::Sheet(&tables::BALANCE),
    )
}];
static ACCOUNTS: [List; 1] = [List {
    stamp: Stamp::Never,
    counts: false,
    ..list("/v1/glaccounts", Shape::Sheet(&tables::ACCOUNT))
}];
static OWNERS: [List; 1] = [list("/v1/rentals/owners", Shape::Sheet(&tables::OWNER))];
static VENDORS: [List; 1] = [list("/v1/vendors", Shape::Sheet(&tables::VENDOR))];
static EMPLOYEES: [List; 1] = [List {
    stamp: Stamp::Never,
    only: Some(("usertypes", "Staff")),
    ..list("/v1/users", Shape::Sheet(&tables::EMPLOYEE))
}];
static REQUESTS: [List; 2] = [
    List {
        stamp: Stamp::UpdatedDay,
        counts: false,
        ..list("/v1/tasks/residentrequests", Shape::Sheet(&tables::REQUEST))
    },
    List {
        stamp: Stamp::UpdatedDay,
        counts: false,
        ..list("/v1/workorders", Shape::Sheet(&tables::ORDER))
    },
];
static LISTINGS: [List; 1] = [List {
    order: None,
    stamp: Stamp::Never,
    ..list("/v1/rentals/units/listings", Shape::Sheet(&tables::LISTING))
}];

impl List {
    /// The lists that hold a model, in the order in which they are read.
    pub(crate) fn of(model: &str) -> Result<&'static [Self]> {
        Ok(match model {
            "properties" => &RENTALS,
            "units" => &UNITS,
            "leases" => &LEASES,
            "residents" => &TENANTS,
            "applicants" | "applications" => &APPLICANTS,
            "resident_charges" | "resident_payments" => &LEDGER,
            "recurring_resident_charges" => &RECURRING,
            "lease_balances" => &BALANCES,
            "financial_accounts" => &ACCOUNTS,
            "owners" => &OWNERS,
            "vendors" => &VENDORS,
            "employees" => &EMPLOYEES,
            "service_requests" => &REQUESTS,
            "listings" => &LISTINGS,
            other => {
                return Err(Error::unsupported(format!(
                    "there is no model named {other}"
                )));
            }
        })
    }

    /// Where it lives.
    pub(crate) fn path(&self) -> &'static str {
        self.path
    }

    /// Whether it is a list below a parent's record.
    pub(crate) fn is_below_a_parent(&self) -> bool {
        self.path.contains("{}")
    }

    /// A request for some of its rows.
    ///
    /// # Errors
    ///
    /// `fail` if the list is one of a parent's and none is named, or one that
    /// cannot be the vendor's.
    pub(crate) fn request(
        &self,
        ctx: &Context<'_>,
        parent: Option<&Partition>,
        limit: u32,
    ) -> Result<Request> {
        let url = match self.path.split_once("{}") {
            None => ctx.url(self.path),
            Some((before, behind)) => {
                let id = parent.map_or("", |parent| &parent.key.external_id);
                // It becomes a part of the path: nothing but a number of the vendor's may.
                if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(Error::fail("the parent is no record of the vendor's"));
                }
                ctx.url(before) + id + behind
            }
        };
        let request = Request::get(url)
            .secret_header("x-buildium-client-id", "clientId")
            .secret_header("x-buildium-client-secret", "secret")
            .header("accept", "application/json")
            .query("limit", limit);
        Ok(match self.only {
            Some((name, value)) => request.query(name, value),
            None => request,
        })
    }
}
/// Sends a request, whatever the status of the answer.
pub(crate) fn send(ctx: &Context<'_>, request: Request) -> Result<Response> {
    if request.query_len() > LONGEST_QUERY {
        return Err(Error::fail(format!(
            "the query has {} bytes; the vendor takes {LONGEST_QUERY}",
            request.query_len()
        ))
        .with_code("buildium.query-too-long"));
    }
    request.send(ctx)
}

/// How many rows there are in all, if the vendor tells.
pub(crate) fn total(response: &Response) -> Option<u64> {
    response.header_u64("x-total-count")
}

/// The error that an answer other than 200 stands for.
pub(crate) fn failure(response: &Response) -> Error {
    response.failure(words(response))
}

/// Why it does not let the key read a list.
pub(crate) fn refusal(response: &Response) -> String {
    words(response).unwrap_or_else(|| "The API key lacks the permission for this list.".to_owned())
}

/// What the vendor says about it, for people: its message, and the fields it
/// complains about.
pub(crate) fn words(response: &Response) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Refusal {
        user_message: Option<String>,
        #[serde(default)]
        errors: Option<Vec<Complaint>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Complaint {
        key: Option<String>,
        value: Option<String>,
    }

    let refusal: Refusal = response.json().ok()?;
    let mut words = refusal.user_message.unwrap_or_default().trim().to_owned();
    for complaint in refusal.errors.unwrap_or_default() {
        let (key, value) = (
            complaint.key.unwrap_or_default(),
            complaint.value.unwrap_or_default(),
        );
        if value.trim().is_empty() {
            continue;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        if !key.trim().is_empty() {
            words.push_str(key.trim());
            words.push_str(": ");
        }
        words.push_str(value.trim());
    }
    (!words.is_empty()).then_some(words)
}
