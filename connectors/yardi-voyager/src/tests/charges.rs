//! Charges: what they become, and the days that a run asks for.

use portcullis_sdk::model::ResidentCharge;
use portcullis_sdk::testing::{FakeHost, response};
use portcullis_sdk::{Connector, Next, PageRequest, RecordKey, Span, Verdict, Window};

use super::{ALL, CHARGES, context, documents, of_maple, pull};
use crate::YardiVoyager;

/// 2026-03-15, at noon.
const NOON: i64 = 1_773_576_000_000;

/// The body of the only call that a request makes, and where the next run begins.
fn asked(request: PageRequest) -> (String, Option<String>) {
    let by_day = CHARGES.replace(
        "GetResidentTransactions_Login",
        "GetResidentTransactions_ByChargeDate_Login",
    );
    let full = request.span == Span::Full;
    let host = FakeHost::new(|_| Ok(response(200, if full { CHARGES } else { &by_day })));
    let page = YardiVoyager::pull(&context(&host, &ALL), request).expect("a page");
    let body = host.requests()[0].body.clone().expect("a body");
    let Next::Complete(watermark) = page.next else {
        panic!("there are no pages");
    };
    (String::from_utf8(body).expect("text"), watermark)
}

fn at_noon(span: Span) -> PageRequest {
    PageRequest {
        span,
        started_at: NOON,
        ..of_maple("resident_charges")
    }
}

#[test]
fn charges() {
    let page = pull(of_maple("resident_charges"), CHARGES);
    let charges: Vec<ResidentCharge> = documents(&page, 0);
    let first = &charges[0];
    assert_eq!(first.description.as_deref(), Some("Rent & water"));
    assert_eq!(first.x_lease_id.as_deref(), Some("t0000001"));
    assert_eq!(first.x_charge_code_id.as_deref(), Some("rent"));
    assert_eq!(
        (
            first.amount_in_cents,
            first.amount_paid_in_cents,
            first.amount_open_in_cents,
            first.is_open
        ),
        (Some(130_050), Some(30_000), Some(100_050), Some(true))
    );
    assert_eq!(charges[1].transaction_date, "2026-02-09".parse().ok());
    assert_eq!(charges[1].is_open, Some(false));
    // A payment is none; neither is what has no id, or an amount that is none.
    assert_eq!(charges.len(), 2);
    let omitted = &page.batches[0].omissions;
    assert_eq!(omitted[0].key, Some(RecordKey::of("700000003")));
    assert_eq!(omitted.len(), 2);
}

#[test]
fn changes_are_asked_for_by_the_day_of_the_charge() {
    let (body, watermark) = asked(at_noon(Span::Full));
    assert!(
        body.contains("<GetResidentTransactions_Login ") && !body.contains("FromDate"),
        "{body}"
    );
    assert_eq!(watermark.as_deref(), Some("2026-01-29"));

    let (body, next) = asked(at_noon(Span::Since("2026-01-29".to_owned())));
    assert!(
        body.contains("<FromDate>2026-01-29</FromDate><ToDate>2027-03-16</ToDate>"),
        "{body}"
    );
    assert_eq!(next, watermark);

    let window = Window {
        start: NOON - 86_400_000,
        end: NOON,
    };
    let (body, watermark) = asked(at_noon(Span::Window(window)));
    assert!(
        body.contains("<FromDate>2026-03-14</FromDate><ToDate>2026-03-15</ToDate>"),
        "{body}"
    );
    assert_eq!(watermark, None);
}

#[test]
fn without_the_licence_of_their_interface_they_are_not_licensed() {
    let host = FakeHost::new(|_| panic!("nothing is asked"));
    let verdict = YardiVoyager::probe(
        &context(&host, &ALL[..2]),
        portcullis_sdk::ProbeRequest {
            model: "resident_charges".into(),
            partition: Some(RecordKey::of("maple")),
        },
    );
    assert!(matches!(verdict, Ok(Verdict::NotLicensed(_))));
}
