//! Whole conversations with the fake vendor.

use fake_vendor::{Asked, FULL_KEY, PLACES_KEY, Vendor};
use portcullis_sdk::testing::{FakeHost, page_request, response};
use portcullis_sdk::{
    Connector, Context, Credential, Next, PageRequest, ProbeRequest, Reaction, Span, Verdict,
};

use super::refusal;
use crate::AcmePmsConnector;

/// A gateway with the vendor behind it, which writes the key where the
/// connector names it.
fn host<'a>(vendor: &'a Vendor, key: &'a str) -> FakeHost<'a> {
    FakeHost::new(move |request| {
        let key = request.credentials.iter().find_map(|place| match place {
            Credential::Header(header) if header.name == "x-api-key" => Some(key),
            _ => None,
        });
        let url = request.url.strip_prefix("https://vendor.example");
        let answer = vendor.answer(&Asked {
            target: url.expect("the vendor's address"),
            key,
        });
        Ok(response(answer.status, &answer.body))
    })
}

fn probe(ctx: &Context<'_>, model: &str) -> Verdict {
    let request = ProbeRequest {
        model: model.into(),
        partition: None,
    };
    AcmePmsConnector::probe(ctx, request).expect("a verdict")
}

/// The ids of a whole run, and the watermark at its end.
fn run(ctx: &Context<'_>, mut request: PageRequest) -> (Vec<String>, Option<String>) {
    let mut ids = Vec::new();
    for _ in 0..100 {
        let page = AcmePmsConnector::pull(ctx, request.clone()).expect("a page");
        let upserts = page.batches.iter().flat_map(|batch| &batch.upserts);
        ids.extend(upserts.map(|upsert| upsert.key.external_id.clone()));
        match page.next {
            Next::More(cursor) => request.cursor = Some(cursor),
            Next::Complete(watermark) => return (ids, watermark),
        }
    }
    panic!("the pages have no end");
}

#[test]
fn a_full_run_brings_every_record_once() {
    let vendor = Vendor::default();
    let host = host(&vendor, FULL_KEY);
    let ctx = host.context("{}");
    for model in ["properties", "units", "residents"] {
        let (ids, watermark) = run(&ctx, page_request(model));
        assert_eq!(ids, vendor.ids(model), "{model}");
        assert_eq!(watermark.as_deref(), Some("2025-12-31T23:59:00Z"));
    }
    // More than one page, or the test above says little.
    assert!(vendor.ids("units").len() > 100);
}

#[test]
fn a_run_for_changes_brings_what_changed() {
    let vendor = Vendor::default();
    let host = host(&vendor, FULL_KEY);
    let ctx = host.context("{}");
    let mut request = page_request("units");
    request.span = Span::Since("2025-06-01T00:00:00Z".into());
    let (ids, _) = run(&ctx, request.clone());
    let changed = vendor.changed("units", "2025-06-01T00:00:00Z", "2026-01-01T00:00:00Z");
    assert!(!changed.is_empty() && changed.len() < vendor.ids("units").len());
    assert_eq!(ids, changed);
    request.span = Span::Since("last week".into());
    let error = refusal(AcmePmsConnector::pull(&ctx, request));
    assert_eq!(error.reaction, Reaction::WatermarkExpired);
}

#[test]
fn the_same_cursor_twice_gives_the_same_page() {
    let vendor = Vendor::default();
    let host = host(&vendor, FULL_KEY);
    let ctx = host.context("{}");
    let mut request = page_request("units");
    request.cursor = Some(vendor.ids("units")[49].clone());
    let first = AcmePmsConnector::pull(&ctx, request.clone()).expect("a page");
    let second = AcmePmsConnector::pull(&ctx, request.clone()).expect("a page");
    assert_eq!(format!("{first:?}"), format!("{second:?}"));
    request.cursor = Some("of another vendor".into());
    let error = refusal(AcmePmsConnector::pull(&ctx, request));
    assert_eq!(error.reaction, Reaction::CursorExpired);
}

#[test]
fn a_page_that_is_too_large_is_asked_for_again_in_halves() {
    let vendor = Vendor::default();
    let host = host(&vendor, FULL_KEY);
    let mut request = page_request("units");
    request.max_bytes = 4096;
    let (ids, _) = run(&host.context("{}"), request);
    assert_eq!(ids, vendor.ids("units"));
}

#[test]
fn a_body_that_is_no_refusal_of_the_vendors_is_not_quoted() {
    let host = FakeHost::new(|_| Ok(response(503, "fake-key-0123 456789 is not served now")));
    let error = refusal(AcmePmsConnector::pull(
        &host.context("{}"),
        page_request("units"),
    ));
    assert_eq!(error.reaction, Reaction::Unavailable(None));
    assert_eq!(error.message, "the vendor answered with status 503");
}

#[test]
fn a_key_reads_what_it_may() {
    let vendor = Vendor::default();
    let full = host(&vendor, FULL_KEY);
    let identity = AcmePmsConnector::validate(&full.context("{}")).expect("an identity");
    assert_eq!(identity.display_name.as_deref(), Some("Fake Homes"));
    let Verdict::Granted(found) = probe(&full.context("{}"), "residents") else {
        panic!("the key reads residents");
    };
    assert_eq!(found.count, Some(vendor.ids("residents").len() as u64));
    assert!(found.sample.is_some());

    let places = host(&vendor, PLACES_KEY);
    let ctx = places.context("{}");
    assert!(matches!(probe(&ctx, "units"), Verdict::Granted(_)));
    assert!(matches!(probe(&ctx, "residents"), Verdict::Denied(_)));
    assert!(matches!(probe(&ctx, "invoices"), Verdict::Unsupported));

    let wrong = host(&vendor, "a key of somebody else");
    let error = refusal(AcmePmsConnector::validate(&wrong.context("{}")));
    assert_eq!(error.reaction, Reaction::Unauthenticated);
}
