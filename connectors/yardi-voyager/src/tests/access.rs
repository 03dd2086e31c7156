//! Envelopes, credentials, licences and probes.

use portcullis_manifest::{Environment, Manifest};
use portcullis_sdk::testing::{FakeHost, response};
use portcullis_sdk::{
    Connector, Credential, Escaping, ProbeRequest, Reaction, RecordKey, Response, Result, Verdict,
};

use super::{ALL, PROPERTIES, RESIDENTS, UNITS, context, messages, refusal};
use crate::YardiVoyager;

const PROPERTIES_METHOD: &str = "GetPropertyConfigurations";

fn validate(licences: &[&str], answer: Response) -> Result<()> {
    let host = FakeHost::new(move |_| Ok(answer.clone()));
    YardiVoyager::validate(&context(&host, licences)).map(drop)
}

fn probe(model: &str, licences: &[&str], body: &str) -> Result<Verdict> {
    let host = FakeHost::new(|_| Ok(response(200, body)));
    let partition = (model != "properties").then(|| RecordKey::of("maple"));
    YardiVoyager::probe(
        &context(&host, licences),
        ProbeRequest {
            model: model.into(),
            partition,
        },
    )
}

#[test]
fn a_call_is_an_envelope_with_two_marks_and_five_settings() {
    let host = FakeHost::new(|_| Ok(response(200, UNITS)));
    let verdict = YardiVoyager::probe(
        &context(&host, &ALL),
        ProbeRequest {
            model: "units".into(),
            partition: Some(RecordKey::of("m<ple")),
        },
    );
    verdict.expect("a verdict");
    let request = &host.requests()[0];
    assert_eq!(request.url, "https://vendor.example/ItfILSGuestCard.asmx");
    let action =
        "\"http://tempuri.org/YSI.Interfaces.WebServices/ItfILSGuestCard/UnitAvailability_Login\"";
    assert!(
        request
            .headers
            .contains(&("SOAPAction".into(), action.into()))
    );
    let body = String::from_utf8(request.body.clone().expect("a body")).expect("text");
    for part in [
        "<UserName>ws &amp; co</UserName>",
        "<ServerName>aspdb04</ServerName><Database>live</Database><Platform>SQL Server</Platform>",
        "<InterfaceEntity>Portcullis</InterfaceEntity>",
        "<YardiPropertyId>m&lt;ple</YardiPropertyId>",
    ] {
        assert!(body.contains(part), "{body} lacks {part}");
    }
    let marked: Vec<_> = request
        .credentials
        .iter()
        .map(|credential| match credential {
            Credential::Body(place) => {
                assert_eq!(place.escaping, Escaping::XmlText);
                assert_eq!(body.matches(&place.mark).count(), 1);
                place.secret.as_str()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(marked, ["password", "guestCardLicense"]);
}

#[test]
fn an_interface_may_have_an_address_of_its_own() {
    let settings = super::SETTINGS.replace(
        "\"database\"",
        "\"residentDataUrl\":\"https://other.example/x/ItfResidentData20.asmx\",\"database\"",
    );
    let host = FakeHost::new(|_| Ok(response(200, PROPERTIES)));
    let mut call = portcullis_sdk::testing::call_context(&settings);
    call.secrets = vec!["password".into(), "residentDataLicense".into()];
    let ctx = portcullis_sdk::Context::new(call, &host);
    YardiVoyager::validate(&ctx).expect("good credentials");
    assert_eq!(
        host.urls(),
        ["https://other.example/x/ItfResidentData20.asmx"]
    );
}

#[test]
fn only_wrong_credentials_are_refused() {
    let said = |text: &str| response(200, &messages(PROPERTIES_METHOD, text));
    validate(&ALL, response(200, PROPERTIES)).expect("good credentials");
    validate(&ALL, said("This interface license has expired.")).expect("good credentials");
    let error = refusal(validate(&ALL, said("Login failed: user name or password.")));
    assert_eq!(
        (error.reaction, error.message.as_str()),
        (
            Reaction::Unauthenticated,
            "Login failed: user name or password."
        )
    );
    let error = refusal(validate(&[], response(200, PROPERTIES)));
    assert!(matches!(error.reaction, Reaction::InvalidSettings(_)));
    assert_eq!(
        refusal(validate(&ALL, said("Object reference not set."))).reaction,
        Reaction::Fail
    );
    let fault = "<e:Envelope xmlns:e=\"x\"><e:Body><e:Fault><faultstring>Server was unable</faultstring></e:Fault></e:Body></e:Envelope>";
    let error = refusal(validate(&ALL, response(500, fault)));
    assert_eq!(
        (error.reaction, error.message.as_str()),
        (Reaction::Unavailable(None), "Server was unable")
    );
    for odd in ["<html>", "{}", "<Envelope/>", fault] {
        assert_eq!(
            refusal(validate(&ALL, response(200, odd))).reaction,
            Reaction::Protocol,
            "{odd}"
        );
    }
}

#[test]
fn access_is_known_interface_by_interface() {
    assert_eq!(
        probe("properties", &ALL, PROPERTIES).expect("a verdict"),
        Verdict::granted(Some(3), Some(RecordKey::of("maple")))
    );
    assert_eq!(
        probe("units", &ALL, UNITS).expect("a verdict"),
        Verdict::granted(None, Some(RecordKey::within("maple", "101")))
    );
    assert_eq!(
        probe("leases", &ALL, RESIDENTS).expect("a verdict"),
        Verdict::granted(None, Some(RecordKey::of("t0000001")))
    );
    // Without a licence nothing is asked.
    let host = FakeHost::new(|_| Ok(response(500, "")));
    let verdict = YardiVoyager::probe(
        &context(&host, &["residentDataLicense"]),
        ProbeRequest {
            model: "units".into(),
            partition: Some(RecordKey::of("maple")),
        },
    );
    assert!(matches!(verdict, Ok(Verdict::NotLicensed(_))));
    assert!(host.urls().is_empty());
    // Properties can be asked of the other interface.
    let verdict = probe("properties", &["guestCardLicense"], PROPERTIES).expect("a verdict");
    assert!(matches!(verdict, Verdict::Granted(_)));

    let said = |text: &str| {
        probe("units", &ALL, &messages("UnitAvailability_Login", text)).expect("a verdict")
    };
    assert_eq!(
        said("Invalid Interface License."),
        Verdict::NotLicensed("Invalid Interface License.".into())
    );
    assert_eq!(
        said("Interface entity does not have access to property."),
        Verdict::Denied("Interface entity does not have access to property.".into())
    );
    assert_eq!(said("No records found."), Verdict::Empty);
    assert!(matches!(said("Timeout expired."), Verdict::Unknown(_)));
    let empty = "<E><UnitAvailability_LoginResult/></E>";
    assert_eq!(
        probe("units", &ALL, empty).expect("a verdict"),
        Verdict::Empty
    );
    let wrong = messages("UnitAvailability_Login", "Login failed.");
    assert_eq!(
        refusal(probe("units", &ALL, &wrong)).reaction,
        Reaction::Unauthenticated
    );
    assert_eq!(
        probe("applicants", &ALL, "").expect("a verdict"),
        Verdict::Unsupported
    );
}

#[test]
fn the_manifest_says_what_the_code_does() {
    let manifest = Manifest::parse(include_str!("../../connector.toml")).expect("a valid manifest");
    let settings = [
        ("url", "https://www.yardiasp14.com/21253live/webservices/"),
        ("guestCardUrl", "https://ils.example/x.asmx"),
    ];
    let settings = settings
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    assert_eq!(
        manifest
            .base_url(Environment::Production, &settings)
            .as_deref(),
        Some("https://www.yardiasp14.com/21253live/webservices")
    );
    let both = ["ils.example", "www.yardiasp14.com"];
    assert_eq!(manifest.egress_hosts(&settings), both);
    assert_eq!(manifest.secret_hosts("password", &settings), both);
    assert_eq!(manifest.secret_hosts("guestCardLicense", &settings), both);
    assert_eq!(
        manifest.secret_hosts("residentDataLicense", &settings),
        both[1..]
    );
    let residents = manifest.model("residents").expect("a model");
    assert_eq!(residents.with.as_deref(), Some("leases"));
    for model in ["units", "leases"] {
        let partition = manifest
            .model(model)
            .and_then(|model| model.partitioned_by.as_ref());
        assert_eq!(partition.expect("a partition").model, "properties");
    }
}
