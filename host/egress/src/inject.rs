//! Writes headers and credentials into a request. Pure.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use memchr::memmem;
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use url::Url;

use crate::{
    escape,
    types::{Credential, Encoding, Escaping, Hash, HttpError, Method, Request, Text},
};

/// Headers that a guest cannot set: what they say is the host's to say, or belongs to one connection.
const RESERVED: [&str; 19] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "cookie2",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

const FORM: &str = "application/x-www-form-urlencoded";

/// A request that is complete: it holds secrets and goes nowhere but into the client.
pub(crate) struct Prepared {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Vec<u8>>,
}

/// The guest's own headers, checked.
pub(crate) fn own_headers(headers: &[(String, String)]) -> Result<HeaderMap, HttpError> {
    let mut map = HeaderMap::with_capacity(headers.len() + 2);
    for (name, value) in headers {
        let name = header_name(name)?;
        if RESERVED.contains(&name.as_str()) {
            return Err(invalid(format!("header {name} belongs to the host")));
        }
        let value = HeaderValue::from_str(value)
            .map_err(|_| invalid(format!("header {name} has a value that no header can have")))?;
        map.append(name, value);
    }
    Ok(map)
}

/// The names of all the secrets that a request uses.
pub(crate) fn secret_names(credentials: &[Credential]) -> Vec<&str> {
    let mut names = Vec::new();
    for credential in credentials {
        match credential {
            Credential::Header { secret, .. }
            | Credential::Query { secret, .. }
            | Credential::Form { secret, .. }
            | Credential::Cookie { secret, .. }
            | Credential::Body { secret, .. } => names.push(secret.as_str()),
            Credential::Hmac { key, .. } => names.push(key),
            Credential::Basic { username, password } => {
                names.extend(
                    username
                        .iter()
                        .chain(password)
                        .filter_map(|text| match text {
                            Text::Plain(_) => None,
                            Text::Secret(name) => Some(name.as_str()),
                        }),
                );
            }
        }
    }
    names
}

/// Writes every credential. `secret` has checked each name already and may still refuse it.
pub(crate) fn inject(
    request: &Request,
    mut url: Url,
    mut headers: HeaderMap,
    secret: impl Fn(&str) -> Result<SecretString, HttpError>,
) -> Result<Prepared, HttpError> {
    let mut marks = Vec::new();
    let mut fields = Vec::new();
    let mut cookies: Vec<String> = Vec::new();
    for credential in &request.credentials {
        match credential {
            Credential::Header {
                name,
                prefix,
                secret: from,
            } => {
                let value = secret(from)?;
                let text = [prefix.as_deref().unwrap_or_default(), value.expose_secret()].concat();
                set(&mut headers, credential_header(name)?, &text)?;
            }
            Credential::Basic { username, password } => {
                let username = join(username, &secret)?;
                if username.contains(':') {
                    return Err(invalid(
                        "a colon in the user name of a basic credential".into(),
                    ));
                }
                let pair = [username.as_str(), ":", &join(password, &secret)?].concat();
                let text = ["Basic ", &BASE64.encode(pair.as_bytes())].concat();
                set(&mut headers, header::AUTHORIZATION, &text)?;
            }
            Credential::Query { name, secret: from } => {
                url.query_pairs_mut()
                    .append_pair(name, secret(from)?.expose_secret());
            }
            Credential::Form { name, secret: from } => fields.push((name, secret(from)?)),
            Credential::Cookie { name, secret: from } => {
                cookies.push(cookie(name, secret(from)?.expose_secret())?);
            }
            Credential::Body {
                mark,
                escaping,
                secret: from,
            } => marks.push((mark.as_str(), *escaping, secret(from)?)),
            Credential::Hmac {
                header,
                prefix,
                key,
                hash,
                message,
                encoding,
            } => {
                let signature = sign(*hash, secret(key)?.expose_secret().as_bytes(), message);
                let encoded = match encoding {
                    Encoding::Hex => HEXLOWER.encode(&signature),
                    Encoding::Base64 => BASE64.encode(&signature),
                    Encoding::Base64Url => BASE64URL_NOPAD.encode(&signature),
                };
                let text = [prefix.as_deref().unwrap_or_default(), &encoded].concat();
                set(&mut headers, credential_header(header)?, &text)?;
            }
        }
    }
    if !cookies.is_empty() {
        set(&mut headers, header::COOKIE, &cookies.join("; "))?;
    }
    let mut body = replace_marks(request.body.as_deref(), &marks)?;
    if !fields.is_empty() {
        let form = body.get_or_insert_default();
        for (name, value) in fields {
            if !form.is_empty() {
                form.push(b'&');
            }
            form.extend_from_slice(escape::form(name).as_bytes());
            form.push(b'=');
            form.extend_from_slice(escape::form(value.expose_secret()).as_bytes());
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(FORM));
    }
    Ok(Prepared { url, headers, body })
}

