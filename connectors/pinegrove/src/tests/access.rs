//! The token, signatures, probes, and what refusals come to.

use portcullis_manifest::{Environment, Manifest};
use portcullis_sdk::testing::{FakeHost, response};
use portcullis_sdk::{
    Connector, Credential, HmacCredential, Method, ProbeRequest, Reaction, RecordKey,
    SessionConnector, Source, TimeUnit, Verdict,
};

use super::{found, records, refusal};
use crate::Pinegrove;

fn refused(status: u16, code: &str) -> Reaction {
    let body = format!(r#"{{"error":{{"code":"{code}","message":"No."}}}}"#);
    let host = FakeHost::new(|_| Ok(response(status, &body)));
    let error = refusal(Pinegrove::validate(&host.context("{}")));
    assert_eq!(error.message, "No.");
    error.reaction
}

fn probe(model: &str, status: u16, body: &str) -> Result<Verdict, portcullis_sdk::Error> {
    let host = FakeHost::new(|_| Ok(response(status, body)));
    Pinegrove::probe(
        &host.context("{}"),
        ProbeRequest {
            model: model.into(),
            partition: None,
        },
    )
}

#[test]
fn a_token_is_asked_for_with_secrets_in_the_form_and_goes_to_the_host() {
    let host = FakeHost::new(|_| {
        let mut answer = response(200, r#"{"access_token":"***","expires_in":86400}"#);
        answer.captured = vec!["accessToken".into()];
        Ok(answer)
    });
    assert_eq!(Pinegrove::open(&host.context("{}")), Ok(None));
    let requests = host.requests();
    let [request] = requests.as_slice() else {
        panic!("one request")
    };
    assert_eq!(request.method, Method::Post);
    assert_eq!(request.url, "https://vendor.example/oauth/token");
    assert_eq!(
        request.body.as_deref(),
        Some(b"grant_type=client_credentials".as_slice())
    );
    let named = |credential: &Credential| match credential {
        Credential::Form(named) => (named.name.clone(), named.secret.clone()),
        other => panic!("{other:?}"),
    };
    let fields: Vec<_> = request.credentials.iter().map(named).collect();
    let pair = |name: &str, secret: &str| (name.to_owned(), secret.to_owned());
    assert_eq!(
        fields,
        [
            pair("client_id", "clientId"),
            pair("client_secret", "clientSecret")
        ]
    );
    let capture = &request.captures[0];
    assert_eq!(capture.secret, "accessToken");
    assert_eq!(capture.source, Source::JsonPointer("/access_token".into()));
    let lifetime = capture.lifetime.as_ref().expect("a lifetime");
    assert_eq!(lifetime.source, Source::JsonPointer("/expires_in".into()));
    assert_eq!(lifetime.unit, TimeUnit::Seconds);
}

#[test]
fn a_token_that_is_refused_or_missing_is_no_session() {
    let open = |status, body: &str| {
        let host = FakeHost::new(|_| Ok(response(status, body)));
        refusal(Pinegrove::open(&host.context("{}"))).reaction
    };
    let refused = |code: &str| format!(r#"{{"error":{{"code":"{code}"}}}}"#);
    assert_eq!(
        open(401, &refused("invalid_client")),
        Reaction::Unauthenticated
    );
    assert!(matches!(
        open(429, &refused("token_quota_exhausted")),
        Reaction::RateLimited(_)
    ));
    assert_eq!(open(200, "{}"), Reaction::Protocol);
}

#[test]
fn requests_are_signed_over_time_method_path_and_body() {
    let body = found(&records("units"), None);
    let host = FakeHost::new(|_| Ok(response(200, &body)));
    let request = ProbeRequest {
        model: "units".into(),
        partition: None,
    };
    Pinegrove::probe(&host.context("{}"), request).expect("a verdict");
    let requests = host.requests();
    let sent = requests[0].body.clone().expect("a body");
    let message = |credential: &Credential| match credential {
        Credential::Hmac(HmacCredential {
            header,
            prefix,
            key,
            message,
            ..
        }) => {
            assert_eq!(
                (header.as_str(), prefix.as_deref(), key.as_str()),
                ("x-pinegrove-signature", Some("v1="), "signingKey")
            );
            Some(String::from_utf8(message.clone()).expect("text"))
        }
        _ => None,
    };
    let signed = requests[0].credentials.iter().find_map(message);
    let expected = format!(
        "1767225600000\nPOST\n/v1/units/search\n{}",
        String::from_utf8(sent).expect("text")
    );
    assert_eq!(signed, Some(expected));
    let header = |name: &str| {
        let found = requests[0]
            .headers
            .iter()
            .find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(header("x-pinegrove-timestamp"), Some("1767225600000"));
    assert!(requests[0].credentials.iter().any(|credential| matches!(
        credential,
        Credential::Header(header) if header.secret == "accessToken"
    )));
}

#[test]
fn the_code_of_a_refusal_decides() {
    assert_eq!(refused(401, "token_expired"), Reaction::SessionExpired);
    assert_eq!(refused(401, "token_unknown"), Reaction::SessionExpired);
    assert_eq!(refused(401, "signature_invalid"), Reaction::Unauthenticated);
    assert_eq!(refused(401, "clock_skew"), Reaction::Unavailable(None));
    assert_eq!(refused(410, "cursor_expired"), Reaction::CursorExpired);
    assert_eq!(refused(403, "access_off"), Reaction::Forbidden);
    assert!(matches!(
        refused(429, "slow_down"),
        Reaction::RateLimited(_)
    ));
    assert_eq!(refused(404, "not_found"), Reaction::Protocol);
}

#[test]
fn the_account_says_whose_the_credentials_are() {
    let host = FakeHost::new(|_| Ok(response(200, r#"{"id":"acc_1","name":"Acme","new":1}"#)));
    let identity = Pinegrove::validate(&host.context("{}")).expect("an account");
    assert_eq!(identity.account_id.as_deref(), Some("acc_1"));
    assert_eq!(identity.display_name.as_deref(), Some("Acme"));
}

#[test]
fn probes_tell_readable_empty_and_refused() {
    let units = found(&records("units"), Some("next"));
    assert_eq!(
        probe("units", 200, &units),
        Ok(Verdict::granted(Some(3), Some(RecordKey::of("unt_1"))))
    );
    assert_eq!(
        probe("units", 200, r#"{"items":[],"next_cursor":null}"#),
        Ok(Verdict::Empty)
    );
    let off = r#"{"error":{"code":"access_off","message":"API access is switched off."}}"#;
    assert_eq!(
        probe("leases", 403, off),
        Ok(Verdict::Denied("API access is switched off.".into()))
    );
    assert!(matches!(probe("leases", 404, ""), Ok(Verdict::Unknown(_))));
    assert_eq!(probe("invoices", 200, "{}"), Ok(Verdict::Unsupported));
    let over = r#"{"error":{"code":"token_expired"}}"#;
    assert_eq!(
        refusal(probe("leases", 401, over)).reaction,
        Reaction::SessionExpired
    );
}

#[test]
fn the_manifest_is_a_good_one() {
    let manifest = Manifest::parse(include_str!("../../connector.toml")).expect("a manifest");
    assert_eq!(manifest.models.len(), 16);
    let base = manifest.base_url(Environment::Production, &Default::default());
    assert_eq!(base.as_deref(), Some("https://api.pinegrove.example"));
    // Requests draw from both limits, and both are declared.
    let limits: Vec<_> = manifest
        .limits
        .iter()
        .map(|limit| limit.name.as_str())
        .collect();
    assert_eq!(limits, ["default", "minute"]);
    let session = manifest.session.expect("a session");
    assert_eq!(session.minting.expect("a quota").opens, 5);
    assert_eq!(session.secrets[0].name, "accessToken");
}
