//! The vendor's interfaces: each has an address and a licence of its own.

use portcullis_sdk::{Context, Result};
use serde::Deserialize;

/// What the customer typed that is no secret.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Settings {
    pub(crate) username: String,
    pub(crate) server_name: String,
    pub(crate) database: String,
    pub(crate) platform: String,
    pub(crate) interface_entity: String,
    resident_data_url: Option<String>,
    guest_card_url: Option<String>,
    resident_transactions_url: Option<String>,
}

/// An interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interface {
    ResidentData,
    GuestCard,
    ResidentTransactions,
}

impl Interface {
    const ALL: [Self; 3] = [
        Self::ResidentData,
        Self::GuestCard,
        Self::ResidentTransactions,
    ];

    /// The interface that holds a model. Properties can be asked of any.
    pub(crate) fn of(ctx: &Context<'_>, model: &str) -> Option<Self> {
        match model {
            "properties" => Some(Self::licensed(ctx).unwrap_or(Self::ResidentData)),
            "leases" | "residents" => Some(Self::ResidentData),
            "units" => Some(Self::GuestCard),
            "resident_charges" => Some(Self::ResidentTransactions),
            _ => None,
        }
    }

    /// The first interface for which there is a licence.
    pub(crate) fn licensed(ctx: &Context<'_>) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|interface| interface.has_licence(ctx))
    }

    /// Whether this integration has the interface's licence.
    pub(crate) fn has_licence(self, ctx: &Context<'_>) -> bool {
        ctx.has_secret(self.licence())
    }

    /// The secret that holds its licence.
    pub(crate) fn licence(self) -> &'static str {
        match self {
            Self::ResidentData => "residentDataLicense",
            Self::GuestCard => "guestCardLicense",
            Self::ResidentTransactions => "residentTransactionsLicense",
        }
    }

    /// Its name in namespaces and addresses.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ResidentData => "ItfResidentData",
            Self::GuestCard => "ItfILSGuestCard",
            Self::ResidentTransactions => "ItfResidentTransactions20",
        }
    }

    /// Where it is.
    pub(crate) fn url(self, ctx: &Context<'_>, settings: &Settings) -> String {
        let own = match self {
            Self::ResidentData => &settings.resident_data_url,
            Self::GuestCard => &settings.guest_card_url,
            Self::ResidentTransactions => &settings.resident_transactions_url,
        };
        match own {
            Some(url) if !url.trim().is_empty() => url.trim().to_owned(),
            _ => ctx.url(&format!("/{}.asmx", self.name())),
        }
    }

    /// What is said of an interface without a licence.
    pub(crate) fn no_licence(self) -> String {
        format!("There is no licence for the interface {}.", self.name())
    }

    /// The settings, read from a call.
    pub(crate) fn settings(ctx: &Context<'_>) -> Result<Settings> {
        ctx.settings()
    }
}
