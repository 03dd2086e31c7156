//! The ledgers of leases.

use portcullis_sdk::model::{PaymentMethod, ResidentCharge, ResidentPayment, TransactionKind};
use portcullis_sdk::testing::{FakeHost, page_request, response};
use portcullis_sdk::{
    Connector, Next, PageRequest, Partition, ProbeRequest, Reaction, RecordKey, Span, Verdict,
    Window,
};

use super::{day, documents, listed, refusal, some};
use crate::Buildium;

const TRANSACTIONS: &str = include_str!("../../fixtures/transactions.json");

fn ledger(fields: &str) -> PageRequest {
    let mut request = page_request("resident_charges");
    request.companions = vec!["resident_payments".to_owned()];
    request.originals = true;
    request.partition = Some(Partition {
        key: RecordKey::of("900"),
        fields: fields.to_owned(),
    });
    request
}

#[test]
fn one_answer_gives_charges_and_all_that_is_none() {
    let host = FakeHost::new(|_| Ok(listed(TRANSACTIONS, 7)));
    let request = ledger(r#"{"x_property_id":"105","x_unit_id":null}"#);
    let page = Buildium::pull(&host.context("{}"), request).expect("a page");
    assert_eq!(
        host.urls(),
        ["https://vendor.example/v1/leases/900/transactions?limit=1000&offset=0&orderby=Id%20asc"]
    );
    assert_eq!(page.next, Next::Complete(some("2025-11-17")));
    assert_eq!(
        page.batches[0].total, None,
        "the vendor's total counts both models"
    );

    let charges: Vec<ResidentCharge> = documents(&page, 0);
    let rent = &charges[0];
    assert_eq!(
        (&rent.x_lease_id, &rent.x_property_id, &rent.x_unit_id),
        (&some("900"), &some("105"), &some("7")),
        "the lease as asked for, then what the host knows, then the row"
    );
    assert_eq!(
        (
            rent.amount_in_cents,
            rent.transaction_date,
            &rent.description
        ),
        (Some(180_000), day("2025-12-01"), &some("Rent"))
    );
    assert_eq!(
        (
            rent.kind_normalized,
            &rent.transaction_kind_raw,
            &rent.x_gl_account_id
        ),
        (Some(TransactionKind::Charge), &some("Charge"), &some("3"))
    );
    let lines: Vec<_> = rent
        .lines
        .iter()
        .map(|line| (line.amount_in_cents, line.memo.as_deref()))
        .collect();
    assert_eq!(
        lines,
        [(Some(170_000), None), (Some(10_000), Some("Parking"))]
    );
    assert_eq!(charges[1].amount_in_cents, Some(7500));

    let payments: Vec<ResidentPayment> = documents(&page, 1);
    let paid = &payments[0];
    assert_eq!(
        (
            paid.amount_in_cents,
            &paid.reference_number,
            &paid.x_resident_id
        ),
        (Some(100_000), &some("0042"), &some("41"))
    );
    assert_eq!(
        (
            paid.payment_method_normalized,
            &paid.payment_method_raw,
            &paid.x_gl_account_id
        ),
        (Some(PaymentMethod::Check), &some("Check"), &None)
    );
    let kinds: Vec<_> = payments.iter().map(|row| row.kind_normalized).collect();
    let (reversal, other) = (TransactionKind::Reversal, TransactionKind::Other);
    assert_eq!(
        kinds,
        [Some(TransactionKind::Payment), Some(reversal), Some(other)]
    );
    assert_eq!(
        (
            payments[1].amount_in_cents,
            payments[1].payment_method_normalized
        ),
        (Some(-1250), Some(PaymentMethod::Other))
    );

    let lost = |batch: usize| {
        let omissions = page.batches[batch].omissions.iter();
        omissions
            .map(|lost| (lost.key.clone(), lost.message.as_str()))
            .collect::<Vec<_>>()
    };
    assert_eq!(lost(0), [(Some(RecordKey::of("6")), "Date is no date")]);
    assert_eq!(
        lost(1),
        [(Some(RecordKey::of("7")), "Journal.Lines is no list")]
    );
}

#[test]
fn an_original_holds_what_was_taken_and_no_more() {
    let host = FakeHost::new(|_| Ok(listed(TRANSACTIONS, 7)));
    let page = Buildium::pull(&host.context("{}"), ledger("{}")).expect("a page");
    let original = page.batches[0].upserts[0]
        .original
        .as_deref()
        .expect("an original");
    assert_eq!(
        original,
        concat!(
            r#"{"Id":1,"Date":"2025-12-01","TransactionType":"Charge","TransactionTypeEnum":"Charge","#,
            r#""TotalAmount":1799.995,"CheckNumber":null,"LeaseId":null,"PayeeTenantId":null,"#,
            r#""PaymentMethod":"None","Journal":{"Memo":" Rent ","Lines":[{"GLAccount":{"Id":3},"#,
            r#""Amount":1700.0,"Memo":"","PropertyId":101,"UnitId":7},{"GLAccount":{"Id":3},"#,
            r#""Amount":99.995,"Memo":"Parking","PropertyId":101,"UnitId":7}]}}"#
        )
    );
    assert!(serde_json::from_str::<serde_json::Value>(original).is_ok());
}

#[test]
fn spans_are_days_of_entry() {
    let host = FakeHost::new(|_| Ok(listed("[]", 0)));
    let ctx = host.context("{}");
    let mut request = ledger("{}");
    request.span = Span::Since("2025-12-01".into());
    let page = Buildium::pull(&ctx, request.clone()).expect("a page");
    assert_eq!(page.next, Next::Complete(some("2025-11-17")));
    request.span = Span::Window(Window {
        start: 0,
        end: 1_767_225_600_000,
    });
    let page = Buildium::pull(&ctx, request.clone()).expect("a page");
    assert_eq!(page.next, Next::Complete(None));
    let list =
        "https://vendor.example/v1/leases/900/transactions?limit=1000&offset=0&orderby=Id%20asc";
    assert_eq!(
        host.urls(),
        [
            format!("{list}&transactiondatefrom=2025-12-01"),
            format!("{list}&transactiondatefrom=1970-01-01&transactiondateto=2026-01-01"),
        ]
    );
    request.span = Span::Since("2025-12-01T00:00:00Z".into());
    assert_eq!(
        refusal(Buildium::pull(&ctx, request)).reaction,
        Reaction::WatermarkExpired
    );
}

#[test]
fn a_lease_that_is_gone_owes_nothing_and_one_out_of_reach_is_forbidden() {
    let host = FakeHost::new(|_| Ok(response(404, r#"{"UserMessage":"Not found."}"#)));
    let page = Buildium::pull(&host.context("{}"), ledger("{}")).expect("a page");
    assert_eq!(page.batches.len(), 2);
    assert!(page.batches.iter().all(|batch| batch.upserts.is_empty()));
    assert!(matches!(page.next, Next::Complete(Some(_))));

    let host = FakeHost::new(|_| Ok(response(403, r#"{"UserMessage":"No."}"#)));
    assert_eq!(
        refusal(Buildium::pull(&host.context("{}"), ledger("{}"))).reaction,
        Reaction::Forbidden
    );
    // A parent's id becomes a part of the path: only a number may.
    for id in ["", "../rentals", "1?x=1"] {
        let mut request = ledger("{}");
        request.partition = Some(Partition {
            key: RecordKey::of(id),
            fields: "{}".into(),
        });
        assert_eq!(
            refusal(Buildium::pull(&host.context("{}"), request)).reaction,
            Reaction::Fail
        );
    }
    assert_eq!(host.requests().len(), 1);
    assert_eq!(
        refusal(Buildium::pull(
            &host.context("{}"),
            page_request("resident_payments")
        ))
        .reaction,
        Reaction::Unsupported
    );
}

#[test]
fn a_probe_tries_the_ledger_of_a_sample_lease() {
    let probe = |sample: Option<&str>, body: &str| {
        let host = FakeHost::new(|_| Ok(listed(body, 7)));
        let request = ProbeRequest {
            model: "resident_charges".into(),
            partition: sample.map(RecordKey::of),
        };
        let verdict = Buildium::probe(&host.context("{}"), request).expect("a verdict");
        (verdict, host.urls())
    };
    let (verdict, urls) = probe(Some("900"), TRANSACTIONS);
    assert_eq!(verdict, Verdict::granted(None, Some(RecordKey::of("1"))));
    assert_eq!(
        urls,
        ["https://vendor.example/v1/leases/900/transactions?limit=1"]
    );
    let (verdict, _) = probe(Some("900"), "[]");
    assert_eq!(verdict, Verdict::granted(None, None));
    let (verdict, urls) = probe(None, "[]");
    assert!(matches!(verdict, Verdict::Unknown(_)) && urls.is_empty());
}
