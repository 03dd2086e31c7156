//! The connector for Acme Pms.
//!
//! `access` says what the credentials can read, `pages` reads it page by page,
//! `wire` is the vendor's way to write a record and `map` makes it a document
//! of the unified model.

mod access;
mod map;
mod pages;
mod vendor;
mod wire;

use portcullis_sdk::{
    Connector, Context, Identity, Page, PageRequest, ProbeRequest, Result, Verdict,
};

/// Acme Pms, as the gateway calls it.
#[derive(Debug)]
pub struct AcmePmsConnector;

impl Connector for AcmePmsConnector {
    fn validate(ctx: &Context<'_>) -> Result<Identity> {
        access::validate(ctx)
    }

    fn probe(ctx: &Context<'_>, request: ProbeRequest) -> Result<Verdict> {
        access::probe(ctx, &request)
    }

    fn pull(ctx: &Context<'_>, request: PageRequest) -> Result<Page> {
        pages::pull(ctx, &request)
    }
}

portcullis_sdk::export_connector!(AcmePmsConnector, manifest = "connector.toml");

#[cfg(test)]
mod tests;
