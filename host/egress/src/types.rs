//! Plain values that mirror the contract's `http` interface one to one.
//!
//! They carry no secret: a [`Credential`] names one, and the session writes it.

use std::fmt;

use thiserror::Error;

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`.
    Get,
    /// `HEAD`.
    Head,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `PATCH`.
    Patch,
    /// `DELETE`.
    Delete,
}

impl Method {
    /// The method as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A part of one side of an HTTP basic credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// Text of the guest's own.
    Plain(String),
    /// The name of a secret whose value stands here.
    Secret(String),
}

/// How a value is written where it replaces a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escaping {
    /// Inside a JSON string, without the quotes.
    JsonString,
    /// Text or attribute value of an XML document.
    XmlText,
    /// A value of `application/x-www-form-urlencoded`.
    FormValue,
}

/// The hash under an HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1, since vendors still ask for it.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// How an HMAC is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Lower-case hexadecimal.
    Hex,
    /// Base64 with padding.
    Base64,
    /// URL-safe base64 without padding.
    Base64Url,
}

/// Where the host writes a secret, after every check and just before the request leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A header.
    Header {
        /// The header's name.
        name: String,
        /// Put before the value, such as `Bearer `.
        prefix: Option<String>,
        /// The secret's name.
        secret: String,
    },
    /// HTTP basic. Each side is the concatenation of its parts.
    Basic {
        /// Left of the colon.
        username: Vec<Text>,
        /// Right of the colon.
        password: Vec<Text>,
    },
    /// A parameter appended to the query.
    Query {
        /// The parameter's name.
        name: String,
        /// The secret's name.
        secret: String,
    },
    /// A field appended to a form body; sets the content type.
    Form {
        /// The field's name.
        name: String,
        /// The secret's name.
        secret: String,
    },
    /// A cookie.
    Cookie {
        /// The cookie's name.
        name: String,
        /// The secret's name.
        secret: String,
    },
    /// Replaces a mark in the body.
    Body {
        /// Must occur exactly once in the body.
        mark: String,
        /// How the value is written there.
        escaping: Escaping,
        /// The secret's name.
        secret: String,
    },
    /// A header with an HMAC over a message of the guest's.
    Hmac {
        /// The header's name.
        header: String,
        /// Put before the signature.
        prefix: Option<String>,
        /// The name of the secret that is the key.
        key: String,
        /// The hash.
        hash: Hash,
        /// What is signed.
        message: Vec<u8>,
        /// How the signature is written.
        encoding: Encoding,
    },
}

/// Where in a response a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The whole body as text, without surrounding quotes or space.
    Body,
    /// A header, by name.
    Header(String),
    /// A cookie that the response sets, by name.
    Cookie(String),
    /// RFC 6901; a string or a number.
    JsonPointer(String),
    /// Local names from the root, such as `Envelope/Body/LoginResult/Token`.
    XmlPath(String),
}

/// How a lifetime is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// Seconds from now.
    Seconds,
    /// Seconds since the Unix epoch.
    EpochSeconds,
    /// Milliseconds since the Unix epoch.
    EpochMs,
    /// RFC 3339.
    Rfc3339,
}

/// Where the lifetime of a captured secret stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifetime {
    /// Where it stands.
    pub source: Source,
    /// How it is written.
    pub unit: TimeUnit,
}

/// A secret to take out of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// The name that the secret gets.
    pub secret: String,
    /// Where it stands.
    pub source: Source,
    /// If none, the manifest's lifetime holds.
    pub lifetime: Option<Lifetime>,
}

/// A request as a guest asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Absolute, within the policy.
    pub url: String,
    /// In the order in which they are sent; reserved names are refused.
    pub headers: Vec<(String, String)>,
    /// The body before any credential is written into it.
    pub body: Option<Vec<u8>>,
    /// Where secrets go.
    pub credentials: Vec<Credential>,
    /// What to take out of the response.
    pub captures: Vec<Capture>,
    /// Limits that this request draws from; empty means the default one.
    pub buckets: Vec<String>,
    /// Milliseconds; only ever shortens the host's own limit.
    pub timeout_ms: Option<u32>,
}

impl Request {
    /// A request without headers, body, credentials or captures.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: None,
            credentials: Vec::new(),
            captures: Vec::new(),
            buckets: Vec::new(),
            timeout_ms: None,
        }
    }
}

/// A response as a guest sees it: every live secret in it is masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Decoded, and never longer than the cap.
    pub body: Vec<u8>,
    /// Names of the captures that found a value.
    pub captured: Vec<String>,
    /// Milliseconds since the Unix epoch.
    pub received_at: i64,
    /// `retry-after` in either of its forms, in milliseconds from now.
    pub retry_after_ms: Option<u64>,
}

/// Why a request brought no response. The texts never contain a secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HttpError {
    /// Not a URL, a reserved header, an unknown secret or bucket, a bad mark.
    #[error("invalid request: {0}")]
    InvalidRequest(String),
    /// The egress policy says no: scheme, host, port or resolved address.
    #[error("egress denied: {0}")]
    Denied(String),
    /// The host name has no address.
    #[error("the host name does not resolve")]
    Dns,
    /// No connection.
    #[error("no connection to the host")]
    Connect,
    /// No TLS session: an untrusted certificate, mostly.
    #[error("no TLS session with the host")]
    Tls,
    /// Not answered in time.
    #[error("no complete answer in time")]
    Timeout,
    /// The answer is larger than so many bytes, the most that the host accepts here.
    #[error("the answer is larger than {0} bytes")]
    ResponseTooLarge(u64),
    /// No permit within the patience; milliseconds until there is one.
    #[error("throttled for {0} ms")]
    Throttled(u64),
    /// The call has made all the requests it was granted.
    #[error("the call has used up its requests")]
    BudgetExhausted,
    /// The connection broke or the answer is not HTTP.
    #[error("transport: {0}")]
    Transport(String),
}

impl HttpError {
    /// A stable name of the case in snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::Denied(_) => "egress_denied",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::ResponseTooLarge(_) => "response_too_large",
            Self::Throttled(_) => "throttled",
            Self::BudgetExhausted => "budget_exhausted",
            Self::Transport(_) => "transport",
        }
    }
}
