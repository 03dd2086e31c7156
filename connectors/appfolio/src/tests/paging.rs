//! Pages, spans, and what goes wrong in between.

use portcullis_sdk::testing::{FakeHost, page_request, response};
use portcullis_sdk::{
    Connector, HttpError, Next, Page, PageRequest, Reaction, Response, Span, Window,
};

use super::{UNITS, refusal};
use crate::AppFolio;

fn units(cursor: Option<&str>) -> PageRequest {
    let mut request = page_request("units");
    request.target_records = 3;
    request.cursor = cursor.map(str::to_owned);
    request
}

fn keys(page: &Page) -> Vec<&str> {
    page.batches[0]
        .upserts
        .iter()
        .map(|upsert| upsert.key.external_id.as_str())
        .collect()
}

/// Three pages; the links take turns with and without the root, and the pages
/// are shorter than was asked for.
fn vendor(url: &str) -> Response {
    let page = |ids: &[&str], next: Option<&str>| {
        let rows: Vec<_> = ids.iter().map(|id| format!(r#"{{"Id":"{id}"}}"#)).collect();
        let next = next.map_or("null".to_owned(), |next| format!("\"{next}\""));
        response(
            200,
            &format!(r#"{{"data":[{}],"next_page_path":{next}}}"#, rows.join(",")),
        )
    };
    if url.contains("page[number]=3") {
        page(&["e"], None)
    } else if url.contains("page[number]=2") {
        page(&[], Some("/units?page[number]=3&page[size]=3"))
    } else {
        page(
            &["a", "b"],
            Some("/api/v0/units?page[number]=2&page[size]=3"),
        )
    }
}

#[test]
fn the_link_in_the_body_leads_on_in_both_its_forms() {
    let host = FakeHost::new(|request| Ok(vendor(&request.url)));
    let ctx = host.context("{}");
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = AppFolio::pull(&ctx, units(cursor.as_deref())).expect("a page");
        seen.extend(keys(&page).iter().map(|key| (*key).to_owned()));
        match page.next {
            Next::More(next) => cursor = Some(next),
            Next::Complete(watermark) => {
                assert_eq!(watermark.as_deref(), Some("2025-12-31T23:55:00Z"));
                break;
            }
        }
    }
    assert_eq!(seen, ["a", "b", "e"]);
    assert_eq!(
        host.urls()[1..],
        [
            "https://vendor.example/api/v0/units?page[number]=2&page[size]=3",
            "https://vendor.example/api/v0/units?page[number]=3&page[size]=3",
        ]
    );
}

#[test]
fn a_link_that_leads_away_is_not_followed() {
    for link in [
        "https://elsewhere.example/api/v0/units?page[number]=2",
        "//elsewhere.example/units",
        "units?page[number]=2",
        "https://vendor.example.evil.example/units",
    ] {
        let body = format!(r#"{{"data":[],"next_page_path":"{link}"}}"#);
        let host = FakeHost::new(|_| Ok(response(200, &body)));
        let error = refusal(AppFolio::pull(&host.context("{}"), units(None)));
        assert_eq!(error.reaction, Reaction::Protocol, "{link}");
    }
    let body = r#"{"data":[],"next_page_path":"https://vendor.example/api/v0/units?p=2"}"#;
    let host = FakeHost::new(|_| Ok(response(200, body)));
    let page = AppFolio::pull(&host.context("{}"), units(None)).expect("a page");
    assert_eq!(page.next, Next::More("0:/units?p=2".into()));
    let again = refusal(AppFolio::pull(
        &host.context("{}"),
        units(Some("0:/units?p=2")),
    ));
    assert_eq!(again.reaction, Reaction::Protocol, "a page behind itself");
}

#[test]
fn every_span_has_its_floor_and_windows_leave_no_watermark() {
    let body = r#"{"data":[{"Id":"a","LastUpdatedAt":"2026-01-01T00:00:00Z"},
        {"Id":"b","LastUpdatedAt":"2026-01-01T00:00:01Z"},{"Id":"c"}],"next_page_path":null}"#;
    let host = FakeHost::new(|_| Ok(response(200, body)));
    let ctx = host.context("{}");
    let mut request = units(None);
    request.span = Span::Since("2025-12-01T00:00:00Z".into());
    let page = AppFolio::pull(&ctx, request.clone()).expect("a page");
    assert_eq!(
        page.next,
        Next::Complete(Some("2025-12-31T23:55:00Z".into()))
    );
    request.span = Span::Window(Window {
        start: 1_764_547_200_000,
        end: 1_767_225_600_000,
    });
    let page = AppFolio::pull(&ctx, request.clone()).expect("a page");
    assert_eq!(page.next, Next::Complete(None));
    assert_eq!(
        keys(&page),
        ["a", "c"],
        "what changed after the window stays out"
    );
    let url = "https://vendor.example/api/v0/units?filters%5BLastUpdatedAtFrom%5D=2025-12-01T00%3A00%3A00Z\
               &page%5Bnumber%5D=1&page%5Bsize%5D=3";
    assert_eq!(host.urls(), [url, url]);

    request.span = Span::Since("yesterday".into());
    assert_eq!(
        refusal(AppFolio::pull(&ctx, request)).reaction,
        Reaction::WatermarkExpired
    );
    assert_eq!(
        refusal(AppFolio::pull(&ctx, units(Some("{}")))).reaction,
        Reaction::CursorExpired
    );
}

#[test]
fn an_answer_larger_than_a_page_is_delivered_in_parts() {
    let rows: Vec<_> = (1..=10)
        .map(|id| {
            format!(
                r#"{{"Id":"{id}","MarketingDescription":"{}"}}"#,
                "x".repeat(1000)
            )
        })
        .collect();
    let body = format!(
        r#"{{"data":[{}],"next_page_path":"/units?p=2"}}"#,
        rows.join(",")
    );
    let host = FakeHost::new(|_| Ok(response(200, &body)));
    let ctx = host.context("{}");
    let mut request = units(Some("0:/units?p=1"));
    request.max_bytes = 6_000;
    let (mut seen, mut pages) = (Vec::new(), 0);
    let next = loop {
        let page = AppFolio::pull(&ctx, request.clone()).expect("a page");
        let bytes: usize = page.batches[0]
            .upserts
            .iter()
            .map(|u| u.payload.len())
            .sum();
        assert!(bytes < 6_000, "{bytes}");
        seen.extend(keys(&page).iter().map(|key| (*key).to_owned()));
        pages += 1;
        match page.next {
            Next::More(next) if next.ends_with("p=1") => request.cursor = Some(next),
            next => break next,
        }
    };
    assert_eq!(seen, (1..=10).map(|id| id.to_string()).collect::<Vec<_>>());
    assert_eq!((pages, next), (3, Next::More("0:/units?p=2".into())));
}

#[test]
fn what_the_vendor_and_the_host_say_is_passed_on() {
    let host = FakeHost::new(|_| Err(HttpError::Throttled(4000)));
    assert_eq!(
        refusal(AppFolio::pull(&host.context("{}"), units(None))).reaction,
        Reaction::Transport(HttpError::Throttled(4000))
    );
    for (status, reaction) in [
        (401, Reaction::Unauthenticated),
        (403, Reaction::Forbidden),
        (701, Reaction::Forbidden),
        (503, Reaction::Unavailable(None)),
        (533, Reaction::Unavailable(Some(300_000))),
        (400, Reaction::Protocol),
    ] {
        let host = FakeHost::new(|_| Ok(response(status, "{}")));
        let error = refusal(AppFolio::pull(&host.context("{}"), units(None)));
        assert_eq!(error.reaction, reaction, "{status}");
    }
    let host = FakeHost::new(|_| Ok(response(200, "<html>")));
    assert_eq!(
        refusal(AppFolio::pull(&host.context("{}"), units(None))).reaction,
        Reaction::Protocol
    );
    let host = FakeHost::new(|_| Ok(response(200, UNITS)));
    assert_eq!(
        refusal(AppFolio::pull(
            &host.context("{}"),
            page_request("listings")
        ))
        .reaction,
        Reaction::Unsupported
    );
}
