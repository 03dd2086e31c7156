use data_encoding::{BASE64, HEXLOWER};
use portcullis_egress::{
    Credential, Encoding, Escaping, Hash, HttpError, Method, Request, Session, Text,
};

use crate::{
    server::{Reply, Seen, Server},
    world::{self, SECRET, TOKEN, get, session},
};

/// What the vendor saw of a request with this credential and body.
async fn sent(credential: Credential, body: Option<&str>) -> Seen {
    let server = Server::start(|_| Reply::ok("{}")).await;
    let mut request = get(&server, "/v1/units?limit=1");
    request.method = Method::Post;
    request.body = body.map(|body| body.as_bytes().to_vec());
    request.credentials = vec![credential];
    let session = session(&server);
    assert_eq!(session.fetch(request).await.unwrap().status, 200);
    // What is kept of it never holds a secret.
    let kept = format!("{:?}", session.evidence());
    assert!(kept.contains("/v1/units?limit=1"), "{kept}");
    assert!(!kept.contains("s3cr3t") && !kept.contains("tok_"), "{kept}");
    server.only()
}

fn token() -> String {
    "token".to_owned()
}

fn secret() -> String {
    "secret".to_owned()
}

#[tokio::test]
async fn header() {
    let credential = Credential::Header {
        name: "Authorization".to_owned(),
        prefix: Some("Bearer ".to_owned()),
        secret: token(),
    };
    let seen = sent(credential, None).await;
    assert_eq!(
        seen.header("authorization").unwrap(),
        format!("Bearer {TOKEN}")
    );
}

#[tokio::test]
async fn basic() {
    let credential = Credential::Basic {
        username: vec![Text::Plain("acme\\".to_owned()), Text::Secret(token())],
        password: vec![Text::Secret(secret())],
    };
    let seen = sent(credential, None).await;
    let expected = BASE64.encode(format!("acme\\{TOKEN}:{SECRET}").as_bytes());
    assert_eq!(
        seen.header("authorization").unwrap(),
        format!("Basic {expected}")
    );
}

#[tokio::test]
async fn query() {
    let credential = Credential::Query {
        name: "api key".to_owned(),
        secret: secret(),
    };
    let seen = sent(credential, None).await;
    let query = seen.target().split_once('?').unwrap().1;
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(pairs, [pair("limit", "1"), pair("api key", SECRET)]);
}

#[tokio::test]
async fn form() {
    for body in [None, Some("grant_type=client_credentials")] {
        let credential = Credential::Form {
            name: "client_secret".to_owned(),
            secret: secret(),
        };
        let seen = sent(credential, body).await;
        let pairs: Vec<_> = url::form_urlencoded::parse(&seen.body).collect();
        assert_eq!(pairs.len(), 1 + usize::from(body.is_some()));
        assert_eq!(
            pairs.last().unwrap(),
            &("client_secret".into(), SECRET.into())
        );
        assert_eq!(
            seen.header("content-type").unwrap(),
            "application/x-www-form-urlencoded"
        );
    }
}

#[tokio::test]
async fn cookie() {
    let credential = Credential::Cookie {
        name: "sid".to_owned(),
        secret: token(),
    };
    let seen = sent(credential, None).await;
    assert_eq!(seen.header("cookie").unwrap(), format!("sid={TOKEN}"));
}

