//! The connector for AppFolio's Database API, version 0.
//!
//! `docs/connectors/appfolio.md` says which credentials it needs, what it
//! reads, what it leaves out, and where each fact comes from.

mod access;
mod map;
mod pages;
mod vendor;
mod wire;

use portcullis_sdk::{
    Connector, Context, Identity, Page, PageRequest, ProbeRequest, Result, Verdict,
};

/// AppFolio, as the gateway calls it.
#[derive(Debug)]
pub struct AppFolio;

impl Connector for AppFolio {
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

portcullis_sdk::export_connector!(AppFolio, manifest = "connector.toml");

#[cfg(test)]
mod tests;
