//! Pages of answers that have none, and refusals.

use portcullis_sdk::testing::{FakeHost, page_request, response};
use portcullis_sdk::{Connector, HttpError, Next, Reaction};

use super::{ALL, RESIDENTS, context, messages, of_maple, pull, refusal};
use crate::YardiVoyager;

fn files(count: usize) -> String {
    let files: Vec<_> = (1..=count)
        .map(|id| {
            format!(
                "<LeaseFile><Identification IDValue=\"t{id}\" IDType=\"Current\"/><MonthlyRentAmount>1</MonthlyRentAmount>\
                 <Tenants><Identification IDValue=\"p{id}\"/><PersonDetails><Name><FirstName>{}</FirstName></Name>\
                 </PersonDetails></Tenants></LeaseFile>",
                "x".repeat(1000)
            )
        })
        .collect();
    format!(
        "<E><GetResidentDataResult><MITS-ResidentData><LeaseFiles>{}</LeaseFiles></MITS-ResidentData></GetResidentDataResult></E>",
        files.join("")
    )
}

#[test]
fn a_call_is_a_page_and_no_watermark_follows() {
    let page = pull(of_maple("leases"), RESIDENTS);
    assert_eq!(page.next, Next::Complete(None));
    assert_eq!(page.batches.len(), 1, "nobody asked for residents");
    let nothing = "<E><GetResidentDataResult/></E>";
    let page = pull(of_maple("leases"), nothing);
    assert!(page.batches[0].upserts.is_empty());
    assert_eq!(page.next, Next::Complete(None));
}

#[test]
fn an_answer_larger_than_a_page_is_delivered_in_parts() {
    let body = files(10);
    let host = FakeHost::new(|_| Ok(response(200, &body)));
    let ctx = context(&host, &ALL);
    let mut request = of_maple("leases");
    request.companions = vec!["residents".into()];
    request.max_bytes = 12_000;
    let (mut leases, mut residents, mut pages) = (Vec::new(), Vec::new(), 0);
    loop {
        let page = YardiVoyager::pull(&ctx, request.clone()).expect("a page");
        let keys = |batch: usize| {
            let upserts = page.batches[batch].upserts.iter();
            upserts
                .map(|it| it.key.external_id.clone())
                .collect::<Vec<_>>()
        };
        leases.extend(keys(0));
        residents.extend(keys(1));
        pages += 1;
        match page.next {
            Next::More(cursor) => request.cursor = Some(cursor),
            Next::Complete(watermark) => {
                assert_eq!(watermark, None);
                break;
            }
        }
    }
    let all = |letter: &str| {
        (1..=10)
            .map(|id| format!("{letter}{id}"))
            .collect::<Vec<_>>()
    };
    assert_eq!((leases, residents), (all("t"), all("p")));
    assert!(pages > 1);
}

#[test]
fn refusals_are_reactions() {
    for (text, reaction) in [
        ("Invalid Interface License", Reaction::NotLicensed),
        ("Login failed", Reaction::Unauthenticated),
        (
            "You do not have access to this property",
            Reaction::Forbidden,
        ),
        ("Object reference not set", Reaction::Fail),
    ] {
        let body = messages("GetResidentData", text);
        let host = FakeHost::new(|_| Ok(response(200, &body)));
        let error = refusal(YardiVoyager::pull(
            &context(&host, &ALL),
            of_maple("leases"),
        ));
        assert_eq!(error.reaction, reaction, "{text}");
    }
    let host = FakeHost::new(|_| Err(HttpError::Timeout));
    let ctx = context(&host, &ALL);
    assert_eq!(
        refusal(YardiVoyager::pull(&ctx, of_maple("units"))).reaction,
        Reaction::Transport(HttpError::Timeout)
    );
    assert_eq!(
        refusal(YardiVoyager::pull(&ctx, page_request("units"))).reaction,
        Reaction::Fail
    );
    assert_eq!(
        refusal(YardiVoyager::pull(&ctx, of_maple("residents"))).reaction,
        Reaction::Unsupported
    );
    let mut odd = of_maple("units");
    odd.cursor = Some("x".into());
    assert_eq!(
        refusal(YardiVoyager::pull(&ctx, odd)).reaction,
        Reaction::CursorExpired
    );
    let few = context(&host, &["residentDataLicense"]);
    assert_eq!(
        refusal(YardiVoyager::pull(&few, of_maple("units"))).reaction,
        Reaction::NotLicensed
    );
}
