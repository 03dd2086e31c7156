//! The connector for Pinegrove, a property management system that does not
//! exist: the model for connectors whose vendor wants a token, signed requests
//! and a cursor in the body.
//!
//! `docs/connectors/pinegrove.md` says which credentials it needs, what it
//! reads, and what it leaves out.

mod access;
mod map;
mod search;
mod vendor;
mod wire;

use portcullis_sdk::{
    Connector, Context, Identity, Page, PageRequest, ProbeRequest, Result, SessionConnector,
    Verdict,
};

/// Pinegrove, as the gateway calls it.
#[derive(Debug)]
pub struct Pinegrove;

impl Connector for Pinegrove {
    fn validate(ctx: &Context<'_>) -> Result<Identity> {
        access::validate(ctx)
    }

    fn probe(ctx: &Context<'_>, request: ProbeRequest) -> Result<Verdict> {
        access::probe(ctx, &request)
    }

    fn pull(ctx: &Context<'_>, request: PageRequest) -> Result<Page> {
        search::pull(ctx, &request)
    }
}

impl SessionConnector for Pinegrove {
    fn open(ctx: &Context<'_>) -> Result<Option<String>> {
        access::open(ctx)
    }

    /// A token cannot be given back: it lives its day, used or not.
    fn close(_ctx: &Context<'_>) -> Result<()> {
        Ok(())
    }
}

portcullis_sdk::export_connector!(Pinegrove, session, manifest = "connector.toml");

#[cfg(test)]
mod tests;
