//! Pages, spans, and what goes wrong in between.

use std::cell::RefCell;

use portcullis_sdk::testing::{FakeHost, page_request, response};
use portcullis_sdk::{
    Connector, HttpError, Level, Next, PageRequest, Reaction, RecordKey, Response, Span, Window,
};

use super::{UNITS, listed, refusal};
use crate::Buildium;

/// A vendor with units of these ids, that honours offset and limit.
fn vendor(ids: &[i64], url: &str) -> Response {
    let number = |name: &str| {
        let value = url
            .split(['?', '&'])
            .find_map(|pair| pair.strip_prefix(name))
            .expect(name);
        value.parse::<usize>().expect("a number")
    };
    let from = number("offset=").min(ids.len());
    let to = (from + number("limit=")).min(ids.len());
    let rows: Vec<_> = ids[from..to]
        .iter()
        .map(|id| format!(r#"{{"Id":{id}}}"#))
        .collect();
    listed(&format!("[{}]", rows.join(",")), ids.len() as u64)
}

fn units(target: u32, cursor: Option<&str>) -> PageRequest {
    let mut request = page_request("units");
    request.target_records = target;
    request.cursor = cursor.map(str::to_owned);
    request
}

fn keys(page: &portcullis_sdk::Page) -> Vec<&str> {
    page.batches[0]
        .upserts
        .iter()
        .map(|upsert| upsert.key.external_id.as_str())
        .collect()
}

#[test]
fn pages_overlap_by_a_row_and_deliver_each_row_once() {
    let ids: Vec<i64> = (1..=25).collect();
    let host = FakeHost::new(|request| Ok(vendor(&ids, &request.url)));
    let ctx = host.context("{}");
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = Buildium::pull(&ctx, units(10, cursor.as_deref())).expect("a page");
        assert_eq!(page.batches[0].total, Some(25));
        seen.extend(
            keys(&page)
                .iter()
                .map(|key| key.parse::<i64>().expect("an id")),
        );
        match page.next {
            Next::More(next) => cursor = Some(next),
            Next::Complete(watermark) => {
                assert_eq!(watermark.as_deref(), Some("2025-12-31T23:55:00Z"));
                break;
            }
        }
    }
    assert_eq!(seen, ids);
    assert_eq!(
        host.urls(),
        [
            "https://vendor.example/v1/rentals/units?limit=10&offset=0&orderby=Id%20asc",
            "https://vendor.example/v1/rentals/units?limit=11&offset=9&orderby=Id%20asc",
            "https://vendor.example/v1/rentals/units?limit=11&offset=19&orderby=Id%20asc",
        ]
    );
}

#[test]
fn rows_that_moved_up_are_read_again() {
    let ids = RefCell::new((1..=25).collect::<Vec<i64>>());
    let host = FakeHost::new(|request| Ok(vendor(&ids.borrow(), &request.url)));
    let ctx = host.context("{}");
    let page = Buildium::pull(&ctx, units(10, None)).expect("a page");
    let Next::More(cursor) = page.next else {
        panic!("there is more")
    };
    // Three rows go away: the next page by offset alone would begin with 13.
    ids.borrow_mut().drain(2..5);
    let page = Buildium::pull(&ctx, units(10, Some(&cursor))).expect("a page");
    assert!(
        keys(&page).contains(&"11") && keys(&page).contains(&"12"),
        "{:?}",
        keys(&page)
    );
    assert_eq!(host.logs().len(), 1);

    // The same when everything behind is gone, and the page is empty.
    ids.borrow_mut().truncate(4);
    let page = Buildium::pull(&ctx, units(10, Some(&cursor))).expect("a page");
    assert!(matches!(page.next, Next::Complete(Some(_))));
}

#[test]
fn a_short_page_is_not_the_end_while_the_total_says_more() {
    let host = FakeHost::new(|_| Ok(listed(UNITS, 50)));
    let page = Buildium::pull(&host.context("{}"), units(10, None)).expect("a page");
    assert_eq!(page.next, Next::More("2:3".into()));

    let host = FakeHost::new(|_| Ok(listed("[]", 50)));
    let error = refusal(Buildium::pull(&host.context("{}"), units(10, None)));
    assert_eq!(error.reaction, Reaction::Retry);

    let host = FakeHost::new(|_| Ok(response(200, UNITS)));
    let page = Buildium::pull(&host.context("{}"), units(10, None)).expect("a page");
    assert!(
        matches!(page.next, Next::Complete(_)),
        "without a total a short page is the end"
    );
}

#[test]
fn spans_become_filters_and_windows_leave_no_watermark() {
    let host = FakeHost::new(|_| Ok(listed("[]", 0)));
    let ctx = host.context("{}");
    let mut request = units(1000, None);
    request.span = Span::Since("2025-12-01T00:00:00Z".into());
    let page = Buildium::pull(&ctx, request.clone()).expect("a page");
    assert_eq!(
        page.next,
        Next::Complete(Some("2025-12-31T23:55:00Z".into()))
    );
    request.span = Span::Window(Window {
        start: 0,
        end: 1_767_225_600_000,
    });
    let page = Buildium::pull(&ctx, request.clone()).expect("a page");
    assert_eq!(page.next, Next::Complete(None));
    let list = "https://vendor.example/v1/rentals/units?limit=1000&offset=0&orderby=Id%20asc";
    let to = "lastupdatedto=2026-01-01T00%3A00%3A00Z";
    assert_eq!(
        host.urls(),
        [
            format!("{list}&lastupdatedfrom=2025-12-01T00%3A00%3A00Z&{to}"),
            format!("{list}&lastupdatedfrom=1970-01-01T00%3A00%3A00Z&{to}"),
        ]
    );

    request.span = Span::Since("yesterday".into());
    assert_eq!(
        refusal(Buildium::pull(&ctx, request.clone())).reaction,
        Reaction::WatermarkExpired
    );
    request.cursor = Some("{}".into());
    assert_eq!(
        refusal(Buildium::pull(&ctx, request)).reaction,
        Reaction::CursorExpired
    );
}

#[test]
fn a_malformed_record_costs_itself_alone() {
    let body = r#"[{"Id":1,"UnitNumber":"a"},{"Id":2,"UnitNumber":["secret-value"]},{"Id":"three"},
        {"Id":4,"MarketRent":"cheap"},{"Id":5,"MarketRent":"1,234.50"}]"#;
    let host = FakeHost::new(|_| Ok(listed(body, 5)));
    let page = Buildium::pull(&host.context("{}"), units(1000, None)).expect("a page");
    assert_eq!(keys(&page), ["1", "5"]);
    let omissions = &page.batches[0].omissions;
    let lost: Vec<_> = omissions
        .iter()
        .map(|omission| omission.key.clone())
        .collect();
    assert_eq!(
        lost,
        [Some(RecordKey::of("2")), None, Some(RecordKey::of("4"))]
    );
    assert!(
        omissions
            .iter()
            .all(|omission| omission.kind == "malformed"
                && !omission.message.contains("secret-value"))
    );
    assert_eq!(omissions[2].message, "MarketRent is not a decimal number");
    assert!(matches!(page.next, Next::Complete(_)));
}

