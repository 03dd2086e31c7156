//! Pages, spans and documents.

use portcullis_sdk::model::{
    Applicant, ApplicantType, Application, ApplicationStatus, Lease, LeaseStatus, Property,
    PropertyType, Resident, ResidentType, Unit,
};
use portcullis_sdk::testing::{FakeHost, page_request, response};
use portcullis_sdk::{Connector, Next, Reaction, Span, Window};
use serde_json::{Value, json};

use super::{documents, found, pull_all, records, refusal, some};
use crate::Pinegrove;

fn sent(host: &FakeHost<'_>) -> Vec<Value> {
    let bodies = host.requests().into_iter().map(|request| request.body);
    bodies
        .map(|body| serde_json::from_slice(&body.expect("a body")).expect("JSON"))
        .collect()
}

#[test]
fn a_cursor_is_passed_on_until_there_is_none() {
    let host = FakeHost::new(|request| {
        let body: Value =
            serde_json::from_slice(request.body.as_deref().unwrap_or_default()).expect("a search");
        let next = body["cursor"].is_null().then_some("second");
        let mut answer = response(200, &found(&records("units"), next));
        answer.headers = vec![
            ("ratelimit-remaining".into(), "7".into()),
            ("ratelimit-reset".into(), "30".into()),
        ];
        Ok(answer)
    });
    let ctx = host.context("{}");
    let page = Pinegrove::pull(&ctx, page_request("units")).expect("a page");
    assert_eq!(page.next, Next::More("second".into()));
    assert_eq!(page.pacing[0].remaining, Some(7));
    assert_eq!(page.pacing[0].resets_at, Some(1_767_225_630_000));
    let mut request = page_request("units");
    request.cursor = some("second");
    let page = Pinegrove::pull(&ctx, request).expect("a page");
    assert_eq!(page.next, Next::Complete(some("2025-12-31T23:59:00Z")));
    assert_eq!(
        sent(&host),
        [
            json!({ "limit": 250 }),
            json!({ "limit": 250, "cursor": "second" })
        ]
    );
}

#[test]
fn a_cursor_that_stands_still_is_no_answer() {
    let body = found(&records("units"), Some("same"));
    let host = FakeHost::new(|_| Ok(response(200, &body)));
    let mut request = page_request("units");
    request.cursor = some("same");
    let error = refusal(Pinegrove::pull(&host.context("{}"), request));
    assert_eq!(error.reaction, Reaction::Protocol);
}

#[test]
fn changes_are_asked_for_between_the_watermark_and_the_start_of_the_run() {
    let gone = json!([{ "id": "unt_9", "deleted_at": "2025-12-31T10:00:00.250Z" }]);
    let body = found(&gone, None);
    let host = FakeHost::new(|_| Ok(response(200, &body)));
    let ctx = host.context("{}");
    let mut request = page_request("units");
    request.started_at += 1;
    request.span = Span::Since("2025-12-31T09:00:00.5Z".into());
    let page = Pinegrove::pull(&ctx, request).expect("a page");
    let batch = &page.batches[0];
    assert!(batch.upserts.is_empty() && batch.omissions.is_empty());
    assert_eq!(batch.tombstones[0].key.external_id, "unt_9");
    assert_eq!(batch.tombstones[0].deleted_at, Some(1_767_175_200_250));
    assert_eq!(page.next, Next::Complete(some("2025-12-31T23:59:00.001Z")));

    let mut request = page_request("units");
    request.span = Span::Window(Window {
        start: 0,
        end: 1_500,
    });
    let page = Pinegrove::pull(&ctx, request).expect("a page");
    assert_eq!(page.next, Next::Complete(None));
    assert_eq!(
        sent(&host),
        [
            json!({ "limit": 250, "changed_since": "2025-12-31T09:00:00.500Z",
                "changed_until": "2026-01-01T00:00:00.001Z" }),
            json!({ "limit": 250, "changed_since": "1970-01-01T00:00:00Z",
                "changed_until": "1970-01-01T00:00:01.500Z" }),
        ]
    );
    let mut request = page_request("units");
    request.span = Span::Since("yesterday".into());
    assert_eq!(
        refusal(Pinegrove::pull(&ctx, request)).reaction,
        Reaction::WatermarkExpired
    );
}

#[test]
fn a_page_that_is_too_large_is_asked_for_again_in_halves() {
    let item = json!({ "id": "unt_1", "number": "x".repeat(600) });
    let host = FakeHost::new(|request| {
        let body: Value =
            serde_json::from_slice(request.body.as_deref().unwrap_or_default()).expect("a search");
        let count = body["limit"].as_u64().expect("a limit");
        let items: Vec<Value> = (0..count)
            .map(|at| {
                let mut item = item.clone();
                item["id"] = json!(format!("unt_{at}"));
                item
            })
            .collect();
        Ok(response(200, &found(&json!(items), Some("next"))))
    });
    let mut request = page_request("units");
    request.max_bytes = 32 * 8192;
    request.originals = true;
    let page = Pinegrove::pull(&host.context("{}"), request.clone()).expect("a page");
    assert_eq!(page.batches[0].upserts.len(), 32);
    request.max_bytes = 3 * 8192;
    request.target_records = 3;
    let page = Pinegrove::pull(&host.context("{}"), request.clone()).expect("a page");
    assert_eq!(page.batches[0].upserts.len(), 3);
    request.max_bytes = 1000;
    let page = Pinegrove::pull(&host.context("{}"), request).expect("a page");
    assert_eq!(page.batches[0].upserts.len(), 1);
}

