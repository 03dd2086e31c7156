//! The way to the gateway: TLS on its own port, an address by which it is known, and proxies that speak for clients.

use portcullis_e2e::{Client, Gateway, Start, eventually};
use rcgen::{CertificateParams, KeyPair};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A certificate of its own for loopback, written to files; its PEM.
fn issue(folder: &Path) -> (PathBuf, PathBuf, String) {
    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()])
        .and_then(|params| params.self_signed(&key))
        .expect("a certificate");
    let files = (folder.join("server.crt"), folder.join("server.key"));
    std::fs::write(&files.0, certificate.pem()).expect("a certificate's file");
    std::fs::write(&files.1, key.serialize_pem()).expect("a key's file");
    (files.0, files.1, certificate.pem())
}

fn with_tls(cert: &Path, key: &Path) -> Start {
    Start::default()
        .env(
            "PORTCULLIS_SERVER_TLS_CERT_FILE",
            &cert.display().to_string(),
        )
        .env("PORTCULLIS_SERVER_TLS_KEY_FILE", &key.display().to_string())
}

/// A client that trusts this certificate alone.
fn trusting(pem: &str, http1: bool) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificate = reqwest::Certificate::from_pem(pem.as_bytes()).expect("a certificate");
    let builder = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([certificate])
        .timeout(Duration::from_secs(30));
    let builder = if http1 { builder.http1_only() } else { builder };
    builder.build().expect("a client")
}

#[tokio::test(flavor = "multi_thread")]
async fn https_on_its_own_port_and_certificates_that_are_replaced_under_open_connections() {
    let folder = TempDir::new().expect("a folder");
    let (cert, key, pem) = issue(folder.path());
    let mut gateway = Gateway::start(with_tls(&cert, &key)).await;
    let url = gateway.base_url.clone();
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    assert!(
        gateway
            .first_admin_link
            .as_ref()
            .is_some_and(|link| link.starts_with(&url))
    );

    let first = trusting(&pem, false);
    let old = trusting(&pem, true);
    for (client, version) in [
        (&first, reqwest::Version::HTTP_2),
        (&old, reqwest::Version::HTTP_11),
    ] {
        let answer = client
            .get(format!("{url}/healthz"))
            .send()
            .await
            .expect("an answer");
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
    }
    // The sign-in page's cookie is for TLS alone.
    let page = first
        .get(format!("{url}/sign-in"))
        .send()
        .await
        .expect("a page");
    let cookie = page.headers()["set-cookie"].to_str().expect("text");
    assert!(cookie.contains("Secure"), "{cookie}");

    // Whoever does not speak TLS, or says nothing at all, holds up nobody.
    let address = url.trim_start_matches("https://");
    let _silent = TcpStream::connect(address).await.expect("a connection");
    let mut plain = TcpStream::connect(address).await.expect("a connection");
    plain
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .expect("it is sent");
    let mut said = Vec::new();
    let _ = plain.read_to_end(&mut said).await;
    assert!(!String::from_utf8_lossy(&said).contains("HTTP/1.1 200"));

    // Half of another pair changes nothing; the whole is shown to whoever connects, and who is connected stays.
    let other = TempDir::new().expect("a folder");
    let (_, others, _) = issue(other.path());
    std::fs::copy(others, &key).expect("a wrong key");
    let pid = gateway
        .pid()
        .and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?));
    let pid = pid.expect("it runs");
    kill_process(pid, Signal::HUP).expect("a signal");
    eventually("the wrong pair is named", async || {
        gateway.log().contains("tls.certificate_kept").then_some(())
    })
    .await;
    assert!(gateway.log().contains("tls_key_mismatch"));
    let again = trusting(&pem, false)
        .get(format!("{url}/healthz"))
        .send()
        .await;
    assert_eq!(again.expect("the first pair still serves").status(), 200);

    let (_, _, pem_of_now) = issue(folder.path());
    kill_process(pid, Signal::HUP).expect("a signal");
    eventually("the new pair is shown", async || {
        let client = trusting(&pem_of_now, false);
        let answer = client.get(format!("{url}/healthz")).send().await.ok()?;
        (answer.status() == 200).then_some(())
    })
    .await;
    let late = trusting(&pem, false)
        .get(format!("{url}/healthz"))
        .send()
        .await;
    assert!(late.is_err(), "the first pair is shown no more");
    for open in [&first, &old] {
        let answer = open.get(format!("{url}/healthz")).send().await;
        assert_eq!(answer.expect("the connection stands").status(), 200);
    }
    gateway.stop().await;
}

