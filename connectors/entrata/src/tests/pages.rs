//! Methods with pages and without.

use portcullis_sdk::testing::{FakeHost, page_request};
use portcullis_sdk::{Connector, Next, Reaction, Response, Span};
use serde_json::{Value, json};

use super::{answer, ids, keyed, pull, refusal, request, result};
use crate::Entrata;

/// Leases of a property in pages of the size asked for.
fn vendor(all: &[i64], url: &str) -> Response {
    let number = |name: &str| {
        let value = url
            .split(['?', '&'])
            .find_map(|pair| pair.strip_prefix(name));
        value.expect(name).parse::<usize>().expect("a number")
    };
    let (page, size) = (number("page_no="), number("per_page="));
    let rows: Vec<Value> = all
        .iter()
        .skip((page - 1) * size)
        .take(size)
        .map(|id| json!({ "id": id.to_string() }))
        .collect();
    let single = rows.len() == 1;
    let mut answer = answer(&json!({ "leases": {
        "lease": if single { rows[0].clone() } else { json!(rows) } } }));
    answer
        .headers
        .push(("x-total-count".into(), all.len().to_string()));
    let next = if page * size < all.len() {
        ", <https://x/?page_no=9>; rel=\"next\""
    } else {
        ""
    };
    let link = format!("<https://x/?page_no=1>; rel=\"first\"{next}");
    answer.headers.push(("link".into(), link));
    answer.headers.push((
        "x-ratelimit-limit".into(),
        "15000/DAY;1000/HOUR;150/MINUTE".into(),
    ));
    answer
        .headers
        .push(("x-ratelimit-remaining".into(), "14999;999;149".into()));
    answer
        .headers
        .push(("x-ratelimit-reset".into(), "86399;3599;59".into()));
    answer
}

#[test]
fn pages_follow_their_numbers_and_keep_their_size() {
    let all: Vec<i64> = (1..=11).collect();
    let host = FakeHost::new(|request| Ok(vendor(&all, &request.url)));
    let mut asked = request("leases");
    asked.target_records = 5;
    let mut seen = Vec::new();
    loop {
        let page = pull(&host, asked.clone()).expect("a page");
        assert_eq!(page.batches[0].total, Some(11));
        assert_eq!(page.pacing.len(), 3);
        assert_eq!(page.pacing[2].bucket.as_deref(), Some("leases-minute"));
        assert_eq!(page.pacing[2].remaining, Some(149));
        assert_eq!(page.pacing[2].resets_at, Some(1_767_225_659_000));
        seen.extend(
            ids(&page)
                .iter()
                .map(|id| id.parse::<i64>().expect("an id")),
        );
        match page.next {
            Next::More(cursor) => asked.cursor = Some(cursor),
            Next::Complete(watermark) => {
                assert_eq!(watermark, None);
                break;
            }
        }
        // The host may aim for less on a retry: the pages stay those that they were.
        asked.target_records = 2;
    }
    assert_eq!(seen, all);
    let first = "https://vendor.example/ext/orgs/acme/v1/leases?page_no=1&per_page=5";
    assert_eq!(host.urls()[0], first);
    assert_eq!(host.urls().len(), 3);
    let sent = &host.requests()[0];
    assert!(
        sent.headers
            .contains(&("x-send-pagination-links".into(), "1".into()))
    );
    let body: Value = serde_json::from_slice(sent.body.as_deref().expect("a body")).expect("JSON");
    assert_eq!(
        body["method"]["params"],
        json!({ "propertyId": "11", "leaseStatusTypeIds": "1,2,3,4,5,6" })
    );
}

#[test]
fn a_page_that_is_too_large_is_delivered_in_parts() {
    let all: Vec<i64> = (1..=6).collect();
    let host = FakeHost::new(|request| Ok(vendor(&all, &request.url)));
    let mut asked = request("leases");
    asked.target_records = 4;
    asked.max_bytes = 300;
    asked.originals = true;
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        let page = pull(&host, asked.clone()).expect("a page");
        seen.extend(
            ids(&page)
                .iter()
                .map(|id| id.parse::<i64>().expect("an id")),
        );
        pages += 1;
        match page.next {
            Next::More(cursor) => asked.cursor = Some(cursor),
            Next::Complete(_) => break,
        }
    }
    assert_eq!(seen, all);
    assert!(pages > 2, "{pages}");
}

#[test]
fn what_has_no_pages_is_delivered_in_the_order_of_ids() {
    let units: Vec<Value> = [12, 7, 110, 9, 1].map(|id| json!({ "id": id })).into();
    let result = json!({ "properties": { "property": { "units": { "unit": units } } } });
    let host = FakeHost::new(|_| Ok(answer(&result)));
    let mut asked = request("units");
    asked.target_records = 2;
    let mut seen: Vec<String> = Vec::new();
    loop {
        let page = pull(&host, asked.clone()).expect("a page");
        assert_eq!(page.batches[0].total, Some(5));
        seen.extend(ids(&page).iter().map(|id| (*id).to_owned()));
        match page.next {
            Next::More(cursor) => asked.cursor = Some(cursor),
            Next::Complete(_) => break,
        }
    }
    assert_eq!(seen, ["1", "7", "9", "12", "110"]);
}

#[test]
fn nothing_at_all_is_the_end() {
    for empty in [json!({ "leases": "" }), json!({ "leases": [] }), json!([])] {
        let host = FakeHost::new(|_| Ok(answer(&empty)));
        let page = pull(&host, request("leases")).expect("a page");
        assert_eq!(page.next, Next::Complete(None));
        assert!(page.batches[0].upserts.is_empty());
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let host = FakeHost::new(|_| Ok(answer(&result("leases"))));
    let reaction = |request| refusal(pull(&host, request)).reaction;
    assert_eq!(reaction(page_request("units")), Reaction::Fail);
    assert_eq!(reaction(request("applications")), Reaction::Unsupported);
    let mut since = request("leases");
    since.span = Span::Since("2025-01-01T00:00:00Z".into());
    assert_eq!(reaction(since), Reaction::WatermarkExpired);
    for cursor in ["two", "0:5:0", "1:0:0", "1:501:0", "1:5"] {
        let mut odd = request("leases");
        odd.cursor = Some(cursor.into());
        assert_eq!(reaction(odd), Reaction::CursorExpired, "{cursor}");
    }
    assert!(host.requests().is_empty());
}

#[test]
fn an_element_that_cannot_be_read_costs_itself() {
    let leases = json!([
        { "id": "1", "moveInDate": "2025/01/13" },
        { "id": "2", "customers": { "customer": ["x"] } },
        { "unitId": "9" },
        { "id": "4", "leaseIntervals": { "leaseInterval": { "startDate": "13/01/2025" } } },
        { "id": "5" },
    ]);
    let result = json!({ "leases": { "lease": leases } });
    let host = FakeHost::new(|_| Ok(answer(&result)));
    let page = Entrata::pull(&keyed(&host), request("leases")).expect("a page");
    assert_eq!(ids(&page), ["5"]);
    let batch = &page.batches[0];
    let omitted = batch.omissions.iter().map(|omission| {
        let key = omission.key.as_ref();
        key.map(|key| key.external_id.as_str())
    });
    let omitted: Vec<_> = omitted.collect();
    assert_eq!(omitted, [Some("1"), Some("2"), None, Some("4")]);
    assert!(
        batch
            .omissions
            .iter()
            .all(|one| !one.message.contains("2025"))
    );
}
