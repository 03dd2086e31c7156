//! The traits that a connector implements, over the generated bindings.

use std::marker::PhantomData;

use crate::bindings::exports::portcullis::connector::{access, credentials, sync};
use crate::bindings::session::exports::portcullis::connector::session;
use crate::context::HostImports;
use crate::{
    CallContext, Context, Error, Identity, Page, PageRequest, ProbeRequest, Result, Verdict,
};

/// A vendor's protocol, as the host calls it.
///
/// Every call may run in a fresh instance and on another machine: nothing in
/// memory outlives one, and asking twice for the same page must be harmless.
pub trait Connector {
    /// Are these credentials good, and whose are they?
    ///
    /// # Errors
    ///
    /// `unauthenticated` when the vendor refuses them; any other reaction when
    /// it could not be told.
    fn validate(ctx: &Context<'_>) -> Result<Identity>;

    /// What can these credentials read of one model, at the least cost?
    ///
    /// # Errors
    ///
    /// A refusal is a verdict. An error means that the question itself failed:
    /// the credentials as a whole are refused, or the vendor is down.
    fn probe(ctx: &Context<'_>, request: ProbeRequest) -> Result<Verdict>;

    /// One page of one model and of the companions asked for.
    ///
    /// # Errors
    ///
    /// The host acts on [`Error::reaction`]. One record that cannot be read is
    /// no error but an [`Omission`](crate::Omission).
    fn pull(ctx: &Context<'_>, request: PageRequest) -> Result<Page>;
}

/// A connector whose vendor wants a log-in before anything else.
pub trait SessionConnector: Connector {
    /// Opens a session. Its secrets travel by
    /// [`Request::capture`](crate::Request::capture), so that the connector
    /// never sees them; what is returned is JSON, no secret, at most 4 KiB, and
    /// stands in [`Context::session`] of every call under this session.
    ///
    /// # Errors
    ///
    /// `unauthenticated` when the vendor refuses the credentials.
    fn open(ctx: &Context<'_>) -> Result<Option<String>>;

    /// Gives the session back, for vendors that count live ones.
    ///
    /// # Errors
    ///
    /// Any; the host goes on without it.
    fn close(ctx: &Context<'_>) -> Result<()>;
}

/// A connector behind the component's exports. Made by
/// [`export_connector!`](crate::export_connector), not by hand.
#[derive(Debug)]
pub struct Exported<C>(PhantomData<C>);

impl<C: Connector> credentials::Guest for Exported<C> {
    fn validate(context: CallContext) -> Result<Identity, Error> {
        C::validate(&Context::new(context, &HostImports))
    }
}

impl<C: Connector> access::Guest for Exported<C> {
    fn probe(context: CallContext, request: ProbeRequest) -> Result<Verdict, Error> {
        C::probe(&Context::new(context, &HostImports), request)
    }
}

impl<C: Connector> sync::Guest for Exported<C> {
    fn pull(context: CallContext, request: PageRequest) -> Result<Page, Error> {
        C::pull(&Context::new(context, &HostImports), request)
    }
}

impl<C: SessionConnector> session::Guest for Exported<C> {
    fn open(context: CallContext) -> Result<Option<String>, Error> {
        C::open(&Context::new(context, &HostImports))
    }

    fn close(context: CallContext) -> Result<(), Error> {
        C::close(&Context::new(context, &HostImports))
    }
}
