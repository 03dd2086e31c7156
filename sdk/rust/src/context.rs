//! What a connector knows about the call it serves, and its way out.

use serde::de::DeserializeOwned;

use crate::bindings::portcullis::connector::{http, log};
use crate::{CallContext, Error, FieldProblem, HttpError, Level, Reaction, Response, Result};

/// What the host does for a connector. The component has the imported one;
/// tests bring their own.
pub trait Host {
    /// Makes one request.
    ///
    /// # Errors
    ///
    /// Why there was no response; see [`HttpError`].
    fn fetch(&self, request: http::Request) -> Result<Response, HttpError>;

    /// Makes several at once, answered in the same order.
    fn fetch_all(&self, requests: Vec<http::Request>) -> Vec<Result<Response, HttpError>>;

    /// Writes a line of log.
    fn log(&self, level: Level, message: &str, fields: &[(String, String)]);
}

/// The host as the component imports it.
pub(crate) struct HostImports;

impl Host for HostImports {
    fn fetch(&self, request: http::Request) -> Result<Response, HttpError> {
        http::fetch(&request)
    }

    fn fetch_all(&self, requests: Vec<http::Request>) -> Vec<Result<Response, HttpError>> {
        http::fetch_all(&requests)
    }

    fn log(&self, level: Level, message: &str, fields: &[(String, String)]) {
        log::write(level, message, fields);
    }
}

/// All that a connector knows about the call it serves.
pub struct Context<'a> {
    call: CallContext,
    host: &'a dyn Host,
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

impl<'a> Context<'a> {
    /// A context of a call over a host: what tests use.
    pub fn new(call: CallContext, host: &'a dyn Host) -> Self {
        Self { call, host }
    }

    /// Opaque and stable for one integration. Safe to log.
    pub fn integration_id(&self) -> &str {
        &self.call.integration_id
    }

    /// Where the vendor's API starts, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.call.base_url
    }

    /// A path (with its leading slash) under [`Context::base_url`].
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.call.base_url)
    }

    /// The integration's settings, in a type of the connector's own.
    ///
    /// # Errors
    ///
    /// `invalid-settings` if they do not fit the type. The host has checked
    /// them against the manifest before, so this means that the manifest and
    /// the type disagree.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.call.settings).map_err(|cause| Error {
            reaction: Reaction::InvalidSettings(vec![FieldProblem {
                field: "settings".into(),
                message: cause.to_string(),
            }]),
            message: format!("the settings cannot be read: {cause}"),
            code: None,
        })
    }

    /// Whether this integration has the secret of that name.
    pub fn has_secret(&self, name: &str) -> bool {
        self.call.secrets.iter().any(|secret| secret == name)
    }

    /// What [`SessionConnector::open`](crate::SessionConnector::open) returned,
    /// as JSON text.
    pub fn session(&self) -> Option<&str> {
        self.call.session.as_deref()
    }

    /// 1 on the first try, one more on each retry of the same work.
    pub fn attempt(&self) -> u32 {
        self.call.attempt
    }

    /// The host's clock when the call began, in milliseconds since the epoch.
    pub fn now(&self) -> i64 {
        self.call.now
    }

    /// When the host will stop this call, in milliseconds since the epoch.
    pub fn deadline(&self) -> i64 {
        self.call.deadline
    }

    /// How many requests this call may make.
    pub fn requests(&self) -> u32 {
        self.call.requests
    }

    /// The JSON text of a named extra of a later contract.
    pub fn extra(&self, name: &str) -> Option<&str> {
        self.call
            .extras
            .iter()
            .find_map(|(key, json)| (key == name).then_some(json.as_str()))
    }

    /// Makes several requests at once, answered in the same order.
    pub fn fetch_all(&self, requests: Vec<crate::Request>) -> Vec<Result<Response>> {
        let requests = requests
            .into_iter()
            .map(crate::Request::into_wire)
            .collect();
        self.host
            .fetch_all(requests)
            .into_iter()
            .map(|answer| answer.map_err(Error::from))
            .collect()
    }

    /// Writes a line of log with named facts. The host adds the ids and masks
    /// secrets.
    pub fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        let fields: Vec<(String, String)> = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        self.host.log(level, message, &fields);
    }

    pub(crate) fn host(&self) -> &dyn Host {
        self.host
    }
}
