//! The connector for Rent Manager's Web API (WAPI 12).
//!
//! `docs/connectors/rent-manager.md` says which credentials it needs, what it
//! reads, what it leaves out, and where each fact comes from.

mod access;
mod map;
mod pages;
mod vendor;
mod wire;

use portcullis_sdk::{
    Connector, Context, Identity, Page, PageRequest, ProbeRequest, Result, SessionConnector,
    Verdict,
};

/// Rent Manager, as the gateway calls it.
#[derive(Debug)]
pub struct RentManager;

impl Connector for RentManager {
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

impl SessionConnector for RentManager {
    fn open(ctx: &Context<'_>) -> Result<Option<String>> {
        access::open(ctx)
    }

    fn close(ctx: &Context<'_>) -> Result<()> {
        access::close(ctx)
    }
}

portcullis_sdk::export_connector!(RentManager, session, manifest = "connector.toml");

#[cfg(test)]
mod tests;
