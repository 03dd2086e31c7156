//! What is off unless it is switched on: accounts, people around a property, service, listings.

use portcullis_sdk::model::{
    ChargeFrequency, Employee, FinancialAccount, LeaseBalance, Listing, Owner,
    RecurringResidentCharge, RequestKind, RequestStatus, ServiceRequest, Vendor,
};
use portcullis_sdk::testing::{FakeHost, page_request, response};
use portcullis_sdk::{Connector, Next, Page, ProbeRequest, Reaction, Span, Verdict};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{day, listed, refusal, some};
use crate::Buildium;

/// The documents of a list, which hold nothing that the model does not know.
fn all<T: DeserializeOwned + Serialize>(model: &str, body: &str) -> (Vec<T>, Page) {
    let page = super::pull_all(model, &[], body);
    let upserts = page.batches[0].upserts.iter();
    let documents = upserts.map(|upsert| {
        let sent: serde_json::Value = serde_json::from_str(&upsert.payload).expect("JSON");
        let read: T = serde_json::from_value(sent.clone()).expect("a document");
        assert_eq!(serde_json::to_value(&read).expect("JSON"), sent, "{model}");
        read
    });
    (documents.collect(), page)
}

fn keys(page: &Page) -> Vec<&str> {
    let upserts = page.batches[0].upserts.iter();
    upserts
        .map(|upsert| upsert.key.external_id.as_str())
        .collect()
}

#[test]
fn recurring_charges_leave_other_recurring_transactions_out() {
    let (charges, page): (Vec<RecurringResidentCharge>, _) = all(
        "recurring_resident_charges",
        r#"[{"Id":1,"LeaseId":900,"TransactionType":"Charge","IsExpired":false,"Amount":50.005,"Memo":"Parking",
             "FirstOccurrenceDate":"2025-01-01","NextOccurrenceDate":"2026-01-01","Frequency":"Every2Weeks",
             "Lines":[{"GLAccountId":3,"Amount":50.005}],"LastUpdatedDateTime":"2025-12-30T09:15:30Z"},
            {"Id":2,"TransactionType":"Payment","Amount":5},
            {"Id":3,"TransactionType":"Charge","Frequency":"Every6Months"}]"#,
    );
    assert_eq!(keys(&page), ["1", "3"]);
    assert_eq!(
        page.batches[0].upserts[0].updated_at,
        Some(1_767_086_130_000)
    );
    assert_eq!(
        (
            charges[0].amount_in_cents,
            charges[0].is_active,
            charges[0].next_date
        ),
        (Some(5001), Some(true), day("2026-01-01"))
    );
    assert_eq!(
        (
            charges[0].frequency_normalized,
            charges[1].frequency_normalized
        ),
        (
            Some(ChargeFrequency::Biweekly),
            Some(ChargeFrequency::Other)
        )
    );
}

#[test]
fn a_span_over_a_year_is_read_slice_by_slice() {
    let host = FakeHost::new(|_| Ok(listed("[]", 0)));
    let ctx = host.context("{}");
    let mut request = page_request("recurring_resident_charges");
    request.span = Span::Since("2024-06-01T00:00:00Z".into());
    let page = Buildium::pull(&ctx, request.clone()).expect("a page");
    assert_eq!(page.next, Next::More("1/0".into()));
    request.cursor = Some("1/0".into());
    let page = Buildium::pull(&ctx, request.clone()).expect("a page");
    assert_eq!(page.next, Next::Complete(some("2025-12-31T23:55:00Z")));
    let filters: Vec<_> = host
        .urls()
        .iter()
        .map(|url| url.split("asc&").nth(1).unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        filters,
        [
            "lastupdatedfrom=2024-06-01T00%3A00%3A00Z&lastupdatedto=2025-06-01T00%3A00%3A00Z",
            "lastupdatedfrom=2025-06-01T00%3A00%3A00Z&lastupdatedto=2026-01-01T00%3A00%3A00Z",
        ]
    );
    request.cursor = Some("x/0".into());
    assert_eq!(
        refusal(Buildium::pull(&ctx, request)).reaction,
        Reaction::CursorExpired
    );
}