#[tokio::test]
async fn body_marks() {
    let mark = |escaping| Credential::Body {
        mark: "@@1@@".to_owned(),
        escaping,
        secret: secret(),
    };
    let seen = sent(mark(Escaping::JsonString), Some(r#"{"password":"@@1@@"}"#)).await;
    let read: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
    assert_eq!(read["password"], SECRET);

    let seen = sent(mark(Escaping::XmlText), Some("<p>@@1@@</p>")).await;
    let inner = seen
        .text()
        .strip_prefix("<p>")
        .unwrap()
        .strip_suffix("</p>")
        .unwrap();
    assert!(!inner.contains(['<', '>', '"', '\'']), "{inner}");
    assert_eq!(quick_xml::escape::unescape(inner).unwrap(), SECRET);

    let seen = sent(mark(Escaping::FormValue), Some("a=b&p=@@1@@&c=d")).await;
    let pairs: Vec<_> = url::form_urlencoded::parse(&seen.body).collect();
    assert_eq!(pairs[1].1, SECRET);
    assert_eq!(pairs.len(), 3);
}

#[tokio::test]
async fn hmac() {
    // Signatures as Python's `hmac` computes them.
    let by = |hash, encoding| Credential::Hmac {
        header: "X-Signature".to_owned(),
        prefix: Some("v1=".to_owned()),
        key: token(),
        hash,
        message: b"1700000000.{}".to_vec(),
        encoding,
    };
    let mut digests = Vec::new();
    for (hash, expected) in [
        (Hash::Sha1, SHA1_SIGNATURE),
        (Hash::Sha256, SHA256_SIGNATURE),
        (Hash::Sha512, SHA512_SIGNATURE),
    ] {
        let seen = sent(by(hash, Encoding::Hex), None).await;
        assert_eq!(
            seen.header("x-signature").unwrap(),
            format!("v1={expected}")
        );
        digests.push(HEXLOWER.decode(expected.as_bytes()).unwrap());
    }
    let seen = sent(by(Hash::Sha256, Encoding::Base64), None).await;
    assert_eq!(
        seen.header("x-signature").unwrap(),
        format!("v1={}", BASE64.encode(&digests[1]))
    );
    let seen = sent(by(Hash::Sha256, Encoding::Base64Url), None).await;
    let expected = data_encoding::BASE64URL_NOPAD.encode(&digests[1]);
    assert_eq!(
        seen.header("x-signature").unwrap(),
        format!("v1={expected}")
    );
}

const SHA1_SIGNATURE: &str = "fe418e70e5ea943cd678da3f26ecc2c1b0dab632";
const SHA256_SIGNATURE: &str = "aacc1a00bcb46105750310e7c6b4c3697ec28ce7e94f035ce146f4c356f64c69";
const SHA512_SIGNATURE: &str = "3a58fbf0bad64af8e9568b642a505df6bca1a442547c59b794468858a5014774ef8e7f1c93afb39462bccbcc51df53f6e7608ff932244f3a193f6d27e677beda";

#[tokio::test]
async fn requests_that_cannot_be_meant() {
    let server = Server::start(|_| Reply::ok("{}")).await;
    let session = session(&server);
    let body = |mark: &str, secret: &str| Credential::Body {
        mark: mark.to_owned(),
        escaping: Escaping::JsonString,
        secret: secret.to_owned(),
    };
    let header = |name: &str, secret: &str| Credential::Header {
        name: name.to_owned(),
        prefix: None,
        secret: secret.to_owned(),
    };
    let cases: Vec<(Option<&str>, Vec<Credential>)> = vec![
        (None, vec![header("X-Key", "unknown")]),
        (None, vec![header("X-Key", "foreign")]),
        (None, vec![header("Host", "token")]),
        (None, vec![header("Transfer-Encoding", "token")]),
        (None, vec![header("X-Key\r\nX-Other", "token")]),
        (
            None,
            vec![header("X-Key", "token"), header("x-key", "token")],
        ),
        (None, vec![header("X-Own", "token")]),
        (None, vec![body("@", "token")]),
        (Some("no mark here"), vec![body("@", "token")]),
        (Some("@ twice @"), vec![body("@", "token")]),
        (Some("aaa"), vec![body("aa", "token")]),
        (Some("abc"), vec![body("ab", "token"), body("bc", "token")]),
        (Some("abc"), vec![body("", "token")]),
        // A value with a quote and a backslash in it, which no cookie can have.
        (
            None,
            vec![Credential::Cookie {
                name: "c".to_owned(),
                secret: secret(),
            }],
        ),
        (
            None,
            vec![Credential::Cookie {
                name: "c;d".to_owned(),
                secret: token(),
            }],
        ),
        (
            None,
            vec![Credential::Basic {
                username: vec![Text::Plain("a:b".to_owned())],
                password: vec![Text::Secret(token())],
            }],
        ),
    ];
    for (body, credentials) in cases {
        let mut request = get(&server, "/");
        request.headers = vec![("x-own".to_owned(), "1".to_owned())];
        request.body = body.map(|body| body.as_bytes().to_vec());
        request.credentials.clone_from(&credentials);
        let result = session.fetch(request).await;
        assert!(
            matches!(result, Err(HttpError::InvalidRequest(_))),
            "{credentials:?}: {result:?}"
        );
    }
    let mut request = get(&server, "/");
    request.buckets = vec!["undeclared".to_owned()];
    let result = session.fetch(request).await;
    assert!(
        matches!(result, Err(HttpError::InvalidRequest(_))),
        "{result:?}"
    );
    assert!(server.seen().is_empty());
    assert_eq!(session.requests_made(), 0);
}

#[tokio::test]
async fn reserved_and_broken_headers() {
    let server = Server::start(|_| Reply::ok("{}")).await;
    let session = session(&server);
    for (name, value) in [
        ("Host", "evil.test"),
        ("content-length", "0"),
        ("Accept-Encoding", "br"),
        ("Authorization", "Bearer x"),
        ("Cookie", "a=b"),
        ("Connection", "upgrade"),
        ("Keep-Alive", "1"),
        ("Proxy-Authorization", "x"),
        ("Proxy-Connection", "x"),
        ("TE", "trailers"),
        ("Trailer", "x"),
        ("Transfer-Encoding", "chunked"),
        ("Upgrade", "h2c"),
        ("Expect", "100-continue"),
        ("X-Ok", "a\r\nHost: evil.test"),
        ("X-Ok", "a\nb"),
        ("X-Ok", "a\0b"),
        ("X Ok", "a"),
        ("X-Ok:", "a"),
        ("", "a"),
    ] {
        let mut request = get(&server, "/");
        request.headers = vec![(name.to_owned(), value.to_owned())];
        let result = session.fetch(request).await;
        assert!(
            matches!(result, Err(HttpError::InvalidRequest(_))),
            "{name}: {result:?}"
        );
    }
    assert!(server.seen().is_empty());
    let mut request = get(&server, "/");
    request.headers = vec![("X-Ok".to_owned(), "a".to_owned())];
    session.fetch(request).await.unwrap();
    let seen = server.only();
    assert_eq!(seen.header("x-ok").unwrap(), "a");
    assert_eq!(
        seen.header("host").unwrap(),
        format!("127.0.0.1:{}", server.port)
    );
}

#[tokio::test]
async fn a_vendor_that_mirrors_what_it_got_gives_nothing_away() {
    let server = Server::start(|seen| {
        let mirror = seen.header("x-key").unwrap().to_owned();
        let basic = seen.header("authorization").unwrap().to_owned();
        let body = serde_json::json!({ "key": mirror, "basic": basic, "body": seen.text() });
        Reply::new(400, &[("x-mirror", &mirror)], body.to_string())
    })
    .await;
    let session = Session::new(world::client(), world::config(&server.origin()));
    let mut request = Request::new(Method::Post, server.url("/login"));
    request.body = Some(br#"{"password":"@@"}"#.to_vec());
    request.credentials = vec![
        Credential::Header {
            name: "X-Key".to_owned(),
            prefix: None,
            secret: token(),
        },
        Credential::Basic {
            username: vec![Text::Plain("acme".to_owned())],
            password: vec![Text::Secret(secret())],
        },
        Credential::Body {
            mark: "@@".to_owned(),
            escaping: Escaping::JsonString,
            secret: secret(),
        },
    ];
    let response = session.fetch(request).await.unwrap();
    let seen = server.only();
    assert!(seen.text().contains("s3cr3t"));
    let text = format!(
        "{:?} {} {:?}",
        response.headers,
        String::from_utf8_lossy(&response.body),
        session.evidence()
    );
    let basic = BASE64.encode(format!("acme:{SECRET}").as_bytes());
    // What base64 shares with its neighbours on either side is left; nothing of the secret is.
    for trace in [TOKEN, "s3cr3t", "0123456789", &basic[8..20], &basic[20..32]] {
        assert!(!text.contains(trace), "{trace} in {text}");
    }
    assert!(text.contains(r#"("x-mirror", "***")"#), "{text}");
    assert!(
        session.evidence()[0]
            .vendor_message
            .as_ref()
            .unwrap()
            .contains("***")
    );
}
