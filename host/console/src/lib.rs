//! The web console: what people see of Portcullis, rendered on the server.
//!
//! Like `portcullis-api` this crate presents `portcullis-service` and decides nothing about the product itself.
//! Every page works as plain HTML: links, and forms that answer with a redirect. Scripts only make it quicker: live
//! panels over server-sent events ([`live`]), dialogs in place of pages, keys.
//!
//! No secret that was typed is ever sent back: what a form keeps over a mistake stays on this side ([`draft`]).
//! The policy that every answer carries forbids scripts and styles that are no files of ours ([`guard`]).

mod assets;
mod cadence;
mod draft;
mod fault;
mod frame;
mod guard;
mod icon;
mod live;
mod once;
mod pages;
mod parts;
mod posted;
mod show;
mod stale;
mod throttle;
mod visitor;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::{Router, middleware};
use portcullis_service::Service;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

use crate::draft::Drafts;
use crate::once::{Reveals, Sent};
use crate::throttle::Throttle;

/// What a form for a new customer can be filled with, for people without credentials of their own.
#[derive(Debug, Clone)]
pub struct DemoCustomer {
    /// What the customer is called.
    pub name: String,
    /// In place of the vendor's address.
    pub base_url: Option<String>,
    /// The manifest's fields by name.
    pub fields: BTreeMap<String, SecretString>,
}

/// What can be set about the console.
#[derive(Debug, Clone, Default)]
pub struct ConsoleConfig {
    /// By the vendor's word: what the form offers to fill itself with.
    pub demo: BTreeMap<String, DemoCustomer>,
}

/// What all requests share. Clones share everything.
#[derive(Clone)]
pub struct ConsoleState {
    pub(crate) service: Service,
    pub(crate) config: Arc<ConsoleConfig>,
    pub(crate) drafts: Drafts,
    pub(crate) reveals: Reveals,
    pub(crate) sent: Sent,
    pub(crate) throttle: Throttle,
    pub(crate) stop: CancellationToken,
}

impl std::fmt::Debug for ConsoleState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConsoleState").finish_non_exhaustive()
    }
}

impl ConsoleState {
    /// Puts together what requests share. `stop` ends the streams of live pages, which would last for ever.
    pub fn new(service: Service, config: ConsoleConfig, stop: CancellationToken) -> Self {
        Self {
            service,
            config: Arc::new(config),
            drafts: Drafts::new(),
            reveals: Reveals::new(),
            sent: Sent::new(),
            throttle: Throttle::new(),
            stop,
        }
    }
}

/// The console.
#[derive(Debug)]
pub struct Console;

impl Console {
    /// The pages. Whatever is none of them goes to `rest`.
    pub fn router(state: ConsoleState, rest: Router) -> Router {
        pages::all()
            .layer(CatchPanicLayer::custom(fault::panicked))
            .layer(middleware::from_fn(guard::guard))
            .with_state(state)
            .merge(assets::router())
            .fallback_service(rest)
    }
}

/// The path of a one-time link, below the gateway's address.
pub fn link_path(token: &str) -> String {
    portcullis_service::welcome_path(token)
}
