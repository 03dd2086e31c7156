//! Each vendor through the six steps, as a customer takes them over the interface: offered, connected, looked at,
//! switched on, read, served. What is served is what the vendor has; after a change there, exactly the changed records
//! are written; and credentials that may read a part bring that part.

mod sessions;
mod stage;
mod through_the_host;

use portcullis_e2e::Gateway;
use portcullis_simulators::VendorKind;
use serde_json::{Map, Value, json};
use stage::{Stage, stage};
use std::collections::BTreeSet;
use std::time::Duration;

/// A vendor's field, and the field of the model that shows it.
struct Shown {
    model: &'static str,
    field: &'static str,
    value: Value,
    served: &'static str,
    as_value: Value,
}

impl Shown {
    /// A text that is served as it is.
    fn text(model: &'static str, field: &'static str, served: &'static str) -> Self {
        Self {
            model,
            field,
            value: json!("Changed at the vendor"),
            served,
            as_value: json!("Changed at the vendor"),
        }
    }

    fn with(self, value: Value, as_value: Value) -> Self {
        Self {
            value,
            as_value,
            ..self
        }
    }

    /// The operation that writes it into a record.
    fn change(&self, id: &str, silent: bool) -> Value {
        let fields = Map::from_iter([(self.field.to_owned(), self.value.clone())]);
        json!([{
            "op": "change", "model": self.model, "ids": [id], "fields": fields, "silent": silent,
        }])
    }
}

/// What a customer meets whose credentials may not read everything.
struct Partial {
    /// What they may read, in the simulator's words.
    scopes: &'static [&'static str],
    /// The models that they may not, with the verdict of each and what a sync makes of it.
    kept_back: &'static [(&'static str, &'static str, &'static str)],
}

/// One vendor.
struct Case {
    kind: VendorKind,
    /// In a record before the first sync.
    before: Shown,
    /// In records between two syncs.
    between: [Shown; 2],
    /// Models whose ids are unique within a property alone.
    scoped: &'static [&'static str],
    partial: Partial,
}

async fn six_steps(case: &Case) {
    let stage = stage(case.kind).await;
    let word = stage.word;
    let known = stage.some(case.before.model, 2).await;
    stage.vendor.mutate(case.before.change(&known, true)).await;

    // Connected and looked at: everything can be read, and what is counted is right.
    let id = stage.connected("Everything").await;
    let access = stage.gateway.checked(&id).await;
    let truth = stage.vendor.all_ids().await;
    for model in &stage.models {
        let found = &access["models"][model];
        assert_eq!(found["verdict"], "granted", "{word}: {model}: {found}");
        if let Some(count) = found["record_count"].as_u64() {
            assert_eq!(count, truth[model].len() as u64, "{word}: {model}");
        }
    }

    // Switched on and read: everything is there.
    stage.gateway.enable(&id).await;
    let first = stage.gateway.synced(&id).await;
    stage.was_read(&first);
    stage.compare(&id, case.scoped, &stage.models).await;
    shows(&stage, &id, case, &case.before, &known).await;

    // Changed at the vendor: exactly that is written.
    let mut changed = BTreeSet::new();
    for (place, shown) in case.between.iter().enumerate() {
        let one = stage.some(shown.model, 3 + place).await;
        stage.vendor.mutate(shown.change(&one, false)).await;
        changed.insert((shown.model.to_owned(), one));
    }
    // Stamps of vendors are whole seconds, and whole minutes at worst; the gateway looks back further than that.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let before = stage.versions(&id).await;
    let second = stage.sync(&id).await;
    stage.was_read(&second);
    let after = stage.versions(&id).await;
    let written: BTreeSet<(String, String)> = after
        .iter()
        .filter(|(key, version)| before.get(*key) != Some(*version))
        .map(|(key, _)| key.clone())
        .collect();
    assert_eq!(written, changed, "{word}: {second}");
    assert_eq!(before.len(), after.len(), "{word}: no row is new");
    for ((_, one), shown) in changed.iter().zip(in_order(&case.between)) {
        shows(&stage, &id, case, shown, one).await;
    }
    stage.compare(&id, case.scoped, &stage.models).await;

    part(&stage, case, &id).await;
}

