//! What a fault does to an answer on its way out.

use super::Answer;
use super::faults::{Action, Charset};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use serde_json::Value;
use std::io;
use std::time::Duration;

/// What was sent must have left before the connection breaks, else the client sees no answer at all.
const BEFORE_BREAK: Duration = Duration::from_millis(20);

pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// An answer as it is.
pub(super) fn whole(answer: Answer) -> Response<Body> {
    let Answer {
        status,
        headers,
        body,
    } = answer;
    respond(status, headers, full(body))
}

fn full(body: Vec<u8>) -> Body {
    Full::new(Bytes::from(body))
        .map_err(|never| match never {})
        .boxed_unsync()
}

fn respond(status: u16, headers: Vec<(&'static str, String)>, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        // Header values that HTTP forbids are left out: they could not be sent by a real server either.
        if let Ok(value) = HeaderValue::from_str(&value) {
            response
                .headers_mut()
                .append(HeaderName::from_static(name), value);
        }
    }
    response
}

/// Sends pieces one by one, then ends, cleanly or with a broken connection.
fn pieces(pieces: Vec<Bytes>, pause: Duration, broken: bool) -> Body {
    let steps = pieces
        .into_iter()
        .map(Some)
        .chain(broken.then_some(None))
        .collect::<Vec<_>>();
    let stream = stream::unfold(
        (steps.into_iter(), true),
        move |(mut steps, first)| async move {
            let step = steps.next()?;
            if !first {
                tokio::time::sleep(pause).await;
            }
            let frame = step
                .map(Frame::data)
                .ok_or_else(|| io::Error::other("a fault breaks the connection"));
            Some((frame, (steps, false)))
        },
    );
    StreamBody::new(stream).boxed_unsync()
}

