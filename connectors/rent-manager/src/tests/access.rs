//! Log-in, log-out, credentials and probes.

use portcullis_manifest::{Environment, Manifest};
use portcullis_sdk::testing::{FakeHost, response};
use portcullis_sdk::{
    Connector, Credential, Escaping, ProbeRequest, Reaction, RecordKey, Response, Result,
    SessionConnector, Source, Verdict,
};

use super::{ALL, LEASES, context, refusal, with};
use crate::RentManager;

fn probe(model: &str, answer: Response) -> Result<Verdict> {
    let host = FakeHost::new(move |_| Ok(answer.clone()));
    RentManager::probe(
        &context(&host, "password"),
        ProbeRequest {
            model: model.into(),
            partition: None,
        },
    )
}

fn open(mut answer: Response, captured: bool) -> Result<Option<String>> {
    if captured {
        answer.captured = vec!["apiToken".into()];
    }
    let host = FakeHost::new(move |_| Ok(answer.clone()));
    RentManager::open(&context(&host, "password"))
}

#[test]
fn logging_in_trades_the_password_for_a_token_that_nobody_sees() {
    let host = FakeHost::new(|_| {
        let mut answer = response(200, "\"********\"");
        answer.captured = vec!["apiToken".into()];
        Ok(answer)
    });
    let session = RentManager::open(&context(&host, "password")).expect("a session");
    assert_eq!(session, None);
    let request = &host.requests()[0];
    assert_eq!(
        request.url,
        "https://vendor.example/Authentication/AuthorizeUser"
    );
    let body: serde_json::Value =
        serde_json::from_slice(request.body.as_deref().expect("a body")).expect("JSON");
    assert_eq!(
        (&body["Username"], &body["LocationID"]),
        (&"ada \"x\"".into(), &7.into())
    );
    match &request.credentials[..] {
        [Credential::Body(place)] => {
            assert_eq!(place.secret, "password");
            assert_eq!(place.escaping, Escaping::JsonString);
            assert_eq!(body["Password"], place.mark.as_str());
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(request.captures[0].secret, "apiToken");
    assert_eq!(request.captures[0].source, Source::Body);
}

#[test]
fn what_a_log_in_can_come_to() {
    let words = r#"{"UserMessage":"Invalid user.","DeveloperMessage":"x"}"#;
    let error = refusal(open(response(401, words), false));
    assert_eq!(
        (error.reaction, error.message.as_str()),
        (Reaction::Unauthenticated, "Invalid user.")
    );
    // The eleventh token.
    let words =
        r#"{"DeveloperMessage":"This user has authenticated the maximum number of times."}"#;
    let error = refusal(open(response(400, words), false));
    assert_eq!(error.reaction, Reaction::Unavailable(Some(300_000)));
    assert_eq!(
        error.code.as_deref(),
        Some("rent-manager.too-many-sessions")
    );
    assert_eq!(
        refusal(open(response(503, ""), false)).reaction,
        Reaction::Unavailable(None)
    );
    assert_eq!(
        refusal(open(response(200, "null"), false)).reaction,
        Reaction::Protocol
    );
    assert!(open(response(200, "\"x\""), true).is_ok());
}

#[test]
fn logging_out_names_the_token_and_takes_one_that_is_over() {
    for status in [200, 204, 401, 404] {
        let host = FakeHost::new(|_| Ok(response(status, "")));
        RentManager::close(&context(&host, "password")).expect("given back");
        let request = &host.requests()[0];
        assert_eq!(
            request.url,
            "https://vendor.example/Authentication/Deauthorize"
        );
        assert!(
            matches!(&request.credentials[..], [Credential::Query(token)]
                if token.name == "token" && token.secret == "apiToken")
        );
    }
    let host = FakeHost::new(|_| Ok(response(500, "")));
    assert!(RentManager::close(&context(&host, "password")).is_err());
}

#[test]
fn a_token_that_is_over_is_renewed_and_a_partners_is_refused() {
    let host = FakeHost::new(|_| Ok(response(401, "")));
    let error = refusal(RentManager::validate(&context(&host, "password")));
    assert_eq!(error.reaction, Reaction::SessionExpired);
    let error = refusal(RentManager::validate(&context(&host, "partnerToken")));
    assert_eq!(error.reaction, Reaction::Unauthenticated);
    let sent: Vec<_> = host
        .requests()
        .iter()
        .map(|request| match &request.credentials[..] {
            [Credential::Header(header)] => (header.name.clone(), header.secret.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        sent,
        [
            ("X-RM12Api-ApiToken".to_owned(), "apiToken".to_owned()),
            (
                "X-RM12Api-PartnerToken".to_owned(),
                "partnerToken".to_owned()
            ),
        ]
    );
    let location = ("X-RM12Api-LocationID".to_owned(), "7".to_owned());
    assert!(host.requests()[1].headers.contains(&location));
}

#[test]
fn few_privileges_and_no_properties_are_good_credentials() {
    for status in [200, 204, 206, 403, 404] {
        let host = FakeHost::new(|_| Ok(response(status, "")));
        RentManager::validate(&context(&host, "password")).expect("good credentials");
    }
}

#[test]
fn a_probe_tells_readable_from_empty_from_refused() {
    let some = with(response(206, LEASES), &[("x-total-results", "1234")]);
    assert_eq!(
        probe("leases", some).expect("a verdict"),
        Verdict::granted(Some(1234), Some(RecordKey::of("900")))
    );
    for nothing in [
        response(404, r#"{"DeveloperMessage":"No records"}"#),
        response(200, ""),
        response(200, " \r\n"),
        response(204, ""),
        response(200, "[]"),
    ] {
        assert_eq!(probe("leases", nothing).expect("a verdict"), Verdict::Empty);
    }
    let words = r#"{"UserMessage":"No access to leases."}"#;
    assert_eq!(
        probe("leases", response(403, words)).expect("a verdict"),
        Verdict::Denied("No access to leases.".into())
    );
    assert!(matches!(
        probe("leases", response(412, "")).expect("a verdict"),
        Verdict::Unknown(_)
    ));
    assert_eq!(
        refusal(probe("leases", response(401, ""))).reaction,
        Reaction::SessionExpired
    );
    assert_eq!(
        probe("applicants", response(200, "[]")).expect("a verdict"),
        Verdict::Unsupported
    );
}

#[test]
fn a_refusal_for_too_many_requests_says_when_to_come_back() {
    let limited = with(
        response(429, ""),
        &[
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1767225630"),
        ],
    );
    let error = refusal(probe("leases", limited));
    let Reaction::RateLimited(limit) = error.reaction else {
        panic!("{error:?}")
    };
    assert_eq!(
        (limit.remaining, limit.resets_at),
        (Some(0), Some(1_767_225_630_000))
    );
}

#[test]
fn the_manifest_says_what_the_code_does() {
    let manifest = Manifest::parse(include_str!("../../connector.toml")).expect("a valid manifest");
    let settings = [("companyCode".to_owned(), "simco".to_owned())].into();
    let own = ["simco.api.rentmanager.com"];
    assert_eq!(
        manifest
            .base_url(Environment::Production, &settings)
            .as_deref(),
        Some("https://simco.api.rentmanager.com")
    );
    assert_eq!(manifest.egress_hosts(&settings), own);
    for secret in ["password", "partnerToken", "apiToken"] {
        assert_eq!(manifest.secret_hosts(secret, &settings), own, "{secret}");
    }
    let session = manifest.session.as_ref().expect("a session");
    assert_eq!(session.when_secret.as_deref(), Some("password"));
    assert_eq!(session.idle.map(|idle| idle.as_secs()), Some(900));
    assert_eq!(session.live, Some(10));
    let read = manifest.models.iter().filter(|model| model.supported);
    let read: Vec<_> = read.map(|model| &*model.name).collect();
    assert_eq!(read, ALL.map(|(model, _)| model));

    let typed = |fields: &[(&str, &str)]| {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        manifest.split_fields(&fields.collect())
    };
    let company = ("companyCode", "simco");
    let user = [company, ("username", "ada"), ("password", "12345678")];
    let partner = [company, ("partnerToken", "12345678")];
    assert!(typed(&user).is_ok() && typed(&partner).is_ok());
    assert!(typed(&[company]).is_err(), "one way in is wanted");
    assert!(
        typed(&[company, user[1], user[2], partner[1]]).is_err(),
        "and only one"
    );
    assert!(typed(&[("companyCode", "evil.example/"), user[1], user[2]]).is_err());
}