/// Replaces each mark by its value. All marks are found before any is replaced, so that no value is searched.
fn replace_marks(
    body: Option<&[u8]>,
    marks: &[(&str, Escaping, SecretString)],
) -> Result<Option<Vec<u8>>, HttpError> {
    let Some(body) = body else {
        return match marks {
            [] => Ok(None),
            _ => Err(invalid("a mark without a body".into())),
        };
    };
    let mut found = Vec::with_capacity(marks.len());
    for (mark, escaping, value) in marks {
        if mark.is_empty() {
            return Err(invalid("an empty mark".into()));
        }
        let Some(at) = memmem::find(body, mark.as_bytes()) else {
            return Err(invalid("a mark that does not occur in the body".into()));
        };
        if memmem::find(&body[at + 1..], mark.as_bytes()).is_some() {
            return Err(invalid(
                "a mark that occurs more than once in the body".into(),
            ));
        }
        let text = match escaping {
            Escaping::JsonString => escape::json(value.expose_secret()),
            Escaping::XmlText => escape::xml(value.expose_secret()),
            Escaping::FormValue => escape::form(value.expose_secret()),
        };
        found.push((at..at + mark.len(), text));
    }
    found.sort_by_key(|(range, _)| range.start);
    let mut out = Vec::with_capacity(body.len());
    let mut from = 0;
    for (range, text) in found {
        if range.start < from {
            return Err(invalid("marks that overlap".into()));
        }
        out.extend_from_slice(&body[from..range.start]);
        out.extend_from_slice(text.as_bytes());
        from = range.end;
    }
    out.extend_from_slice(&body[from..]);
    Ok(Some(out))
}

fn sign(hash: Hash, key: &[u8], message: &[u8]) -> Vec<u8> {
    // One function for each, since the three MACs are three types.
    macro_rules! sign {
        ($hash:ty) => {
            // An HMAC takes a key of any length.
            Hmac::<$hash>::new_from_slice(key)
                .map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec())
                .unwrap_or_default()
        };
    }
    match hash {
        Hash::Sha1 => sign!(Sha1),
        Hash::Sha256 => sign!(Sha256),
        Hash::Sha512 => sign!(Sha512),
    }
}

fn join(
    parts: &[Text],
    secret: impl Fn(&str) -> Result<SecretString, HttpError>,
) -> Result<String, HttpError> {
    let mut out = String::new();
    for part in parts {
        match part {
            Text::Plain(text) => out.push_str(text),
            Text::Secret(name) => out.push_str(secret(name)?.expose_secret()),
        }
    }
    Ok(out)
}

fn cookie(name: &str, value: &str) -> Result<String, HttpError> {
    // Names are tokens, like header names.
    if HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Err(invalid("a cookie name that is no token".into()));
    }
    if !value
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\'))
    {
        return Err(invalid("a secret that cannot stand in a cookie".into()));
    }
    Ok([name, "=", value].concat())
}

fn credential_header(name: &str) -> Result<HeaderName, HttpError> {
    let name = header_name(name)?;
    if name != header::AUTHORIZATION && RESERVED.contains(&name.as_str()) {
        return Err(invalid(format!("header {name} belongs to the host")));
    }
    Ok(name)
}

/// The method in the client's terms.
pub(crate) fn method(method: Method) -> http::Method {
    match method {
        Method::Get => http::Method::GET,
        Method::Head => http::Method::HEAD,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Patch => http::Method::PATCH,
        Method::Delete => http::Method::DELETE,
    }
}

fn header_name(name: &str) -> Result<HeaderName, HttpError> {
    HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| invalid("a header name that is no token".into()))
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), HttpError> {
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| invalid(format!("a credential that cannot stand in header {name}")))?;
    value.set_sensitive(true);
    match headers.entry(&name) {
        header::Entry::Occupied(_) => Err(invalid(format!("header {name} is given twice"))),
        header::Entry::Vacant(entry) => {
            entry.insert(value);
            Ok(())
        }
    }
}

fn invalid(reason: String) -> HttpError {
    HttpError::InvalidRequest(reason)
}
