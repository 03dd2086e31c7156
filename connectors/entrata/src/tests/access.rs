//! Credentials, probes, and errors within HTTP 200.

use portcullis_manifest::{Environment, Manifest};
use portcullis_sdk::testing::{FakeHost, call_context, response};
use portcullis_sdk::{
    Connector, Context, Credential, CredentialText, ProbeRequest, Reaction, RecordKey, Response,
    Result, Verdict,
};
use serde_json::{Value, json};

use super::{answer, error, keyed, refusal, result};
use crate::Entrata;

fn validate(answer: Response) -> Result<()> {
    let host = FakeHost::new(|_| Ok(answer.clone()));
    Entrata::validate(&keyed(&host)).map(drop)
}

fn probe(model: &str, partition: Option<&str>, answer: Response) -> Result<Verdict> {
    let host = FakeHost::new(|_| Ok(answer.clone()));
    Entrata::probe(
        &keyed(&host),
        ProbeRequest {
            model: model.into(),
            partition: partition.map(RecordKey::of),
        },
    )
}

#[test]
fn the_code_in_the_envelope_decides_whatever_the_status() {
    validate(answer(&json!({ "status": "Success" }))).expect("a good key");
    let reaction = |status, code: Value| refusal(validate(error(status, &code))).reaction;
    assert_eq!(reaction(200, json!(401)), Reaction::Unauthenticated);
    assert_eq!(reaction(200, json!("401")), Reaction::Unauthenticated);
    assert_eq!(reaction(400, json!(403)), Reaction::Forbidden);
    assert_eq!(reaction(200, json!(305)), Reaction::Fail);
    assert_eq!(reaction(200, json!(105)), Reaction::Fail);
    assert_eq!(reaction(200, json!(501)), Reaction::Unavailable(None));
    assert_eq!(refusal(validate(error(200, &json!(305)))).message, "No.");
    assert_eq!(
        refusal(validate(response(401, "<html>"))).reaction,
        Reaction::Unauthenticated
    );
    assert_eq!(
        refusal(validate(response(200, "<html>"))).reaction,
        Reaction::Protocol
    );
    assert_eq!(
        refusal(validate(response(200, r#"{"response":{"code":200}}"#))).reaction,
        Reaction::Protocol
    );
}

#[test]
fn a_used_up_window_says_how_long_to_wait() {
    let mut refused = error(429, &json!(429));
    refused.headers = [
        ("x-ratelimit-limit", "15000/DAY;1000/HOUR;150/MINUTE"),
        ("x-ratelimit-remaining", "14000;0;0"),
        ("x-ratelimit-reset", "80000;1800;20"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let Reaction::RateLimited(limit) = refusal(validate(refused)).reaction else {
        panic!("the limit is reached")
    };
    assert_eq!(limit.retry_after_ms, Some(1_800_000));
}

#[test]
fn the_key_or_the_user_goes_along_and_the_method_stands_in_the_body() {
    let host = FakeHost::new(|_| Ok(answer(&json!({}))));
    Entrata::validate(&keyed(&host)).expect("a good key");
    let mut call = call_context(r#"{"org":"acme"}"#);
    call.secrets = vec!["username".into(), "password".into()];
    Entrata::validate(&Context::new(call, &host)).expect("a good user");
    let requests = host.requests();
    assert_eq!(
        requests[0].url,
        "https://vendor.example/ext/orgs/acme/v1/status"
    );
    assert_eq!(
        requests[0].buckets,
        ["status-minute", "status-hour", "status-day"]
    );
    assert!(matches!(
        &requests[0].credentials[..],
        [Credential::Header(header)] if header.name == "x-api-key" && header.secret == "apiKey"
    ));
    let Credential::Basic(basic) = &requests[1].credentials[0] else {
        panic!("basic")
    };
    assert_eq!(basic.username, [CredentialText::Secret("username".into())]);
    assert_eq!(basic.password, [CredentialText::Secret("password".into())]);
    for (request, kind) in requests.iter().zip(["apikey", "basic"]) {
        let body: Value =
            serde_json::from_slice(request.body.as_deref().expect("a body")).expect("JSON");
        assert_eq!(body["auth"]["type"], kind);
        assert_eq!(body["method"]["name"], "getStatus");
    }
}

#[test]
fn a_generic_error_in_a_probe_is_not_a_refusal() {
    let granted = |count, id: &str| Ok(Verdict::granted(count, Some(RecordKey::of(id))));
    assert_eq!(
        probe("properties", None, answer(&result("properties"))),
        granted(Some(2), "11")
    );
    assert_eq!(
        probe("leases", Some("11"), answer(&result("leases"))),
        granted(None, "7001")
    );
    assert_eq!(
        probe("residents", Some("11"), answer(&result("residents"))),
        granted(None, "501")
    );
    assert_eq!(
        probe("units", Some("11"), answer(&json!({ "properties": [] }))),
        Ok(Verdict::Empty)
    );
    assert!(matches!(
        probe("units", None, answer(&json!({}))),
        Ok(Verdict::Unknown(_))
    ));
    assert_eq!(
        probe("units", Some("11"), error(200, &json!(305))),
        Ok(Verdict::Unknown("No.".into()))
    );
    assert_eq!(
        probe("units", Some("11"), error(200, &json!(403))),
        Ok(Verdict::Denied("No.".into()))
    );
    assert_eq!(
        probe("applicants", None, answer(&json!({}))),
        Ok(Verdict::Unsupported)
    );
    assert_eq!(
        refusal(probe("units", Some("11"), error(200, &json!(401)))).reaction,
        Reaction::Unauthenticated
    );
}

#[test]
fn the_manifest_is_a_good_one() {
    let manifest = Manifest::parse(include_str!("../../connector.toml")).expect("a manifest");
    let base = manifest.base_url(Environment::Production, &Default::default());
    assert_eq!(base.as_deref(), Some("https://apis.entrata.com"));
    for model in ["units", "leases", "residents"] {
        let model = manifest.model(model).expect("a model");
        let partition = model.partitioned_by.as_ref().expect("a partition");
        assert_eq!(partition.model, "properties");
    }
    // Each method draws from three limits, and each of them is declared.
    for method in ["status", "properties", "units", "leases", "residents"] {
        for window in ["minute", "hour", "day"] {
            let name = format!("{method}-{window}");
            assert!(
                manifest.limits.iter().any(|limit| limit.name == name),
                "{name}"
            );
        }
    }
}
