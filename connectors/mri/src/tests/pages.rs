//! Absolute links, spans, and what goes wrong in between.

use portcullis_sdk::testing::{FakeHost, page_request, response};
use portcullis_sdk::{HttpError, Next, Reaction, Span, Window};
use serde_json::{Value, json};

use super::{answer, ids, pull, refusal, request, rows, some};

const LINK: &str = "https://vendor.example/mriapiservices/api.asp?%24api=MRI_S-PMRM_ResidentsByPropertyID\
    &%24format=json&RMPROPID=GC01&%24top=300&%24skip=301";

#[test]
fn links_are_followed_as_the_vendor_wrote_them() {
    let host = FakeHost::new(|request| {
        let last = request.url.contains("_next=");
        let next = match request.url.contains("skip=301") {
            _ if last => None,
            // Some servers go on with a cursor of their own.
            true => Some("https://vendor.example/mriapiservices/api.asp?_next=ae49"),
            false => Some(LINK),
        };
        Ok(answer(&rows("residents"), next))
    });
    let mut asked = request("residents");
    let mut pages = 0;
    loop {
        let page = pull(&host, asked.clone()).expect("a page");
        pages += 1;
        match page.next {
            Next::More(cursor) => asked.cursor = Some(cursor),
            Next::Complete(watermark) => {
                assert_eq!(watermark, None);
                break;
            }
        }
    }
    assert_eq!(pages, 3);
    assert_eq!(
        host.urls(),
        [
            "https://vendor.example/mriapiservices/api.asp?%24api=MRI_S-PMRM_ResidentsByPropertyID\
             &%24format=json&RMPROPID=GC01&%24top=300",
            LINK,
            "https://vendor.example/mriapiservices/api.asp?_next=ae49",
        ]
    );
    // The credentials go along with each: where they may go is the host's to say.
    assert!(
        host.requests()
            .iter()
            .all(|request| request.credentials.len() == 1)
    );
}

#[test]
fn a_link_that_leads_elsewhere_is_the_hosts_to_refuse() {
    let evil = "https://evil.example/api.asp?%24skip=301";
    let host = FakeHost::new(|request| match request.url == evil {
        true => Err(HttpError::Denied("the host is not declared".into())),
        false => Ok(answer(&rows("units"), Some(evil))),
    });
    let page = pull(&host, request("units")).expect("a page");
    let Next::More(cursor) = page.next else {
        panic!("there is more")
    };
    let mut asked = request("units");
    asked.cursor = Some(cursor);
    assert!(matches!(
        refusal(pull(&host, asked)).reaction,
        Reaction::Transport(HttpError::Denied(_))
    ));
}

#[test]
fn a_link_that_stands_still_is_no_answer() {
    let host = FakeHost::new(|_| Ok(answer(&rows("residents"), Some(LINK))));
    let mut asked = request("residents");
    asked.cursor = Some(format!("0 {LINK}"));
    assert_eq!(refusal(pull(&host, asked)).reaction, Reaction::Protocol);
}

#[test]
fn a_page_that_is_too_large_is_delivered_in_parts() {
    let many: Vec<Value> = (0..9)
        .map(|at| json!({ "PropertyID": "GC01", "BuildingID": "01", "UnitID": at.to_string() }))
        .collect();
    let host = FakeHost::new(|_| Ok(answer(&json!(many), None)));
    let mut asked = request("units");
    asked.max_bytes = 500;
    asked.originals = true;
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        let page = pull(&host, asked.clone()).expect("a page");
        seen.extend(ids(&page).iter().map(|id| (*id).to_owned()));
        pages += 1;
        match page.next {
            Next::More(cursor) => asked.cursor = Some(cursor),
            Next::Complete(_) => break,
        }
    }
    let expected: Vec<String> = (0..9).map(|at| format!("GC01/01/{at}")).collect();
    assert_eq!(seen, expected);
    assert!(pages > 2, "{pages}");
    // The first page has no link: its rest is asked for in the same way.
    let urls = host.urls();
    assert!(urls.iter().all(|url| *url == urls[0]));
}

#[test]
fn a_lease_that_changed_is_read_whole_and_those_of_others_are_left() {
    let all = rows("leases");
    let host = FakeHost::new(|request| {
        let changes = request.url.contains("LastUpdateDate");
        // One of two residents' rows, and a lease of another property.
        let few = json!([all[1], all[5]]);
        Ok(answer(if changes { &few } else { &all }, None))
    });
    let mut asked = request("leases");
    asked.span = Span::Since("2025-12-01".into());
    let page = pull(&host, asked.clone()).expect("a page");
    let urls = host.urls();
    assert!(urls[0].contains("&RMPROPID=GC01&LastUpdateDate=2025-12-01&"));
    assert!(!urls[1].contains("LastUpdateDate"));
    assert_eq!(ids(&page), ["GC01/01/101/1"]);
    assert!(page.batches[0].upserts[0].payload.contains("0000000002"));
    // 2026 began at 05:00 UTC on the server's clock: the day before, less a day.
    assert_eq!(page.next, Next::Complete(some("2025-12-30")));
    assert_eq!(page.batches[0].omissions, []);

    // Where nothing changed, nothing more is asked.
    let host = FakeHost::new(|_| Ok(answer(&json!([all[5]]), None)));
    let page = pull(&host, asked).expect("a page");
    assert!(page.batches[0].upserts.is_empty());
    assert_eq!(host.urls().len(), 1);

    let mut asked = request("leases");
    asked.span = Span::Since("12/01/2025".into());
    assert_eq!(
        refusal(pull(&host, asked)).reaction,
        Reaction::WatermarkExpired
    );
    let mut asked = request("residents");
    asked.span = Span::Since("2025-12-01".into());
    assert_eq!(
        refusal(pull(&host, asked)).reaction,
        Reaction::WatermarkExpired
    );
}

