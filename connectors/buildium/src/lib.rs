//! The connector for Buildium's Open API.
//!
//! `README.md` beside this crate says which credentials it needs, what it
//! reads, and what it leaves out.

mod access;
mod country;
mod filler;
mod map;
mod paging;
mod rows;
mod sheet;
mod span;
mod tables;
mod vendor;
mod wire;

use portcullis_sdk::{
    Connector, Context, Identity, Page, PageRequest, ProbeRequest, Result, Verdict,
};

/// Buildium, as the gateway calls it.
#[derive(Debug)]
pub struct Buildium;

impl Connector for Buildium {
    fn validate(ctx: &Context<'_>) -> Result<Identity> {
        access::validate(ctx)
    }

    fn probe(ctx: &Context<'_>, request: ProbeRequest) -> Result<Verdict> {
        access::probe(ctx, &request)
    }

    fn pull(ctx: &Context<'_>, request: PageRequest) -> Result<Page> {
        paging::pull(ctx, &request)
    }
}

portcullis_sdk::export_connector!(Buildium, manifest = "connector.toml");

#[cfg(test)]
mod tests;