#[test]
fn balances_and_accounts() {
    let (balances, page): (Vec<LeaseBalance>, _) = all(
        "lease_balances",
        r#"[{"LeaseId":900,"PropertyId":101,"UnitId":null,"Balance0To30Days":10.5,"Balance31To60Days":0,
             "Balance61To90Days":0.0,"BalanceOver90Days":-1,"TotalBalance":9.50,"IsNoticeGiven":true,
             "Balances":[{"GlAccountId":3,"TotalBalance":9.5}],"EvictionPendingDate":null}]"#,
    );
    assert_eq!(keys(&page), ["900"]);
    assert_eq!(
        page.next,
        Next::Complete(None),
        "there is nothing to go on from"
    );
    assert_eq!(
        (
            balances[0].total_in_cents,
            balances[0].days_over_90_in_cents
        ),
        (Some(950), Some(-100))
    );

    let (accounts, page): (Vec<FinancialAccount>, _) = all(
        "financial_accounts",
        r#"[{"Id":1,"Name":"Income","Type":"Income","SubType":"Income","IsActive":true,"SubAccounts":[
              {"Id":2,"Name":"Rent","ParentGLAccountId":1,"SubAccounts":[{"Id":3,"ParentGLAccountId":2}]},
              {"Id":"four"}]},
            {"Id":5,"SubAccounts":null}]"#,
    );
    assert_eq!(keys(&page), ["1", "2", "3", "5"]);
    assert_eq!(page.batches[0].omissions.len(), 1);
    assert_eq!(accounts[2].x_parent_id, some("2"));
    let mut request = page_request("financial_accounts");
    request.span = Span::Since("2025-01-01".into());
    let host = FakeHost::new(|_| Ok(listed("[]", 0)));
    assert_eq!(
        refusal(Buildium::pull(&host.context("{}"), request)).reaction,
        Reaction::WatermarkExpired
    );
}

#[test]
fn owners_vendors_and_employees_without_tax_information() {
    let tax = r#""TaxInformation":{"TaxPayerId":"12-3456789"}"#;
    let address =
        r#""Address":{"AddressLine1":"1 Main St","City":"Austin","Country":"UnitedStates"}"#;
    let phones = r#""PhoneNumbers":[{"Number":"555","Type":"Cell"},{"Number":"","Type":"Home"},{"Number":"556","Type":"NotSet"}]"#;
    let (owners, page): (Vec<Owner>, _) = all(
        "owners",
        &format!(
            r#"[{{"Id":1,"IsCompany":false,"IsActive":true,"FirstName":"Ada","LastName":" ","Email":"a@example.com",
                 {phones},{address},"PropertyIds":[101,102],"ManagementAgreementStartDate":"2020-01-01",{tax}}}]"#
        ),
    );
    let ada = &owners[0];
    assert_eq!(
        (&ada.first_name, &ada.last_name, &ada.country),
        (&some("Ada"), &None, &some("US"))
    );
    assert_eq!(ada.x_associated_property_ids, ["101", "102"]);
    assert_eq!(ada.phones.len(), 2);
    let (vendors, vendor_page): (Vec<Vendor>, _) = all(
        "vendors",
        &format!(
            r#"[{{"Id":1,"IsCompany":true,"CompanyName":"Acme","FirstName":"Wile","LastName":"Coyote",{phones},{address},
                 "PrimaryEmail":"w@example.com","Category":{{"Id":4,"Name":"Plumbing"}},
                 "VendorInsurance":{{"Provider":"Safe","ExpirationDate":"2026-05-01T00:00:00Z"}},{tax}}}, {{"Id":2}}]"#
        ),
    );
    let acme = &vendors[0];
    assert_eq!(
        (&acme.name, &acme.type_raw),
        (&some("Acme"), &some("Plumbing"))
    );
    let contact = &acme.contacts[0];
    assert_eq!(
        (&contact.name, &contact.phone, &contact.city),
        (&some("Wile Coyote"), &some("555"), &some("Austin"))
    );
    assert_eq!(
        acme.insurance
            .as_ref()
            .and_then(|insured| insured.expiration_date),
        day("2026-05-01")
    );
    assert_eq!(vendors[1], Vendor::default());
    for page in [page, vendor_page] {
        let original = page.batches[0].upserts[0]
            .original
            .as_deref()
            .expect("an original");
        assert!(
            !original.contains("Tax") && original.contains("Austin"),
            "{original}"
        );
        serde_json::from_str::<serde_json::Value>(original).expect("JSON");
    }
    let (staff, _): (Vec<Employee>, _) = all(
        "employees",
        r#"[{"Id":1,"FirstName":"Grace","LastName":"Hopper","Email":"g@example.com","IsActive":true,
             "UserRole":{"Name":"Administrator"}}]"#,
    );
    assert_eq!(
        (&staff[0].name, &staff[0].roles[..]),
        (&some("Grace Hopper"), &["Administrator".to_owned()][..])
    );
}

const REQUESTS: &str = r#"[{"Id":1,"Title":"Leak","Category":{"Name":"Plumbing","SubCategory":{"Name":"Sink"}},
    "Property":{"Id":101,"Type":"Rental"},"UnitId":7,"UnitAgreement":{"Id":900,"Type":"Lease"},
    "RequestedByUserEntity":{"Id":41,"Type":"RentalTenant"},"AssignedToUserId":5,"TaskStatus":"Deferred",
    "Priority":"High","DueDate":"2026-01-05","IsEntryPermittedByResident":true}]"#;
