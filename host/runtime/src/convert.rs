//! Between the contract's generated types and the plain ones of the egress crate.
//!
//! Both mirror the same WIT, so every function here is one exhaustive match: a new case
//! on either side stops the build.

use portcullis_egress as egress;

use crate::contract::http;
use crate::contract::types::HttpError;

pub(crate) fn request(request: http::Request) -> egress::Request {
    egress::Request {
        method: method(request.method),
        url: request.url,
        headers: request.headers,
        body: request.body,
        credentials: request.credentials.into_iter().map(credential).collect(),
        captures: request.captures.into_iter().map(capture).collect(),
        buckets: request.buckets,
        timeout_ms: request.timeout_ms,
    }
}

pub(crate) fn response(response: egress::Response) -> http::Response {
    http::Response {
        status: response.status,
        headers: response.headers,
        body: response.body,
        captured: response.captured,
        received_at: response.received_at,
        retry_after_ms: response.retry_after_ms,
    }
}

pub(crate) fn http_error(error: egress::HttpError) -> HttpError {
    match error {
        egress::HttpError::InvalidRequest(why) => HttpError::InvalidRequest(why),
        egress::HttpError::Denied(why) => HttpError::Denied(why),
        egress::HttpError::Dns => HttpError::Dns,
        egress::HttpError::Connect => HttpError::Connect,
        egress::HttpError::Tls => HttpError::Tls,
        egress::HttpError::Timeout => HttpError::Timeout,
        egress::HttpError::ResponseTooLarge(bytes) => HttpError::ResponseTooLarge(bytes),
        egress::HttpError::Throttled(ms) => HttpError::Throttled(ms),
        egress::HttpError::BudgetExhausted => HttpError::BudgetExhausted,
        egress::HttpError::Transport(why) => HttpError::Transport(why),
    }
}

fn method(method: http::Method) -> egress::Method {
    match method {
        http::Method::Get => egress::Method::Get,
        http::Method::Head => egress::Method::Head,
        http::Method::Post => egress::Method::Post,
        http::Method::Put => egress::Method::Put,
        http::Method::Patch => egress::Method::Patch,
        http::Method::Delete => egress::Method::Delete,
    }
}

fn text(text: http::Text) -> egress::Text {
    match text {
        http::Text::Plain(plain) => egress::Text::Plain(plain),
        http::Text::Secret(name) => egress::Text::Secret(name),
    }
}

fn credential(credential: http::Credential) -> egress::Credential {
    match credential {
        http::Credential::Header(header) => egress::Credential::Header {
            name: header.name,
            prefix: header.prefix,
            secret: header.secret,
        },
        http::Credential::Basic(basic) => egress::Credential::Basic {
            username: basic.username.into_iter().map(text).collect(),
            password: basic.password.into_iter().map(text).collect(),
        },
        http::Credential::Query(named) => egress::Credential::Query {
            name: named.name,
            secret: named.secret,
        },
        http::Credential::Form(named) => egress::Credential::Form {
            name: named.name,
            secret: named.secret,
        },
        http::Credential::Cookie(named) => egress::Credential::Cookie {
            name: named.name,
            secret: named.secret,
        },
        http::Credential::Body(body) => egress::Credential::Body {
            mark: body.mark,
            escaping: match body.escaping {
                http::Escaping::JsonString => egress::Escaping::JsonString,
                http::Escaping::XmlText => egress::Escaping::XmlText,
                http::Escaping::FormValue => egress::Escaping::FormValue,
            },
            secret: body.secret,
        },
        http::Credential::Hmac(hmac) => egress::Credential::Hmac {
            header: hmac.header,
            prefix: hmac.prefix,
            key: hmac.key,
            hash: match hmac.hash {
                http::Hash::Sha1 => egress::Hash::Sha1,
                http::Hash::Sha256 => egress::Hash::Sha256,
                http::Hash::Sha512 => egress::Hash::Sha512,
            },
            message: hmac.message,
            encoding: match hmac.encoding {
                http::Encoding::Hex => egress::Encoding::Hex,
                http::Encoding::Base64 => egress::Encoding::Base64,
                http::Encoding::Base64url => egress::Encoding::Base64Url,
            },
        },
    }
}

fn capture(capture: http::Capture) -> egress::Capture {
    egress::Capture {
        secret: capture.secret,
        source: source(capture.source),
        lifetime: capture.lifetime.map(|lifetime| egress::Lifetime {
            source: source(lifetime.source),
            unit: match lifetime.unit {
                http::TimeUnit::Seconds => egress::TimeUnit::Seconds,
                http::TimeUnit::EpochSeconds => egress::TimeUnit::EpochSeconds,
                http::TimeUnit::EpochMs => egress::TimeUnit::EpochMs,
                http::TimeUnit::Rfc3339 => egress::TimeUnit::Rfc3339,
            },
        }),
    }
}

fn source(source: http::Source) -> egress::Source {
    match source {
        http::Source::Body => egress::Source::Body,
        http::Source::Header(name) => egress::Source::Header(name),
        http::Source::Cookie(name) => egress::Source::Cookie(name),
        http::Source::JsonPointer(pointer) => egress::Source::JsonPointer(pointer),
        http::Source::XmlPath(path) => egress::Source::XmlPath(path),
    }
}
