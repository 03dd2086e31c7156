//! Pages, spans, and what goes wrong in between.

use portcullis_sdk::testing::{FakeHost, page_request, response};
use portcullis_sdk::{
    Connector, HttpError, Next, Page, PageRequest, Reaction, Response, Span, Window,
};

use super::{context, refusal, with};
use crate::RentManager;

fn units(cursor: Option<&str>) -> PageRequest {
    let mut request = page_request("units");
    request.target_records = 2;
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

fn rows(ids: std::ops::RangeInclusive<u32>) -> String {
    let rows: Vec<_> = ids.map(|id| format!(r#"{{"UnitID":{id}}}"#)).collect();
    format!("[{}]", rows.join(","))
}

/// Five units, two a page; the last page is a 206 too.
fn vendor(url: &str) -> Response {
    let (ids, link) = if url.contains("pagenumber=3") {
        (
            5..=5,
            r#"<https://h/Units?pagenumber=1&pagesize=2>; rel="first""#,
        )
    } else if url.contains("pagenumber=2") {
        (
            3..=4,
            r#"<https://h/Units?pagenumber=1&pagesize=2>; rel="previous", <https://h/Units?pagenumber=3&pagesize=2>; rel="next""#,
        )
    } else {
        (
            1..=2,
            r#"<https://h/Units?pagenumber=2&pagesize=2>; rel="next""#,
        )
    };
    with(
        response(206, &rows(ids)),
        &[
            ("x-total-results", "5"),
            ("link", link),
            ("x-ratelimit-remaining", "499"),
            ("x-ratelimit-reset", "1767225660"),
        ],
    )
}

#[test]
fn links_lead_from_page_to_page_and_the_size_stays() {
    let host = FakeHost::new(|request| Ok(vendor(&request.url)));
    let ctx = context(&host, "password");
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut request = units(cursor.as_deref());
        if cursor.is_some() {
            // Another target in the middle of a run must not change what numbers mean.
            request.target_records = 1;
        }
        let page = RentManager::pull(&ctx, request).expect("a page");
        assert_eq!(page.batches[0].total, Some(5));
        assert_eq!(page.pacing[0].remaining, Some(499));
        assert_eq!(page.pacing[0].resets_at, Some(1_767_225_660_000));
        seen.extend(keys(&page).iter().map(|key| (*key).to_owned()));
        match page.next {
            Next::More(next) => cursor = Some(next),
            Next::Complete(watermark) => {
                assert_eq!(watermark.as_deref(), Some("2025-12-31T23:50:00Z"));
                break;
            }
        }
    }
    assert_eq!(seen, ["1", "2", "3", "4", "5"]);
    assert_eq!(
        host.urls(),
        [1, 2, 3].map(|page| format!(
            "https://vendor.example/Units?orderby=UnitID&pagenumber={page}&pagesize=2"
        ))
    );
}

#[test]
fn without_a_link_the_total_or_the_status_decides() {
    let next = |answer: Response| {
        let host = FakeHost::new(move |_| Ok(answer.clone()));
        let page = RentManager::pull(&context(&host, "password"), units(None)).expect("a page");
        page.next
    };
    let more = Next::More("0:2/2".into());
    let end = Next::Complete(Some("2025-12-31T23:50:00Z".into()));
    assert_eq!(next(response(200, &rows(1..=2))), end);
    assert_eq!(next(response(206, &rows(1..=2))), more);
    let total = |total| [("x-total-results", total)];
    assert_eq!(next(with(response(200, &rows(1..=2)), &total("3"))), more);
    assert_eq!(next(with(response(206, &rows(1..=2)), &total("2"))), end);
    for nothing in [
        response(404, ""),
        response(204, ""),
        response(200, ""),
        response(206, "[]"),
    ] {
        assert_eq!(next(nothing), end);
    }
    let back = [("link", r#"<https://h/Units?pagenumber=1>; rel="next""#)];
    let host = FakeHost::new(|_| Ok(with(response(206, &rows(1..=2)), &back)));
    let error = refusal(RentManager::pull(&context(&host, "password"), units(None)));
    assert_eq!(error.reaction, Reaction::Protocol);
}

#[test]
fn spans_become_filters_of_the_query_language() {
    let host = FakeHost::new(|_| Ok(response(200, "")));
    let ctx = context(&host, "password");
    let mut request = units(None);
    request.span = Span::Since("2025-12-01T00:00:00Z".into());
    let page = RentManager::pull(&ctx, request.clone()).expect("a page");
    assert_eq!(
        page.next,
        Next::Complete(Some("2025-12-31T23:50:00Z".into()))
    );
    request.span = Span::Window(Window {
        start: 0,
        end: 1_767_225_600_000,
    });
    let page = RentManager::pull(&ctx, request.clone()).expect("a page");
    assert_eq!(page.next, Next::Complete(None));
    let list = "https://vendor.example/Units?orderby=UnitID&pagenumber=1&pagesize=2&filters=UpdateDate%2Cge%2C";
    assert_eq!(
        host.urls(),
        [
            format!("{list}2025-12-01T00%3A00%3A00Z"),
            format!("{list}1970-01-01T00%3A00%3A00Z%3BUpdateDate%2Cle%2C2026-01-01T00%3A00%3A00Z"),
        ]
    );
    request.span = Span::Since("yesterday".into());
    assert_eq!(
        refusal(RentManager::pull(&ctx, request)).reaction,
        Reaction::WatermarkExpired
    );
    for odd in ["{}", "0:0/2", "0:2/0", "0:2"] {
        assert_eq!(
            refusal(RentManager::pull(&ctx, units(Some(odd)))).reaction,
            Reaction::CursorExpired,
            "{odd}"
        );
    }
}

#[test]
fn an_answer_larger_than_a_page_is_delivered_in_parts() {
    let body: Vec<_> = (1..=4)
        .map(|id| format!(r#"{{"UnitID":{id},"Name":"{}"}}"#, "x".repeat(1000)))
        .collect();
    let body = format!("[{}]", body.join(","));
    let host = FakeHost::new(|_| Ok(response(200, &body)));
    let mut request = units(None);
    request.target_records = 100;
    request.max_bytes = 4_000;
    let page = RentManager::pull(&context(&host, "password"), request.clone()).expect("a page");
    assert_eq!(keys(&page), ["1", "2", "3"]);
    assert_eq!(page.next, Next::More("3:1/100".into()));
    request.cursor = Some("3:1/100".into());
    let page = RentManager::pull(&context(&host, "password"), request).expect("a page");
    assert_eq!(keys(&page), ["4"]);
    assert!(matches!(page.next, Next::Complete(_)));
}

#[test]
fn what_the_vendor_and_the_host_say_is_passed_on() {
    let host = FakeHost::new(|_| Err(HttpError::Throttled(4000)));
    assert_eq!(
        refusal(RentManager::pull(&context(&host, "password"), units(None))).reaction,
        Reaction::Transport(HttpError::Throttled(4000))
    );
    for (status, reaction) in [
        (401, Reaction::SessionExpired),
        (403, Reaction::Forbidden),
        (500, Reaction::Unavailable(None)),
        (400, Reaction::Protocol),
    ] {
        let host = FakeHost::new(|_| Ok(response(status, "{}")));
        let error = refusal(RentManager::pull(&context(&host, "password"), units(None)));
        assert_eq!(error.reaction, reaction, "{status}");
    }
    let host = FakeHost::new(|_| Ok(response(200, "<html>")));
    let error = refusal(RentManager::pull(&context(&host, "password"), units(None)));
    assert_eq!(error.reaction, Reaction::Protocol);
}
