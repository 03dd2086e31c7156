//! Keys, what they may view, and the vendor's refusals.

use crate::shared::{Answer, VendorRequest};
use http::HeaderMap;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Header of the client id.
pub(super) const CLIENT_ID: &str = "x-buildium-client-id";
/// Header of the client secret.
pub(super) const CLIENT_SECRET: &str = "x-buildium-client-secret";

/// A permission area, with the right to view it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Rental properties and units.
    Rentals,
    /// Leases.
    Leases,
    /// Tenants.
    Tenants,
    /// Applicants and their applications.
    Applicants,
    /// Charges and payments.
    LeaseTransactions,
    /// What leases owe.
    OutstandingBalances,
    /// Accounts of the general ledger.
    GeneralLedgerAccounts,
    /// Owners of properties.
    Owners,
    /// Vendors.
    Vendors,
    /// Users of the account.
    Users,
    /// Tasks, among them what residents ask for.
    Tasks,
    /// Work orders.
    WorkOrders,
    /// Listings of units.
    Listings,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Rentals,
        Self::Leases,
        Self::Tenants,
        Self::Applicants,
        Self::LeaseTransactions,
        Self::OutstandingBalances,
        Self::GeneralLedgerAccounts,
        Self::Owners,
        Self::Vendors,
        Self::Users,
        Self::Tasks,
        Self::WorkOrders,
        Self::Listings,
    ];

    /// The name in mutations.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rentals => "rentals",
            Self::Leases => "leases",
            Self::Tenants => "tenants",
            Self::Applicants => "applicants",
            Self::LeaseTransactions => "lease_transactions",
            Self::OutstandingBalances => "outstanding_balances",
            Self::GeneralLedgerAccounts => "general_ledger_accounts",
            Self::Owners => "owners",
            Self::Vendors => "vendors",
            Self::Users => "users",
            Self::Tasks => "tasks",
            Self::WorkOrders => "work_orders",
            Self::Listings => "listings",
        }
    }

    /// The name that the vendor's refusal gives.
    #[must_use]
    pub fn permission(self) -> &'static str {
        match self {
            Self::Rentals => "Rentals > Rental properties and units - View",
            Self::Leases => "Rentals > Leases - View",
            Self::Tenants => "Rentals > Tenants - View",
            Self::Applicants => "Rentals > Applicants - View",
            Self::LeaseTransactions => "Rentals > Lease transactions - View",
            Self::OutstandingBalances => "Rentals > Outstanding Balances - View",
            Self::GeneralLedgerAccounts => "Accounting > General Ledger Accounts - View",
            Self::Owners => "Rentals > Property Rental Owners - View",
            Self::Vendors => "Maintenance > Vendors - View",
            Self::Users => "Administration > Users - View",
            Self::Tasks => "Tasks > Tasks - View",
            Self::WorkOrders => "Maintenance > Work Orders - View",
            Self::Listings => "Rentals > Listings - View",
        }
    }
}

/// An API key.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) secret: String,
    pub(super) scopes: BTreeSet<Scope>,
    /// Vendor ids of the properties it is limited to.
    pub(super) properties: Option<BTreeSet<i64>>,
}

/// Keys by client id.
pub(super) type Keys = BTreeMap<String, Key>;

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The key of a request, when both headers name one.
pub(super) fn authenticated<'a>(keys: &'a Keys, headers: &HeaderMap) -> Option<&'a Key> {
    let key = keys.get(header(headers, CLIENT_ID)?)?;
    (header(headers, CLIENT_SECRET)? == key.secret).then_some(key)
}

/// A refusal with the vendor's error body.
pub(super) struct Refusal {
    pub(super) status: u16,
    message: String,
    errors: Vec<(String, String)>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorBody<'a> {
    user_message: &'a str,
    error_code: Option<String>,
    errors: Option<Vec<ErrorEntry<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorEntry<'a> {
    key: &'a str,
    value: &'a str,
}

impl Refusal {
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            errors: Vec::new(),
        }
    }

    /// A refusal of one parameter.
    pub(super) fn of(status: u16, key: &str, value: impl Into<String>) -> Self {
        Self {
            status,
            message: "There are errors with the data you provided.".to_owned(),
            errors: vec![(key.to_owned(), value.into())],
        }
    }

    pub(super) fn lacks(scope: Scope) -> Self {
        let permission = scope.permission();
        Self::new(
            403,
            format!(
                "The API key does not have the permission required for this request: {permission}"
            ),
        )
    }

    pub(super) fn not_found() -> Self {
        Self::new(404, "The requested resource was not found.")
    }

    /// The answer; with echo it repeats the secrets of the request.
    pub(super) fn answer(mut self, request: &VendorRequest) -> Answer {
        let mut headers = vec![("content-type", "application/json; charset=utf-8".to_owned())];
        if let Some(secrets) = echo(request) {
            self.message.push_str(&format!(" (sent: {secrets})"));
            self.errors.push(("secret".to_owned(), secrets));
        }
        if self.status == 405 {
            headers.push(("allow", "GET".to_owned()));
        }
        echo_header(request, &mut headers);
        let errors: Vec<ErrorEntry<'_>> = self
            .errors
            .iter()
            .map(|(key, value)| ErrorEntry { key, value })
            .collect();
        let body = ErrorBody {
            user_message: &self.message,
            error_code: (self.status != 429).then(|| format!("{}00", self.status)),
            errors: (!errors.is_empty() || matches!(self.status, 400 | 422)).then_some(errors),
        };
        // These strings and numbers always serialise.
        Answer {
            status: self.status,
            headers,
            body: serde_json::to_vec(&body).unwrap_or_default(),
        }
    }
}

/// The client id and the secret of the request, when they are to be given back: to whoever holds them both are secrets.
pub(super) fn echo(request: &VendorRequest) -> Option<String> {
    let sent = [CLIENT_ID, CLIENT_SECRET].map(|name| header(&request.headers, name));
    let sent: Vec<&str> = sent.into_iter().flatten().collect();
    (request.echo_secrets && !sent.is_empty()).then(|| sent.join(" "))
}

pub(super) fn echo_header(request: &VendorRequest, headers: &mut Vec<(&'static str, String)>) {
    if let Some(secrets) = echo(request) {
        headers.push(("x-debug-client-secret", secrets));
    }
}