#[test]
fn leases_are_read_to_the_end_of_the_list_and_delivered_once() {
    let link = LINK.replace("ResidentsBy", "ResidentLeaseDetailsBy");
    let all = rows("leases");
    // The rows of one lease stand on two pages.
    let pages = [json!([all[1], all[3]]), json!([all[2], all[0]])];
    let host = FakeHost::new(|request| match request.url.contains("skip=301") {
        true => Ok(answer(&pages[1], None)),
        false => Ok(answer(&pages[0], Some(&link))),
    });
    let mut asked = request("leases");
    asked.target_records = 2;
    let page = pull(&host, asked.clone()).expect("a page");
    assert_eq!(ids(&page), ["GC01/01/101/1", "GC01/01/102/1"]);
    assert_eq!(page.batches[0].total, Some(3));
    assert_eq!(page.next, Next::More("GC01/01/102/1".into()));
    asked.cursor = some("GC01/01/102/1");
    let page = pull(&host, asked).expect("a page");
    assert_eq!(ids(&page), ["GC01/01/103/7"]);
    assert!(matches!(page.next, Next::Complete(Some(_))));
    assert_eq!(host.urls().len(), 4);

    // A list that never ends is no answer.
    let host = FakeHost::new(|_| Ok(answer(&pages[0], Some(&link))));
    assert_eq!(
        refusal(pull(&host, request("leases"))).reaction,
        Reaction::Protocol
    );
    let endless = FakeHost::new(|_| {
        let next = format!("https://vendor.example/x?{}", another());
        Ok(answer(&pages[0], Some(&next)))
    });
    assert_eq!(
        refusal(pull(&endless, request("leases"))).reaction,
        Reaction::Fail
    );
    assert_eq!(endless.urls().len(), 10);
}

/// A number that is never the same.
fn another() -> u64 {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

#[test]
fn a_window_keeps_what_changed_in_it_and_what_does_not_say() {
    let host = FakeHost::new(|_| Ok(answer(&rows("leases"), None)));
    let mut asked = request("leases");
    // 2025-11-02T01:30 came twice; the first was 05:30 UTC.
    let changed = 1_762_061_400_000;
    asked.span = Span::Window(Window {
        start: changed,
        end: changed,
    });
    let page = pull(&host, asked.clone()).expect("a page");
    assert!(ids(&page).contains(&"GC01/01/101/1"));
    assert_eq!(page.next, Next::Complete(None));
    asked.span = Span::Window(Window {
        start: changed + 1,
        end: changed + 2,
    });
    let page = pull(&host, asked).expect("a page");
    assert_eq!(ids(&page), ["GC01/01/102/1", "GC01/01/103/7"]);
}

#[test]
fn what_cannot_be_asked_or_read_is_said() {
    let host = FakeHost::new(|_| Ok(answer(&rows("units"), None)));
    assert_eq!(
        refusal(pull(&host, page_request("units"))).reaction,
        Reaction::Fail
    );
    assert_eq!(
        refusal(pull(&host, request("applicants"))).reaction,
        Reaction::Unsupported
    );
    let mut odd = request("units");
    odd.cursor = some("301");
    assert_eq!(refusal(pull(&host, odd)).reaction, Reaction::CursorExpired);

    let mixed = json!([
        { "PropertyID": "GC01", "BuildingID": "01", "UnitID": "101", "LeaseID": "1", "LeaseStart": "soon" },
        { "PropertyID": "GC01", "BuildingID": "01", "UnitID": 101, "LeaseID": "1" },
        { "PropertyID": "GC01", "LeaseID": "1" },
        { "PropertyID": "GC01", "BuildingID": "01", "UnitID": "104", "LeaseID": "1", "LeaseBalance": "much" },
    ]);
    let host = FakeHost::new(|_| Ok(answer(&mixed, None)));
    let page = pull(&host, request("leases")).expect("a page");
    let batch = &page.batches[0];
    assert!(batch.upserts.is_empty());
    let omitted = batch.omissions.iter().map(|omission| {
        let key = omission.key.as_ref();
        key.map(|key| key.external_id.as_str())
    });
    let omitted: Vec<_> = omitted.collect();
    assert_eq!(
        omitted,
        [None, None, Some("GC01/01/101/1"), Some("GC01/01/104/1")]
    );
    let host = FakeHost::new(|_| Ok(response(503, "")));
    assert!(matches!(
        refusal(pull(&host, request("units"))).reaction,
        Reaction::Unavailable(None)
    ));
}