#[test]
fn a_page_stays_below_its_limit() {
    let body: Vec<_> = (1..=40)
        .map(|id| format!(r#"{{"Id":{id},"Description":"{}"}}"#, "x".repeat(1000)))
        .collect();
    let body = format!("[{}]", body.join(","));
    let host = FakeHost::new(|_| Ok(response(200, &body)));
    let mut request = units(40, None);
    request.max_bytes = 10_000;
    let page = Buildium::pull(&host.context("{}"), request).expect("a page");
    let bytes: usize = page.batches[0]
        .upserts
        .iter()
        .map(|upsert| upsert.payload.len())
        .sum();
    assert!(
        bytes < 10_000 && page.batches[0].upserts.len() == 8,
        "{bytes}"
    );
    assert_eq!(page.next, Next::More("7:8".into()));
}

#[test]
fn a_key_occurs_once_and_disorder_is_noticed() {
    let body = r#"[{"Id":3,"UnitNumber":"old"},{"Id":1},{"Id":3,"UnitNumber":"new"}]"#;
    let host = FakeHost::new(|_| Ok(listed(body, 9)));
    let page = Buildium::pull(&host.context("{}"), units(3, None)).expect("a page");
    assert_eq!(keys(&page), ["3", "1"]);
    assert!(page.batches[0].upserts[0].payload.contains("new"));
    assert_eq!(
        page.next,
        Next::More("3".into()),
        "no overlap where the order says nothing"
    );
    assert_eq!(host.logs()[0].0, Level::Warn);
}

#[test]
fn what_the_host_said_goes_back_to_it() {
    let host = FakeHost::new(|_| Err(HttpError::Throttled(4000)));
    let error = refusal(Buildium::pull(&host.context("{}"), units(10, None)));
    assert_eq!(
        error.reaction,
        Reaction::Transport(HttpError::Throttled(4000))
    );

    let host = FakeHost::new(|_| Ok(response(403, r#"{"UserMessage":"No."}"#)));
    let error = refusal(Buildium::pull(&host.context("{}"), units(10, None)));
    assert_eq!(
        (error.reaction, error.message.as_str()),
        (Reaction::Forbidden, "No.")
    );

    let host = FakeHost::new(|_| Ok(response(200, r#"{"message":"maintenance"}"#)));
    let error = refusal(Buildium::pull(&host.context("{}"), units(10, None)));
    assert_eq!(error.reaction, Reaction::Protocol);
    assert_eq!(
        refusal(Buildium::pull(
            &host.context("{}"),
            page_request("applications")
        ))
        .reaction,
        Reaction::Unsupported
    );
}
