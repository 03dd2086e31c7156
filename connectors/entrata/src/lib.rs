//! The connector for Entrata's API: one address for each service, the method
//! in the body, errors within HTTP 200.
//!
//! `docs/connectors/entrata.md` says which credentials it needs, what it
//! reads, and what it leaves out.

mod access;
mod clock;
mod loose;
mod map;
mod paging;
mod pull;
mod vendor;
mod wire;

use portcullis_sdk::{
    Connector, Context, Identity, Page, PageRequest, ProbeRequest, Result, Verdict,
};

/// Entrata, as the gateway calls it.
#[derive(Debug)]
pub struct Entrata;

impl Connector for Entrata {
    fn validate(ctx: &Context<'_>) -> Result<Identity> {
        access::validate(ctx)
    }

    fn probe(ctx: &Context<'_>, request: ProbeRequest) -> Result<Verdict> {
        access::probe(ctx, &request)
    }

    fn pull(ctx: &Context<'_>, request: PageRequest) -> Result<Page> {
        pull::pull(ctx, &request)
    }
}

portcullis_sdk::export_connector!(Entrata, manifest = "connector.toml");

#[cfg(test)]
mod tests;