/// A record is served with what the vendor shows.
async fn shows(stage: &Stage, id: &str, case: &Case, shown: &Shown, of: &str) {
    let scoped = case.scoped.contains(&shown.model);
    let served = stage.served(id, shown.model, scoped).await;
    assert_eq!(served[of][shown.served], shown.as_value, "{}", served[of]);
}

/// By model, as a set of changes is ordered.
fn in_order(shown: &[Shown; 2]) -> Vec<&Shown> {
    let mut shown: Vec<&Shown> = shown.iter().collect();
    shown.sort_by_key(|one| one.model);
    shown
}

/// Credentials that may read a part: verdicts name the rest, and a sync reads what can be read.
async fn part(stage: &Stage, case: &Case, whole: &str) {
    let word = stage.word;
    let Partial { scopes, kept_back } = &case.partial;
    let set = json!([{ "op": "set_scopes", "scopes": scopes }]);
    stage.vendor.mutate(set).await;
    let readable: Vec<String> = stage
        .models
        .iter()
        .filter(|model| !kept_back.iter().any(|(kept, ..)| kept == model))
        .cloned()
        .collect();

    // Everything or nothing: nothing is left to connect for.
    let id = if readable.is_empty() {
        // Taken away from a customer who had it: what was read stays, and nothing new comes.
        let path = format!("/v1/admin/integrations/{whole}/data-access");
        let _ = stage.gateway.admin.post(&path, None).await.expect(202);
        whole.to_owned()
    } else {
        stage.connected("A part").await
    };
    let access = stage.gateway.checked(&id).await;
    assert_eq!(access["credentials"]["state"], "valid", "{word}: {access}");
    for model in &readable {
        let found = &access["models"][model];
        assert_eq!(found["verdict"], "granted", "{word}: {model}: {found}");
    }
    for (model, verdict, _) in *kept_back {
        let found = &access["models"][model];
        assert_eq!(found["verdict"], *verdict, "{word}: {model}: {found}");
    }

    if id == whole {
        let path = format!("/v1/admin/integrations/{id}/manual-sync");
        let refused = stage.gateway.admin.post(&path, None).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (409, "nothing_readable")
        );
        return stage.compare(&id, case.scoped, &stage.models).await;
    }
    stage.gateway.enable(&id).await;
    let sync = stage.gateway.synced(&id).await;
    for model in &readable {
        let run = Gateway::run(&sync, model);
        assert_eq!(run["status"], "succeeded", "{word}: {run}");
    }
    for (model, _, status) in *kept_back {
        let run = Gateway::run(&sync, model);
        assert_eq!(run["status"], *status, "{word}: {run}");
        let served = stage.served(&id, model, false).await;
        assert!(served.is_empty(), "{word}: {model}");
    }
    stage.compare(&id, case.scoped, &readable).await;
}

const DENIED: (&str, &str) = ("denied", "skipped_no_access");

