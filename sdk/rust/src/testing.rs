//! A host for native tests: answers requests from a closure and remembers what
//! was asked.

use std::cell::RefCell;

use crate::bindings::portcullis::connector::http;
use crate::{CallContext, Context, Host, HttpError, Level, PageRequest, Response, Result, Span};

/// Answers to requests, in place of a vendor.
type Answer<'a> = dyn Fn(&http::Request) -> Result<Response, HttpError> + 'a;

/// A host whose vendor is a closure.
pub struct FakeHost<'a> {
    answer: Box<Answer<'a>>,
    requests: RefCell<Vec<http::Request>>,
    logs: RefCell<Vec<(Level, String)>>,
}

impl std::fmt::Debug for FakeHost<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeHost")
            .field("requests", &self.requests)
            .finish_non_exhaustive()
    }
}

impl<'a> FakeHost<'a> {
    /// A host over a vendor.
    pub fn new(answer: impl Fn(&http::Request) -> Result<Response, HttpError> + 'a) -> Self {
        Self {
            answer: Box::new(answer),
            requests: RefCell::default(),
            logs: RefCell::default(),
        }
    }

    /// A context of a call over this host, at `https://vendor.example`, with
    /// the settings given as JSON.
    pub fn context(&self, settings: &str) -> Context<'_> {
        Context::new(call_context(settings), self)
    }

    /// The addresses asked for, in order.
    pub fn urls(&self) -> Vec<String> {
        self.requests
            .borrow()
            .iter()
            .map(|request| request.url.clone())
            .collect()
    }

    /// The requests made, in order.
    pub fn requests(&self) -> Vec<http::Request> {
        self.requests.borrow().clone()
    }

    /// The lines logged, in order.
    pub fn logs(&self) -> Vec<(Level, String)> {
        self.logs.borrow().clone()
    }
}

impl Host for FakeHost<'_> {
    fn fetch(&self, request: http::Request) -> Result<Response, HttpError> {
        let answer = (self.answer)(&request);
        self.requests.borrow_mut().push(request);
        answer
    }

    fn fetch_all(&self, requests: Vec<http::Request>) -> Vec<Result<Response, HttpError>> {
        requests
            .into_iter()
            .map(|request| self.fetch(request))
            .collect()
    }

    fn log(&self, level: Level, message: &str, _fields: &[(String, String)]) {
        self.logs.borrow_mut().push((level, message.to_owned()));
    }
}

/// A call of the first attempt, at the start of 2026, with ten requests.
pub fn call_context(settings: &str) -> CallContext {
    CallContext {
        integration_id: "int_test".into(),
        base_url: "https://vendor.example".into(),
        settings: settings.into(),
        secrets: Vec::new(),
        session: None,
        attempt: 1,
        now: 1_767_225_600_000,
        deadline: 1_767_225_660_000,
        requests: 10,
        extras: Vec::new(),
    }
}

/// A first page of a full run of a model, at the start of 2026, aiming for a
/// thousand records.
pub fn page_request(model: &str) -> PageRequest {
    PageRequest {
        model: model.into(),
        companions: Vec::new(),
        span: Span::Full,
        partition: None,
        cursor: None,
        started_at: 1_767_225_600_000,
        target_records: 1000,
        max_bytes: 8 << 20,
        originals: false,
        extras: Vec::new(),
    }
}

/// A response with a body and no headers.
pub fn response(status: u16, body: &str) -> Response {
    Response {
        status,
        headers: Vec::new(),
        body: body.as_bytes().to_vec(),
        captured: Vec::new(),
        received_at: 1_767_225_600_000,
        retry_after_ms: None,
    }
}
