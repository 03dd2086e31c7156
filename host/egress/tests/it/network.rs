use std::{process::Command, sync::Arc, time::Duration};

use portcullis_egress::{
    Client, ClientSettings, HostRule, HttpError, Method, Policy, Request, Session, SystemResolver,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};

use crate::{
    server::{Reply, Server},
    world::{Script, client, client_with, config, get},
};

/// A session that may ask `https://vendor.test` and nothing else.
fn vendor(client: Arc<Client>) -> Session {
    let mut config = config("https://vendor.test");
    let rule = HostRule::parse("vendor.test").unwrap();
    config.policy = Arc::new(Policy::builder().allow_host(rule).build());
    Session::new(client, config)
}

fn ask(url: &str) -> Request {
    Request::new(Method::Get, url)
}

#[tokio::test]
async fn names_that_lead_inside_are_denied() {
    for answer in [
        "169.254.169.254",
        "127.0.0.1",
        "::1",
        "0.0.0.0",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "fd00:ec2::254",
        "fe80::1",
        "::127.0.0.1",
        "2002:7f00:1::",
    ] {
        // Alone, and hidden behind a public one.
        for answers in [&[answer][..], &["1.1.1.1", answer], &[answer, "1.1.1.1"]] {
            let resolver = Script::new(&[answers]);
            let session = vendor(client_with(resolver.clone()));
            let result = session.fetch(ask("https://vendor.test/")).await;
            assert!(
                matches!(result, Err(HttpError::Denied(_))),
                "{answers:?}: {result:?}"
            );
            assert_eq!(resolver.asked(), 1);
            assert_eq!(session.requests_made(), 0);
            let evidence = &session.evidence()[0];
            assert_eq!(evidence.error.as_ref().unwrap().code(), "egress_denied");
        }
    }
    let session = vendor(client_with(Script::new(&[&[]])));
    assert_eq!(
        session.fetch(ask("https://vendor.test/")).await,
        Err(HttpError::Dns)
    );
}

#[tokio::test]
async fn what_was_checked_is_what_is_dialled() {
    let server =
        Server::start(|_| Reply::new(200, &[("connection", "close")], "first answer")).await;
    // Admitted once; whoever asks a second time for the same connection gets the private address.
    let resolver = Script::new(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let origin = format!("http://vendor.test:{}", server.port);
    let session = Session::new(client_with(resolver.clone()), config(&origin));
    let response = session.fetch(ask(&origin)).await.unwrap();
    assert_eq!(response.body, b"first answer");
    assert_eq!(resolver.asked(), 1);
    let result = session.fetch(ask(&origin)).await;
    assert!(matches!(result, Err(HttpError::Denied(_))), "{result:?}");
    assert_eq!((resolver.asked(), server.connections()), (2, 1));
}

#[tokio::test]
async fn connections_belong_to_one_integration_and_policy() {
    let server = Server::start(|_| Reply::ok("{}")).await;
    let client = client();
    let make = |integration: &str, more: Option<&str>| {
        let mut config = config(&server.origin());
        config.integration = integration.to_owned();
        let rules = more.map(|rule| HostRule::parse(rule).unwrap());
        let policy = Policy::builder().allow_loopback(&server.origin()).unwrap();
        config.policy = Arc::new(policy.allow_hosts(rules).build());
        Session::new(Arc::clone(&client), config)
    };
    for (integration, more, connections) in [
        ("int_1", None, 1),
        ("int_1", None, 1),
        ("int_2", None, 2),
        ("int_2", Some("more.test"), 3),
        ("int_1", None, 3),
    ] {
        make(integration, more)
            .fetch(get(&server, "/"))
            .await
            .unwrap();
        assert_eq!(server.connections(), connections, "{integration} {more:?}");
        // The connection goes back to its pool a moment after the answer.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Run by [`proxies_of_the_environment_are_ignored`] in a process with proxy variables.
#[tokio::test]
async fn direct() {
    let server = Server::start(|seen| Reply::ok(seen.target())).await;
    let response = crate::world::session(&server)
        .fetch(get(&server, "/direct"))
        .await
        .unwrap();
    // A proxy would have got an absolute target, and nobody listens at the one that is named.
    assert_eq!(response.body, b"/direct");
}

#[test]
fn proxies_of_the_environment_are_ignored() {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "network::direct"]);
    for name in [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ] {
        child.env(name, "http://127.0.0.1:9");
    }
    for name in ["no_proxy", "NO_PROXY"] {
        child.env_remove(name);
    }
    let output = child.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
}

#[tokio::test]
async fn tls_needs_a_certificate_that_is_trusted() {
    let key = rcgen::generate_simple_self_signed(["vendor.test".to_owned()]).unwrap();
    let certificate = key.cert.der().clone();
    let private = PrivateKeyDer::try_from(key.signing_key.serialize_der()).unwrap();
    let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let server = Server::start_with(Some(acceptor), |_| Reply::ok("over tls")).await;
    let origin = format!("https://vendor.test:{}", server.port);
    let fetch = |extra_roots| {
        let settings = ClientSettings {
            extra_roots,
            ..ClientSettings::default()
        };
        let client = Client::new(settings, Script::new(&[&["127.0.0.1"]])).unwrap();
        let session = Session::new(Arc::new(client), config(&origin));
        let request = ask(&origin);
        async move { session.fetch(request).await }
    };
    assert_eq!(
        fetch(vec![certificate.to_vec()]).await.unwrap().body,
        b"over tls"
    );
    assert_eq!(fetch(Vec::new()).await, Err(HttpError::Tls));
    // Bytes that are no certificate are not passed over in silence.
    let settings = ClientSettings {
        extra_roots: vec![vec![1, 2, 3]],
        ..ClientSettings::default()
    };
    let error = Client::new(settings, Arc::new(SystemResolver)).unwrap_err();
    assert_eq!(error.code(), "tls_roots");
    portcullis_test_codes::record(error.code());
}
