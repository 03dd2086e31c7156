//! Credentials and probes.

use portcullis_manifest::{Environment, Manifest};
use portcullis_sdk::testing::{FakeHost, response};
use portcullis_sdk::{
    Connector, Credential, CredentialText, ProbeRequest, Reaction, RecordKey, Response, Result,
    Verdict,
};

use super::{ALL, LEADS, UNITS, refusal};
use crate::AppFolio;

const EMPTY: &str = r#"{"data":[],"next_page_path":null}"#;

fn validate(answer: Response) -> Result<()> {
    let host = FakeHost::new(move |_| Ok(answer.clone()));
    AppFolio::validate(&host.context("{}")).map(drop)
}

fn probe(model: &str, answer: Response) -> Result<Verdict> {
    let host = FakeHost::new(move |_| Ok(answer.clone()));
    AppFolio::probe(
        &host.context("{}"),
        ProbeRequest {
            model: model.into(),
            partition: None,
        },
    )
}

#[test]
fn only_unknown_credentials_are_refused() {
    validate(response(200, EMPTY)).expect("good credentials");
    for status in [403, 701] {
        validate(response(status, "")).expect("good credentials with few permissions");
    }
    let error = refusal(validate(response(
        401,
        r#"{"message":"Invalid credentials."}"#,
    )));
    assert_eq!(
        (error.reaction, error.message.as_str()),
        (Reaction::Unauthenticated, "Invalid credentials.")
    );
    assert_eq!(
        refusal(validate(response(400, ""))).reaction,
        Reaction::Protocol
    );
}

#[test]
fn maintenance_parks_the_run_and_limits_wait() {
    let error = refusal(validate(response(533, "")));
    assert_eq!(error.reaction, Reaction::Unavailable(Some(300_000)));
    let mut told = response(533, "");
    told.retry_after_ms = Some(60_000);
    assert_eq!(
        refusal(probe("units", told)).reaction,
        Reaction::Unavailable(Some(60_000))
    );
    let mut limited = response(429, "");
    limited.retry_after_ms = Some(7_000);
    let error = refusal(probe("units", limited));
    assert!(matches!(&error.reaction, Reaction::RateLimited(l) if l.retry_after_ms == Some(7_000)));
}

#[test]
fn the_three_secrets_go_where_they_belong_and_the_floor_goes_along() {
    let host = FakeHost::new(|_| Ok(response(200, EMPTY)));
    AppFolio::validate(&host.context("{}")).expect("good credentials");
    let request = &host.requests()[0];
    assert_eq!(
        request.url,
        "https://vendor.example/api/v0/properties?filters%5BLastUpdatedAtFrom%5D=1970-01-01T00%3A00%3A00Z\
         &page%5Bnumber%5D=1&page%5Bsize%5D=1"
    );
    let secret = |name: &str| vec![CredentialText::Secret(name.to_owned())];
    match &request.credentials[..] {
        [Credential::Basic(basic), Credential::Header(header)] => {
            assert_eq!(basic.username, secret("clientId"));
            assert_eq!(basic.password, secret("clientSecret"));
            assert_eq!(
                (header.name.as_str(), header.secret.as_str()),
                ("X-AppFolio-Developer-ID", "developerId")
            );
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(request.buckets, ["second", "minute", "hour"]);
}

#[test]
fn a_probe_tells_readable_from_empty_from_refused() {
    assert_eq!(
        probe("units", response(200, UNITS)).expect("a verdict"),
        Verdict::granted(None, Some(RecordKey::of("u1")))
    );
    assert_eq!(
        probe("units", response(200, EMPTY)).expect("a verdict"),
        Verdict::Empty
    );
    // The first lead only asked; the second applied.
    assert_eq!(
        probe("applicants", response(200, LEADS)).expect("a verdict"),
        Verdict::granted(None, Some(RecordKey::of("d2")))
    );
    let only_asking = r#"{"data":[{"Id":"d1"}],"next_page_path":"/leads?page[number]=2"}"#;
    assert_eq!(
        probe("applicants", response(200, only_asking)).expect("a verdict"),
        Verdict::granted(None, None)
    );
    let words = r#"{"errors":["No permission","for tenants."]}"#;
    assert_eq!(
        probe("residents", response(701, words)).expect("a verdict"),
        Verdict::Denied("No permission for tenants.".into())
    );
    assert!(matches!(
        probe("residents", response(403, "")).expect("a verdict"),
        Verdict::Denied(_)
    ));
    assert!(matches!(
        probe("residents", response(404, "")).expect("a verdict"),
        Verdict::Unknown(_)
    ));
    assert_eq!(
        refusal(probe("residents", response(401, ""))).reaction,
        Reaction::Unauthenticated
    );
    assert_eq!(
        refusal(probe("residents", response(200, "[]"))).reaction,
        Reaction::Protocol
    );
    assert_eq!(
        probe("listings", response(200, EMPTY)).expect("a verdict"),
        Verdict::Unsupported
    );
}

#[test]
fn the_manifest_says_what_the_code_does() {
    let manifest = Manifest::parse(include_str!("../../connector.toml")).expect("a valid manifest");
    let settings = Default::default();
    let production = manifest.base_url(Environment::Production, &settings);
    assert_eq!(production.as_deref(), Some("https://api.appfolio.com"));
    for secret in ["clientId", "clientSecret", "developerId"] {
        assert_eq!(
            manifest.secret_hosts(secret, &settings),
            manifest.egress_hosts(&settings)
        );
    }
    let limits: Vec<_> = manifest
        .limits
        .iter()
        .map(|limit| (limit.requests, limit.per.as_secs()))
        .collect();
    assert_eq!(limits, [(8, 1), (256, 60), (4096, 3600)]);
    let read = manifest.models.iter().filter(|model| model.supported);
    let models: Vec<_> = read.map(|model| &*model.name).collect();
    assert_eq!(models, ALL.map(|(model, _)| model));
    for model in models {
        let verdict = probe(model, response(200, EMPTY)).expect("a verdict");
        assert_eq!(
            verdict,
            Verdict::Empty,
            "{model} is declared, so it is read"
        );
    }
}