/// The answer with a fault in it.
pub(super) fn spoil(answer: Answer, action: Action) -> Response<Body> {
    let Answer {
        mut status,
        mut headers,
        mut body,
    } = answer;
    let set = |headers: &mut Vec<(&'static str, String)>, name: &'static str, value: String| {
        headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        headers.push((name, value));
    };
    match action {
        Action::Status {
            status: other,
            body: text,
            content_type,
            retry_after,
        } => {
            status = other;
            let unavailable = r#"{"UserMessage":"The service is busy. Try again later.","ErrorCode":null,"Errors":null}"#;
            body = text.unwrap_or_else(|| unavailable.to_owned()).into_bytes();
            headers = vec![(
                "content-type",
                content_type.unwrap_or_else(|| "application/json".to_owned()),
            )];
            if let Some(value) = retry_after.and_then(|form| form.value()) {
                headers.push(("retry-after", value));
            }
        }
        Action::Html {} => {
            status = 200;
            headers = vec![("content-type", "text/html; charset=utf-8".to_owned())];
            body = b"<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Something went wrong</h1></body></html>".to_vec();
        }
        Action::Truncate { keep } => body.truncate(keep),
        Action::Abort { keep } => {
            set(&mut headers, "content-length", body.len().to_string());
            body.truncate(keep);
            return respond(
                status,
                headers,
                pieces(vec![Bytes::from(body)], BEFORE_BREAK, true),
            );
        }
        Action::WrongContentLength { delta } => {
            let length = i64::try_from(body.len()).unwrap_or(i64::MAX);
            let announced = length.saturating_add(delta).max(0);
            set(&mut headers, "content-length", announced.to_string());
            // Announcing more than is sent ends in a broken connection, announcing less in a cut body.
            let broken = delta > 0;
            return respond(
                status,
                headers,
                pieces(vec![Bytes::from(body)], BEFORE_BREAK, broken),
            );
        }
        Action::SlowBody { bytes, every_ms } => {
            set(&mut headers, "content-length", body.len().to_string());
            let drops = body
                .chunks(bytes.max(1))
                .map(Bytes::copy_from_slice)
                .collect();
            return respond(
                status,
                headers,
                pieces(drops, Duration::from_millis(every_ms), false),
            );
        }
        Action::Gzip { padding_mib } => {
            set(&mut headers, "content-encoding", "gzip".to_owned());
            body = compress(&body, padding_mib);
        }
        Action::Wrap {
            before_hex,
            after_hex,
        } => {
            body = [unhex(&before_hex), body, unhex(&after_hex)].concat();
        }
        Action::Replace { from, to } => {
            body = String::from_utf8_lossy(&body)
                .replace(&from, &to)
                .into_bytes();
        }
        Action::SlowClose { ms } => {
            let whole = vec![Bytes::from(body), Bytes::new()];
            return respond(
                status,
                headers,
                pieces(whole, Duration::from_millis(ms), false),
            );
        }
        Action::Encode { charset } => {
            let text = String::from_utf8_lossy(&body);
            body = match charset {
                Charset::Latin1 => text
                    .chars()
                    .map(|sign| u8::try_from(u32::from(sign)).unwrap_or(b'?'))
                    .collect(),
                Charset::Utf16 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            };
        }
        Action::ReplaceBytes { from, to_hex } => {
            body = replaced(&body, from.as_bytes(), &unhex(&to_hex))
        }
        Action::Inflate { after, with, count } => {
            let long = format!("{after}{}", String::from(with).repeat(count));
            body = String::from_utf8_lossy(&body)
                .replacen(&after, &long, 1)
                .into_bytes();
        }
        Action::Pad { mib } => body.resize(body.len() + (mib << 20), b' '),
        Action::EmptyPage {} => body = b"[]".to_vec(),
        Action::Rows { keep } => body = rows(&body, |rows| rows.truncate(keep)),
        Action::Multiply { times } => {
            body = rows(&body, |rows| *rows = vec![rows.as_slice(); times].concat())
        }
        Action::EmptyList {} => {
            status = 200;
            set(&mut headers, "x-total-count", "0".to_owned());
            body = b"[]".to_vec();
        }
        Action::WithoutHeader { name } => {
            headers.retain(|(other, _)| !other.eq_ignore_ascii_case(&name))
        }
        Action::ContentType { value } => set(&mut headers, "content-type", value),
        Action::Hang {}
        | Action::Drop {}
        | Action::Delay { .. }
        | Action::Drip { .. }
        | Action::Endless { .. }
        | Action::RepeatPage {} => {}
    }
    respond(status, headers, full(body))
}

fn compress(body: &[u8], padding_mib: usize) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let blanks = vec![b' '; 1024 * 1024];
    // Writing into a Vec cannot fail; an empty body would show it if it did.
    let mut written = encoder.write_all(body);
    for _ in 0..padding_mib {
        written = written.and_then(|()| encoder.write_all(&blanks));
    }
    written.and_then(|()| encoder.finish()).unwrap_or_default()
}

/// Decodes hex; what is not hex is left out.
fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .filter_map(|pair| {
            std::str::from_utf8(pair)
                .ok()
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
        })
        .collect()
}

/// A list with its rows changed; a body that is no list stays as it is.
fn rows(body: &[u8], change: impl FnOnce(&mut Vec<Value>)) -> Vec<u8> {
    match serde_json::from_slice::<Vec<Value>>(body) {
        Ok(mut rows) => {
            change(&mut rows);
            Value::Array(rows).to_string().into_bytes()
        }
        Err(_) => body.to_vec(),
    }
}

fn replaced(body: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut done = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        if !from.is_empty() && body[at..].starts_with(from) {
            done.extend_from_slice(to);
            at += from.len();
        } else {
            done.push(body[at]);
            at += 1;
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::{replaced, rows};

    #[test]
    fn bytes_and_rows_are_changed_and_nothing_else() {
        assert_eq!(replaced(b"a\"x\"b\"x\"", b"\"x\"", &[0xff]), b"a\xffb\xff");
        assert_eq!(
            rows(br#"[{"Id":1},{"Id":2}]"#, |rows| rows.truncate(1)),
            br#"[{"Id":1}]"#
        );
        assert_eq!(rows(b"no list", |rows| rows.clear()), b"no list");
    }
}
