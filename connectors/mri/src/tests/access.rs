//! Credentials, probes, and the customer's own host.

use std::collections::BTreeMap;

use portcullis_manifest::{Environment, Manifest};
use portcullis_sdk::testing::{FakeHost, response};
use portcullis_sdk::{
    Connector, Credential, CredentialText, ProbeRequest, Reaction, RecordKey, Response, Result,
    Verdict,
};
use serde_json::json;

use super::{SETTINGS, answer, refusal, rows};
use crate::Mri;

fn validate(answer: Response) -> Result<()> {
    let host = FakeHost::new(|_| Ok(answer.clone()));
    Mri::validate(&host.context(SETTINGS)).map(drop)
}

fn probe(model: &str, property: Option<&str>, answer: Response) -> Result<Verdict> {
    let host = FakeHost::new(|_| Ok(answer.clone()));
    Mri::probe(
        &host.context(SETTINGS),
        ProbeRequest {
            model: model.into(),
            partition: property.map(RecordKey::of),
        },
    )
}

#[test]
fn only_an_unknown_user_is_refused() {
    validate(answer(&json!([]), None)).expect("a good user");
    validate(response(200, "{}")).expect("no rows at all");
    validate(response(403, "")).expect("a good user without this API");
    let unknown = response(401, r#"{"error":{"code":"401","message":"Who?"}}"#);
    let error = refusal(validate(unknown));
    assert_eq!(
        (error.reaction, error.message.as_str()),
        (Reaction::Unauthenticated, "Who?")
    );
    let words = |body: &str| refusal(validate(response(400, body))).message;
    assert_eq!(words(r#"{"error":"Bad."}"#), "Bad.");
    assert_eq!(words(r#"{"message":"Worse."}"#), "Worse.");
    // An error page of the web server's.
    let page = refusal(validate(response(200, "<html>")));
    assert_eq!(page.reaction, Reaction::Protocol);
}

#[test]
fn the_user_name_is_put_together_and_its_last_part_is_secret() {
    let host = FakeHost::new(|_| Ok(answer(&json!([]), None)));
    Mri::validate(&host.context(SETTINGS)).expect("a good user");
    let requests = host.requests();
    let [Credential::Basic(basic)] = requests[0].credentials.as_slice() else {
        panic!("basic and nothing else")
    };
    assert_eq!(
        basic.username,
        [
            CredentialText::Plain("C1/DB/user/".into()),
            CredentialText::Secret("partnerKey".into())
        ]
    );
    assert_eq!(basic.password, [CredentialText::Secret("password".into())]);
    assert_eq!(
        requests[0].url,
        "https://vendor.example/mriapiservices/api.asp?%24api=MRI_S-PMRM_PropertyIDByNameOrAddress\
         &%24format=json&%24top=1"
    );
}

#[test]
fn a_time_zone_that_is_none_is_the_operators_to_mend() {
    let host = FakeHost::new(|_| Ok(answer(&json!([]), None)));
    let settings = SETTINGS.replace("America/New_York", "Nowhere/Land");
    let error = refusal(Mri::validate(&host.context(&settings)));
    let Reaction::InvalidSettings(problems) = error.reaction else {
        panic!("invalid settings")
    };
    assert_eq!(problems[0].field, "timeZone");
    assert!(host.requests().is_empty());
}

#[test]
fn probes_tell_readable_empty_and_refused() {
    let granted = |id: &str| Ok(Verdict::granted(None, Some(RecordKey::of(id))));
    let given = |model: &str| answer(&rows(model), None);
    assert_eq!(
        probe("properties", None, given("properties")),
        granted("GC01")
    );
    assert_eq!(
        probe("units", Some("GC01"), given("units")),
        granted("GC01/01/101")
    );
    assert_eq!(
        probe("leases", Some("GC01"), given("leases")),
        granted("GC01/01/101/1")
    );
    assert_eq!(
        probe("residents", Some("GC01"), answer(&json!([]), None)),
        Ok(Verdict::Empty)
    );
    assert!(matches!(
        probe("residents", None, answer(&json!([]), None)),
        Ok(Verdict::Unknown(_))
    ));
    let refused = response(403, r#"{"error":{"message":"Not this API."}}"#);
    assert_eq!(
        probe("units", Some("GC01"), refused),
        Ok(Verdict::Denied("Not this API.".into()))
    );
    assert!(matches!(
        probe("units", Some("GC01"), response(400, "")),
        Ok(Verdict::Unknown(_))
    ));
    assert_eq!(
        probe("applicants", None, answer(&json!([]), None)),
        Ok(Verdict::Unsupported)
    );
    assert_eq!(
        refusal(probe("units", Some("GC01"), response(401, ""))).reaction,
        Reaction::Unauthenticated
    );
}

#[test]
fn the_manifest_binds_requests_to_the_customers_host() {
    let manifest = Manifest::parse(include_str!("../../connector.toml")).expect("a manifest");
    let server = BTreeMap::from([(
        "server".to_owned(),
        "https://mri.customer.example/".to_owned(),
    )]);
    assert_eq!(
        manifest
            .base_url(Environment::Production, &server)
            .as_deref(),
        Some("https://mri.customer.example")
    );
    assert_eq!(manifest.egress_hosts(&server), ["mri.customer.example"]);
    for secret in ["partnerKey", "password"] {
        assert_eq!(
            manifest.secret_hosts(secret, &server),
            ["mri.customer.example"]
        );
    }
    assert!(manifest.egress_hosts(&BTreeMap::new()).is_empty());
}