#[test]
fn a_record_that_cannot_be_read_costs_itself() {
    let items = json!([
        { "id": "lse_1", "starts_on": "31.12.2025" },
        { "id": "lse_2", "residents": "none" },
        { "id": 3 },
        { "id": "lse_4", "rent": { "amount": "a lot" } },
        { "id": "lse_5" },
    ]);
    let body = found(&items, None);
    let host = FakeHost::new(|_| Ok(response(200, &body)));
    let page = Pinegrove::pull(&host.context("{}"), page_request("leases")).expect("a page");
    let batch = &page.batches[0];
    assert_eq!(batch.upserts.len(), 1);
    let omitted: Vec<_> = batch
        .omissions
        .iter()
        .map(|omission| omission.key.as_ref().map(|key| key.external_id.as_str()))
        .collect();
    assert_eq!(omitted, [Some("lse_1"), Some("lse_2"), None, Some("lse_4")]);
    assert!(batch.omissions.iter().all(|omission| {
        !omission.message.contains("31.12") && !omission.message.contains("a lot")
    }));
}

#[test]
fn places_become_documents() {
    let properties: Vec<Property> = documents(&pull_all("properties"));
    assert_eq!(properties[0].name, some("Elm Court"));
    assert_eq!(
        properties[0].type_normalized,
        Some(PropertyType::MultiFamily)
    );
    assert_eq!(properties[0].country, some("US"));
    assert_eq!(properties[0].manager_phones.len(), 1);
    assert_eq!(properties[1].type_normalized, Some(PropertyType::Other));
    assert_eq!(properties[1].type_raw, some("houseboat"));

    let units: Vec<Unit> = documents(&pull_all("units"));
    assert_eq!(units[0].rent_amount_market_in_cents, Some(123_450));
    assert_eq!(units[0].bedrooms, some("2"));
    assert_eq!(units[0].bathrooms, some("1.5"));
    assert_eq!(
        (units[0].cats_allowed, units[0].dogs_allowed),
        (Some(true), Some(false))
    );
    assert_eq!(units[1].pets_allowed, None);
    assert_eq!(units[1].pet_policy, some("ask"));

    let leases: Vec<Lease> = documents(&pull_all("leases"));
    assert_eq!(leases[0].status_normalized, Some(LeaseStatus::Active));
    assert_eq!(leases[0].balance_amount_in_cents, Some(-150));
    assert_eq!(leases[0].currency, some("USD"));
    let parts = &leases[0].residents_meta_data;
    assert_eq!(
        parts[0].resident_type_normalized,
        Some(ResidentType::Primary)
    );
    assert_eq!(parts[1].resident_type_normalized, Some(ResidentType::Other));
    assert_eq!(leases[1].status_normalized, Some(LeaseStatus::Other));
    assert_eq!(leases[1].status_raw, some("surrendered"));
}

#[test]
fn people_become_documents() {
    let residents: Vec<Resident> = documents(&pull_all("residents"));
    assert_eq!(residents[0].x_lease_id, some("lse_1"));
    assert_eq!(residents[0].leases_meta_data[0].x_lease_id, some("lse_1"));
    assert_eq!(residents[0].phones.len(), 2);
    let contact = residents[0].emergency_contact.as_ref().expect("a contact");
    assert_eq!(contact.name, some("Ada"));

    let applicants: Vec<Applicant> = documents(&pull_all("applicants"));
    assert_eq!(applicants[0].type_normalized, Some(ApplicantType::Primary));
    assert_eq!(
        applicants[0].status_normalized,
        Some(ApplicationStatus::Other)
    );
    assert_eq!(
        applicants[0].self_reported_income[0].amount_in_cents,
        Some(500_000)
    );
    assert_eq!(
        applicants[0].applications[0].x_application_id,
        some("app_1")
    );

    let applications: Vec<Application> = documents(&pull_all("applications"));
    assert_eq!(applications[0].applicants.len(), 2);
    assert_eq!(applications[0].applicants[1].x_applicant_id, some("apl_2"));
    assert_eq!(
        applications[0].status_normalized,
        Some(ApplicationStatus::Approved)
    );
}

#[test]
fn what_is_sensitive_never_leaves() {
    for collection in ["properties", "residents", "applicants", "applications"] {
        let page = pull_all(collection);
        let text = format!("{page:?}");
        assert!(!text.contains("SENSITIVE"), "{text}");
        let fixtures = records(collection).to_string();
        assert!(
            fixtures.contains("SENSITIVE"),
            "{collection} proves nothing"
        );
        assert!(page.batches[0].upserts[0].original.is_some());
    }
}
