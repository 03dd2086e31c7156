use chrono::{TimeDelta, Utc};
use portcullis_egress::{Capture, Credential, HttpError, Lifetime, Session, Source, TimeUnit};
use secrecy::ExposeSecret;

use crate::{
    server::{Reply, Server},
    world::{client, get, opening, session},
};

const MINTED: &str = "minted/0a1b2c3d4e5f=";

fn capture(source: Source) -> Capture {
    Capture {
        secret: "session".to_owned(),
        source,
        lifetime: None,
    }
}

#[tokio::test]
async fn from_every_place() {
    let xml = "<?xml version='1.0'?><s:Envelope xmlns:s='urn:s'><Head><Token>wrong-one</Token></Head>\
        <s:Body><r:LoginResult xmlns:r='urn:r'><r:Token>\n minted&#x2F;0a1b<![CDATA[2c3d4e5f]]>= </r:Token>\
        <r:Token>second-one</r:Token></r:LoginResult></s:Body></s:Envelope>";
    type Case = (Source, Vec<(&'static str, String)>, String);
    let cases: [Case; 6] = [
        (Source::Body, vec![], format!("\"{MINTED}\"\r\n")),
        (Source::Body, vec![], format!(" {MINTED} ")),
        (
            Source::Header("X-Token".to_owned()),
            vec![("x-token", MINTED.to_owned())],
            "{}".to_owned(),
        ),
        (
            Source::Cookie("sid".to_owned()),
            vec![
                ("set-cookie", "sidx=other-cookie; Path=/".to_owned()),
                ("set-cookie", format!("sid={MINTED}; Path=/; HttpOnly")),
            ],
            "{}".to_owned(),
        ),
        (
            Source::JsonPointer("/data/0/access_token".to_owned()),
            vec![],
            // As those write it who escape slashes.
            r#"{"data":[{"access_token":"minted\/0a1b2c3d4e5f="}]}"#.to_owned(),
        ),
        (
            Source::XmlPath("Envelope/Body/LoginResult/Token".to_owned()),
            vec![],
            xml.replace("&#x2F;", "/")
                .replace("<![CDATA[2c3d4e5f]]>", "2c3d4e5f"),
        ),
    ];
    for (source, headers, body) in cases {
        let reply = body.clone();
        let server = Server::start(move |seen| {
            if seen.target() == "/login" {
                let headers: Vec<_> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
                Reply::new(200, &headers, &reply)
            } else {
                Reply::ok(seen.header("x-session").unwrap())
            }
        })
        .await;
        let (config, sink) = opening(&server.origin());
        let session = Session::new(client(), config);
        let mut request = get(&server, "/login");
        request.captures = vec![capture(source.clone())];
        let response = session.fetch(request).await.unwrap();
        assert_eq!(response.captured, ["session"], "{source:?}");
        let kept = sink.kept.lock().unwrap()[0].clone();
        assert_eq!(kept.value.expose_secret(), MINTED, "{source:?}");
        assert!(kept.expires_at.is_none());
        let shown = format!(
            "{:?}{}",
            response.headers,
            String::from_utf8(response.body).unwrap()
        );
        assert!(
            !shown.contains("0a1b2c3d4e5f") && shown.contains("***"),
            "{shown}"
        );

        // Usable at once, and masked from then on.
        let mut request = get(&server, "/next");
        request.credentials = vec![Credential::Header {
            name: "X-Session".to_owned(),
            prefix: None,
            secret: "session".to_owned(),
        }];
        let response = session.fetch(request).await.unwrap();
        assert_eq!(response.body, b"***");
        assert_eq!(server.seen()[1].header("x-session").unwrap(), MINTED);
    }

    // Character references and CDATA are read as one text.
    let server = Server::start(move |_| Reply::ok(xml)).await;
    let (config, sink) = opening(&server.origin());
    let mut request = get(&server, "/login");
    request.captures = vec![capture(Source::XmlPath(
        "Envelope/Body/LoginResult/Token".to_owned(),
    ))];
    Session::new(client(), config).fetch(request).await.unwrap();
    assert_eq!(sink.kept.lock().unwrap()[0].value.expose_secret(), MINTED);
}

#[tokio::test]
async fn lifetimes_in_every_unit() {
    let cases = [
        (TimeUnit::Seconds, "3600".to_owned()),
        (TimeUnit::Seconds, "\"3600\"".to_owned()),
        (
            TimeUnit::EpochSeconds,
            (Utc::now().timestamp() + 3600).to_string(),
        ),
        (
            TimeUnit::EpochMs,
            (Utc::now().timestamp_millis() + 3_600_000).to_string(),
        ),
        (
            TimeUnit::Rfc3339,
            format!("{:?}", (Utc::now() + TimeDelta::hours(1)).to_rfc3339()),
        ),
    ];
    for (unit, text) in cases {
        let body = format!(r#"{{"access_token":"{MINTED}","ends":{text}}}"#);
        let server = Server::start(move |_| Reply::ok(&body)).await;
        let (config, sink) = opening(&server.origin());
        let mut request = get(&server, "/login");
        let mut wanted = capture(Source::JsonPointer("/access_token".to_owned()));
        wanted.lifetime = Some(Lifetime {
            source: Source::JsonPointer("/ends".to_owned()),
            unit,
        });
        request.captures = vec![wanted];
        Session::new(client(), config).fetch(request).await.unwrap();
        let ends = sink.kept.lock().unwrap()[0].expires_at.unwrap();
        let left = (ends - Utc::now()).num_seconds();
        assert!((3_500..=3_600).contains(&left), "{unit:?} {text}: {left}");
    }
}

#[tokio::test]
async fn what_is_not_taken() {
    let long = "x".repeat(8 * 1024 + 1);
    for (status, body) in [
        (200, "short"),
        (200, "with white space"),
        (200, ""),
        (200, long.as_str()),
        (401, MINTED),
        (302, MINTED),
    ] {
        let reply = body.to_owned();
        let server = Server::start(move |_| Reply::new(status, &[], &reply)).await;
        let (config, sink) = opening(&server.origin());
        let mut request = get(&server, "/login");
        request.captures = vec![capture(Source::Body)];
        let response = Session::new(client(), config).fetch(request).await.unwrap();
        assert!(response.captured.is_empty(), "{status} {body:.20}");
        assert!(sink.kept.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn captures_need_leave() {
    let server = Server::start(|_| Reply::ok(MINTED)).await;
    let mut request = get(&server, "/login");
    request.captures = vec![capture(Source::Body)];
    // Outside of `session.open`.
    let result = session(&server).fetch(request.clone()).await;
    assert!(
        matches!(result, Err(HttpError::InvalidRequest(_))),
        "{result:?}"
    );
    // Under a name that the manifest does not declare for it.
    request.captures[0].secret = "secret".to_owned();
    let (config, sink) = opening(&server.origin());
    let result = Session::new(client(), config).fetch(request).await;
    assert!(
        matches!(result, Err(HttpError::InvalidRequest(_))),
        "{result:?}"
    );
    assert!(server.seen().is_empty() && sink.kept.lock().unwrap().is_empty());
}
