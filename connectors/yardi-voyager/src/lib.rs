//! The connector for Yardi Voyager's SOAP interfaces.
//!
//! `docs/connectors/yardi-voyager.md` says which credentials it needs, what it
//! reads, what it leaves out, and where each fact comes from.

mod access;
mod charges;
mod interface;
mod leases;
mod map;
mod pages;
mod soap;
mod units;
mod xml;

use portcullis_sdk::{
    Connector, Context, Identity, Page, PageRequest, ProbeRequest, Result, Verdict,
};

/// Yardi Voyager, as the gateway calls it.
#[derive(Debug)]
pub struct YardiVoyager;

impl Connector for YardiVoyager {
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

portcullis_sdk::export_connector!(YardiVoyager, manifest = "connector.toml");

#[cfg(test)]
mod tests;