const ORDERS: &str = r#"[{"Id":1,"Title":"Fix it","Task":{"Id":1,"UnitId":7},"Status":"Unheard","EntryAllowed":"No",
    "VendorId":3,"Amount":120.5}]"#;

#[test]
fn service_requests_come_from_two_lists() {
    let host = FakeHost::new(|request| {
        let orders = request.url.contains("/v1/workorders");
        Ok(listed(if orders { ORDERS } else { REQUESTS }, 1))
    });
    let ctx = host.context("{}");
    let mut request = page_request("service_requests");
    request.span = Span::Since("2025-12-20".into());
    let first = Buildium::pull(&ctx, request.clone()).expect("a page");
    assert_eq!(first.next, Next::More("1/0".into()));
    request.cursor = Some("1/0".into());
    let second = Buildium::pull(&ctx, request).expect("a page");
    assert_eq!(second.next, Next::Complete(some("2025-12-30")));
    assert!(
        host.urls()
            .iter()
            .all(|url| url.ends_with("&lastupdatedfrom=2025-12-20"))
    );
    assert_eq!(
        (keys(&first), keys(&second)),
        (vec!["1"], vec!["workorder:1"])
    );

    let asked: ServiceRequest = super::documents(&first, 0).remove(0);
    assert_eq!(
        (
            &asked.x_property_id,
            &asked.x_lease_id,
            &asked.x_resident_id
        ),
        (&some("101"), &some("900"), &some("41"))
    );
    assert_eq!(
        (
            asked.status_normalized,
            &asked.category_raw,
            asked.kind_normalized
        ),
        (
            Some(RequestStatus::OnHold),
            &some("Plumbing > Sink"),
            Some(RequestKind::Request)
        )
    );
    let order: ServiceRequest = super::documents(&second, 0).remove(0);
    assert_eq!(
        (
            &order.x_parent_id,
            order.access_is_authorized,
            order.amount_in_cents
        ),
        (&some("1"), Some(false), Some(12_050))
    );
    assert_eq!(
        (order.status_normalized, &order.vendors[0].x_vendor_id),
        (Some(RequestStatus::Other), &some("3"))
    );
}

#[test]
fn one_list_of_two_may_be_refused() {
    let host = FakeHost::new(|request| {
        Ok(if request.url.contains("/v1/workorders") {
            response(403, r#"{"UserMessage":"No orders."}"#)
        } else {
            listed(REQUESTS, 1)
        })
    });
    let ctx = host.context("{}");
    let probe = ProbeRequest {
        model: "service_requests".into(),
        partition: None,
    };
    let Ok(Verdict::Partial(finding)) = Buildium::probe(&ctx, probe) else {
        panic!("it is readable in part")
    };
    assert_eq!(finding.restrictions[0].reason, some("No orders."));
    let mut request = page_request("service_requests");
    request.cursor = Some("1/0".into());
    let page = Buildium::pull(&ctx, request).expect("a page");
    assert!(matches!(page.next, Next::Complete(Some(_))));
    // Without a key: nothing may be found to be gone by such a run.
    let lost = &page.batches[0].omissions[0];
    assert_eq!((&lost.key, lost.kind.as_str()), (&None, "forbidden"));
}

#[test]
fn listings_have_the_id_of_their_unit() {
    let (listings, page): (Vec<Listing>, _) = all(
        "listings",
        r#"[{"ListingDate":"2025-12-01","Rent":1500,"Deposit":null,"AvailableDate":"2026-01-01",
             "Contact":{"Id":1,"Name":"Ada"},"Property":{"Id":101,"Features":["Pool"],
             "Files":[{"Type":"Video","Url":"https://v.example/1"}]},"Unit":{"Id":7,"UnitNumber":"1A",
             "UnitBedrooms":"TwoBed","UnitBathrooms":"OnePointFiveBath","Features":["Dishwasher"],
             "Files":[{"Type":"Image","Url":"https://i.example/1"}]}}]"#,
    );
    assert_eq!(keys(&page), ["7"]);
    let one = &listings[0];
    assert_eq!(one.amenities, ["Pool", "Dishwasher"]);
    assert_eq!(one.image_urls, ["https://i.example/1"]);
    assert_eq!(one.video_urls, ["https://v.example/1"]);
    assert_eq!(
        (&one.bedrooms, one.bathrooms_half, one.rent_amount_in_cents),
        (&some("2"), Some(1), Some(150_000))
    );
}
