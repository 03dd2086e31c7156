//! The connector for MRI's web services: one address at the customer's own
//! host, the API in the query, every value a text.
//!
//! `docs/connectors/mri.md` says which credentials it needs, what it reads,
//! and what it leaves out.

mod access;
mod leases;
mod map;
mod pull;
mod vendor;
mod wire;

use portcullis_sdk::{
    Connector, Context, Identity, Page, PageRequest, ProbeRequest, Result, Verdict,
};

/// MRI, as the gateway calls it.
#[derive(Debug)]
pub struct Mri;

impl Connector for Mri {
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

portcullis_sdk::export_connector!(Mri, manifest = "connector.toml");

#[cfg(test)]
mod tests;