#[tokio::test]
async fn files_that_do_not_fit_are_refused_in_a_sentence() {
    let folder = TempDir::new().expect("a folder");
    let (cert, key, _) = issue(folder.path());
    let other = TempDir::new().expect("a folder");
    let (_, others, _) = issue(other.path());
    let text = folder.path().join("text");
    std::fs::write(&text, "no certificate").expect("a file");
    let nowhere = folder.path().join("nowhere.pem");
    let gateway = Gateway::start(Start::default()).await;
    for (cert, key, code, named) in [
        (&nowhere, &key, "file_unreadable", &nowhere),
        (&cert, &nowhere, "file_unreadable", &nowhere),
        (&text, &key, "tls_file_invalid", &text),
        (&cert, &text, "tls_file_invalid", &text),
        (&cert, &others, "tls_key_mismatch", &others),
    ] {
        let (cert, key) = (cert.display().to_string(), key.display().to_string());
        let env = [
            ("PORTCULLIS_SERVER_TLS_CERT_FILE", cert.as_str()),
            ("PORTCULLIS_SERVER_TLS_KEY_FILE", key.as_str()),
        ];
        let (exit, answer) = gateway
            .try_command(&["serve", "--listen", "127.0.0.1:0"], &env)
            .await;
        assert_eq!(
            (exit, &answer["error"]["code"]),
            (1, &json!(code)),
            "{answer}"
        );
        let sentence = answer["error"]["message"].as_str().unwrap_or_default();
        assert!(sentence.contains(&named.display().to_string()), "{answer}");
    }
    let cert = cert.display().to_string();
    let half = [("PORTCULLIS_SERVER_TLS_CERT_FILE", cert.as_str())];
    let (exit, answer) = gateway.try_command(&["serve"], &half).await;
    assert_eq!(
        (exit, &answer["error"]["code"]),
        (1, &json!("config_invalid"))
    );
}

#[tokio::test]
async fn a_gateway_that_is_known_by_an_address_says_it_everywhere() {
    let known = "https://portcullis.example.com";
    let start = Start::default().env("PORTCULLIS_SERVER_PUBLIC_URL", &format!("{known}/"));
    let gateway = Gateway::start(start).await;
    let link = gateway.first_admin_link.clone().unwrap_or_default();
    assert!(link.starts_with(&format!("{known}/welcome/")), "{link}");
    let document = gateway.admin.get("/openapi.json").await.expect(200);
    assert_eq!(document["servers"], json!([{"url": known}]));
    let page = gateway.admin.get("/sign-in").await;
    assert!(page.header("set-cookie").contains("Secure"));
}

/// What the console's door says of the way to it, and the address that the log then has.
async fn seen(gateway: &Gateway, headers: &[(&str, &str)]) -> (bool, String) {
    let page = gateway.admin.get_with("/sign-in", headers).await;
    assert_eq!(page.status, 200);
    let secure = page.header("set-cookie").contains("Secure");
    let log = gateway.log();
    let line = log
        .lines()
        .rev()
        .find(|line| line.contains("console.request_finished") && line.contains("/sign-in"))
        .expect("the request is in the log");
    let client = line.split("client=").nth(1).unwrap_or_default();
    let client = client.split_whitespace().next().unwrap_or_default();
    (secure, client.to_owned())
}

#[tokio::test]
async fn only_a_proxy_that_was_named_speaks_for_its_clients() {
    let said = [
        ("x-forwarded-for", "198.51.100.4"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "evil.example"),
    ];
    let stranger = Gateway::start(Start::default()).await;
    assert_eq!(
        seen(&stranger, &said).await,
        (false, "127.0.0.1".to_owned())
    );
    assert_eq!(
        seen(&stranger, &[("forwarded", "for=198.51.100.4;proto=https")]).await,
        (false, "127.0.0.1".to_owned())
    );
    let start = Start::default().env("PORTCULLIS_SERVER_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8");
    let named = Gateway::start(start).await;
    assert_eq!(seen(&named, &[]).await, (false, "127.0.0.1".to_owned()));
    assert_eq!(seen(&named, &said).await, (true, "198.51.100.4".to_owned()));
    assert_eq!(
        seen(&named, &[("forwarded", "for=198.51.100.5;proto=https")]).await,
        (true, "198.51.100.5".to_owned())
    );
    // The API's log knows the client as well.
    let api = Client::new(&named.base_url, Some(&named.admin_key));
    let _ = api.get_with("/v1/units/", &said).await.expect(200);
    eventually("the API's request is in the log", async || {
        let log = named.log();
        log.lines()
            .any(|line| line.contains("request.finished") && line.contains("198.51.100.4"))
            .then_some(())
    })
    .await;
}