#[tokio::test(flavor = "multi_thread")]
async fn appfolio() {
    six_steps(&Case {
        kind: VendorKind::AppFolio,
        before: Shown::text("units", "MarketRent", "rent_amount_market_in_cents")
            .with(json!("2,095.50"), json!(209_550)),
        between: [
            Shown::text("units", "Name", "number"),
            Shown::text("residents", "FirstName", "first_name"),
        ],
        scoped: &[],
        // A list that may not be read is answered by 701.
        partial: Partial {
            scopes: &["properties", "units", "leases", "tenants"],
            kept_back: &[
                ("applicants", DENIED.0, DENIED.1),
                ("applications", DENIED.0, DENIED.1),
            ],
        },
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn buildium() {
    six_steps(&Case {
        kind: VendorKind::Buildium,
        before: Shown::text("units", "MarketRent", "rent_amount_market_in_cents")
            .with(json!(2095.5), json!(209_550)),
        between: [
            Shown::text("units", "UnitNumber", "number"),
            Shown::text("residents", "FirstName", "first_name"),
        ],
        scoped: &[],
        partial: Partial {
            scopes: &[
                "rentals",
                "leases",
                "tenants",
                "applicants",
                "lease_transactions",
                "general_ledger_accounts",
                "vendors",
                "users",
                "tasks",
                "work_orders",
                "listings",
            ],
            kept_back: &[
                ("lease_balances", DENIED.0, DENIED.1),
                ("owners", DENIED.0, DENIED.1),
            ],
        },
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entrata() {
    six_steps(&Case {
        kind: VendorKind::Entrata,
        before: Shown::text("properties", "YearBuilt", "year_built")
            .with(json!("1968"), json!(1968)),
        between: [
            Shown::text("units", "unitNumber", "number"),
            Shown::text("residents", "firstName", "first_name"),
        ],
        scoped: &[],
        // A missing permission looks like any other error: it is tried, and tried again.
        partial: Partial {
            scopes: &["properties", "propertyunits", "leases"],
            kept_back: &[("residents", "unknown", "failed")],
        },
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mri() {
    six_steps(&Case {
        kind: VendorKind::Mri,
        before: Shown::text("properties", "PropertyName", "name"),
        between: [
            Shown::text("leases", "LeaseMonthlyRentAmount", "rent_amount_in_cents")
                .with(json!("2095.50"), json!(209_550)),
            Shown::text("residents", "FirstName", "first_name"),
        ],
        scoped: &[],
        partial: Partial {
            scopes: &[
                "PropertyIDByNameOrAddress",
                "UnitVacancyInformation",
                "ResidentLeaseDetailsByPropertyID",
            ],
            kept_back: &[("residents", DENIED.0, DENIED.1)],
        },
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pinegrove() {
    six_steps(&Case {
        kind: VendorKind::Pinegrove,
        before: Shown::text("units", "rent", "rent_amount_market_in_cents").with(
            json!({ "amount": "2095.50", "currency": "USD" }),
            json!(209_550),
        ),
        between: [
            Shown::text("units", "number", "number"),
            Shown::text("residents", "first_name", "first_name"),
        ],
        scoped: &[],
        // Everything or nothing.
        partial: Partial {
            scopes: &[],
            kept_back: &[
                ("properties", DENIED.0, DENIED.1),
                ("units", DENIED.0, DENIED.1),
                ("leases", DENIED.0, DENIED.1),
                ("residents", DENIED.0, DENIED.1),
                ("applicants", DENIED.0, DENIED.1),
                ("applications", DENIED.0, DENIED.1),
                ("resident_charges", DENIED.0, DENIED.1),
                ("resident_payments", DENIED.0, DENIED.1),
                ("recurring_resident_charges", DENIED.0, DENIED.1),
                ("lease_balances", DENIED.0, DENIED.1),
                ("financial_accounts", DENIED.0, DENIED.1),
                ("owners", DENIED.0, DENIED.1),
                ("vendors", DENIED.0, DENIED.1),
                ("employees", DENIED.0, DENIED.1),
                ("service_requests", DENIED.0, DENIED.1),
                ("listings", DENIED.0, DENIED.1),
            ],
        },
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rent_manager() {
    six_steps(&Case {
        kind: VendorKind::RentManager,
        before: Shown::text("properties", "Name", "name"),
        between: [
            Shown::text("units", "Name", "number"),
            Shown::text("residents", "FirstName", "first_name"),
        ],
        scoped: &[],
        partial: Partial {
            scopes: &["properties", "units", "leases", "charges"],
            kept_back: &[("residents", DENIED.0, DENIED.1)],
        },
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yardi_voyager() {
    six_steps(&Case {
        kind: VendorKind::YardiVoyager,
        before: Shown::text("units", "MarketRent", "rent_amount_market_in_cents")
            .with(json!("2095.50"), json!(209_550)),
        between: [
            Shown::text("units", "FloorplanName", "floor_plan_name"),
            Shown::text("residents", "FirstName", "first_name"),
        ],
        scoped: &["units"],
        // Licences are per interface: all that the other one holds can be read.
        partial: Partial {
            scopes: &["residentdata"],
            kept_back: &[
                ("units", "not_licensed", "skipped_not_licensed"),
                ("resident_charges", "not_licensed", "skipped_not_licensed"),
            ],
        },
    })
    .await;
}
