//! Credentials and probes.

use portcullis_manifest::{Environment, Manifest};
use portcullis_sdk::testing::{FakeHost, response};
use portcullis_sdk::{
    Connector, Credential, ProbeRequest, Reaction, RecordKey, Response, Result, Verdict,
};

use super::{APPLICANTS, LEASES, listed, refusal};
use crate::Buildium;

const REFUSAL: &str = r#"{"UserMessage":"This key has no access to leases.","ErrorCode":"Forbidden",
    "Errors":[{"Key":"LeaseId","Value":"out of reach"},{"Key":null,"Value":null}]}"#;

fn validate(answer: Response) -> Result<()> {
    let host = FakeHost::new(move |_| Ok(answer.clone()));
    Buildium::validate(&host.context("{}")).map(drop)
}

fn probe(model: &str, answer: Response) -> Result<Verdict> {
    let host = FakeHost::new(move |_| Ok(answer.clone()));
    Buildium::probe(
        &host.context("{}"),
        ProbeRequest {
            model: model.into(),
            partition: None,
        },
    )
}

#[test]
fn only_an_unknown_key_is_refused() {
    validate(response(200, "[]")).expect("a good key");
    validate(response(403, REFUSAL)).expect("a good key with few permissions");
    let error = refusal(validate(response(
        401,
        r#"{"UserMessage":"Unknown API key."}"#,
    )));
    assert_eq!(
        (error.reaction, error.message.as_str()),
        (Reaction::Unauthenticated, "Unknown API key.")
    );
    assert!(matches!(
        refusal(validate(response(503, ""))).reaction,
        Reaction::Unavailable(None)
    ));
    assert!(matches!(
        refusal(validate(response(429, ""))).reaction,
        Reaction::RateLimited(_)
    ));
    assert_eq!(
        refusal(validate(response(404, ""))).reaction,
        Reaction::Protocol
    );
}

#[test]
fn both_secrets_go_in_headers_and_nowhere_else() {
    let host = FakeHost::new(|_| Ok(response(200, "[]")));
    Buildium::validate(&host.context("{}")).expect("a good key");
    let request = &host.requests()[0];
    assert_eq!(request.url, "https://vendor.example/v1/rentals?limit=1");
    let headers: Vec<_> = request
        .credentials
        .iter()
        .map(|credential| match credential {
            Credential::Header(header) => (header.name.as_str(), header.secret.as_str()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        headers,
        [
            ("x-buildium-client-id", "clientId"),
            ("x-buildium-client-secret", "secret")
        ]
    );
}

#[test]
fn a_probe_tells_readable_from_empty_from_refused() {
    let verdict = probe("leases", listed(LEASES, 1234)).expect("a verdict");
    assert_eq!(
        verdict,
        Verdict::granted(Some(1234), Some(RecordKey::of("900")))
    );
    assert_eq!(
        probe("leases", listed("[]", 0)).expect("a verdict"),
        Verdict::Empty
    );
    let denied = Verdict::Denied("This key has no access to leases. LeaseId: out of reach".into());
    assert_eq!(
        probe("leases", response(403, REFUSAL)).expect("a verdict"),
        denied
    );
    assert!(matches!(
        probe("leases", response(422, "")).expect("a verdict"),
        Verdict::Unknown(_)
    ));
    assert_eq!(
        refusal(probe("leases", response(401, ""))).reaction,
        Reaction::Unauthenticated
    );
    assert_eq!(
        refusal(probe("leases", response(200, "<html>"))).reaction,
        Reaction::Protocol
    );
    assert_eq!(
        probe("boats", response(200, "[]")).expect("a verdict"),
        Verdict::Unsupported
    );
    let verdict = probe("applications", listed(APPLICANTS, 3)).expect("a verdict");
    assert_eq!(verdict, Verdict::granted(None, Some(RecordKey::of("700"))));
}

#[test]
fn the_manifest_says_what_the_code_does() {
    let manifest = Manifest::parse(include_str!("../../connector.toml")).expect("a valid manifest");
    let settings = Default::default();
    let sandbox = manifest.base_url(Environment::Sandbox, &settings);
    assert_eq!(sandbox.as_deref(), Some("https://apisandbox.buildium.com"));
    let own = ["api.buildium.com", "apisandbox.buildium.com"];
    assert_eq!(manifest.egress_hosts(&settings), own);
    for name in ["clientId", "secret"] {
        assert_eq!(manifest.secret_hosts(name, &settings), own);
    }
    for model in &manifest.models {
        let verdict = probe(&model.name, listed("[]", 0)).expect("a verdict");
        assert!(
            matches!(verdict, Verdict::Empty | Verdict::Unknown(_)),
            "{} is declared, so it is read",
            model.name
        );
    }
}
