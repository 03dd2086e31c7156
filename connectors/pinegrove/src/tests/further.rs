//! Money, accounts, owners, vendors, employees, requests and listings.

use portcullis_sdk::model::{
    ChargeFrequency, Employee, FinancialAccount, LeaseBalance, Listing, Owner, PaymentMethod,
    PhoneType, RecurringResidentCharge, RequestPriority, RequestStatus, ResidentCharge,
    ResidentPayment, ServiceRequest, TransactionKind, Vendor,
};

use super::{documents, pull_all, some};

#[test]
fn money() {
    let charges: Vec<ResidentCharge> = documents(&pull_all("resident_charges"));
    let charge = &charges[0];
    assert_eq!(
        (
            charge.amount_in_cents,
            charge.amount_open_in_cents,
            charge.amount_paid_in_cents
        ),
        (Some(130_050), Some(30_050), Some(100_000))
    );
    assert_eq!(
        (&charge.x_lease_id, charge.is_open),
        (&some("lse_1"), Some(true))
    );

    let page = pull_all("resident_payments");
    let payments: Vec<ResidentPayment> = documents(&page);
    assert_eq!(payments[0].kind_normalized, Some(TransactionKind::Payment));
    assert_eq!(
        payments[0].payment_method_normalized,
        Some(PaymentMethod::Check)
    );
    assert_eq!(payments[0].reference_number, some("0042"));
    // A day that is none costs the record and not the page.
    assert_eq!((payments.len(), page.batches[0].omissions.len()), (1, 1));
    let original = page.batches[0].upserts[0].original.as_deref();
    assert!(original.is_some_and(|text| !text.contains("000123456")));

    let recurring: Vec<RecurringResidentCharge> =
        documents(&pull_all("recurring_resident_charges"));
    assert_eq!(
        (
            recurring[0].frequency_normalized,
            recurring[0].charge_due_day
        ),
        (Some(ChargeFrequency::Monthly), Some(31))
    );
    assert_eq!(
        (
            recurring[1].frequency_normalized,
            recurring[1].charge_due_day
        ),
        (Some(ChargeFrequency::Other), None)
    );
    assert_eq!(recurring[1].frequency_raw, some("full_moon"));

    let balances: Vec<LeaseBalance> = documents(&pull_all("lease_balances"));
    assert_eq!(
        (
            balances[0].total_in_cents,
            balances[0].days_31_60_in_cents,
            balances[0].days_over_90_in_cents
        ),
        (Some(30_050), Some(0), None)
    );
    let accounts: Vec<FinancialAccount> = documents(&pull_all("financial_accounts"));
    assert_eq!(accounts[0].account_number, some("4000"));
    assert_eq!(accounts[1].x_parent_id, some("acc_1"));
}

#[test]
fn people_and_work() {
    let page = pull_all("owners");
    let owners: Vec<Owner> = documents(&page);
    assert_eq!(owners[0].company_name, some("O'Neil Holdings"));
    assert_eq!(owners[0].x_associated_property_ids, ["prp_1", "prp_2"]);
    assert_eq!(owners[0].phones[0].type_normalized, Some(PhoneType::Other));
    assert_eq!(
        (&owners[1].company_name, &owners[1].last_name),
        (&None, &some("Lee"))
    );
    let original = page.batches[0].upserts[0].original.as_deref();
    assert!(original.is_some_and(|text| !text.contains("98-7654321")));

    let vendors: Vec<Vendor> = documents(&pull_all("vendors"));
    assert_eq!(vendors[0].type_raw, some("plumber"));
    assert_eq!(vendors[0].contacts[0].email, some("p@mail.example"));
    let insurance = vendors[0].insurance.as_ref();
    assert_eq!(
        insurance.and_then(|it| it.expiration_date),
        "2026-12-31".parse().ok()
    );
    let employees: Vec<Employee> = documents(&pull_all("employees"));
    assert_eq!(employees[0].roles, ["manager", "leasing"]);

    let requests: Vec<ServiceRequest> = documents(&pull_all("service_requests"));
    assert_eq!(
        (
            requests[0].status_normalized,
            requests[0].priority_normalized,
            &requests[0].priority_raw
        ),
        (
            Some(RequestStatus::Completed),
            Some(RequestPriority::Other),
            &some("cosmic")
        )
    );
    assert_eq!(requests[0].vendors[0].x_vendor_id, some("ven_1"));
    let listings: Vec<Listing> = documents(&pull_all("listings"));
    assert_eq!(listings[0].rent_amount_in_cents, Some(140_000));
    assert_eq!(listings[0].amenities, ["Balcony"]);
}
