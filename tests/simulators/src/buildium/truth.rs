//! The truth: what a careful full read with a key must yield, from the seed and the mutations alone.

use super::data::{Data, Depth};
use super::keys::{Key, Scope};
use super::scopes_of;
use super::sheets::Sheet;
use crate::shared::json::JsonWriter;
use crate::shared::shape::Model;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Digest of one row's bytes as they stand in a list. The digest of a model is the wrapping sum over its rows, which
/// does not depend on their order; it is shown as 16 hex digits.
#[must_use]
pub fn row_digest(row: &[u8]) -> u64 {
    let digest = Sha256::digest(row);
    digest
        .iter()
        .take(8)
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Counts, and on demand ids and digests, of what a key sees; with `all` also of the lists below records. Cosigners are counted apart: they are no residents of
/// the vendor's. `readable` says which models the key's permissions cover; the counts do not depend on it.
pub(super) fn truth(
    data: &Data,
    client_id: &str,
    key: &Key,
    with_ids: bool,
    with_digest: bool,
    all: bool,
) -> Value {
    let mut models = Map::new();
    let mut readable = Map::new();
    let mut ids = Map::new();
    let mut digests = Map::new();
    let mut cosigners = 0;
    let mut applications: (Vec<i64>, u64, u64) = (Vec::new(), 0, 0);
    let mut writer = JsonWriter::default();
    for model in Model::ALL {
        let (mut count, mut seen, mut digest) = (0_u64, Vec::new(), 0_u64);
        let rows = (0..data.extent(model)).filter(|index| {
            data.lives(model, *index) && data.visible(model, *index, key.properties.as_ref())
        });
        for index in rows {
            count += 1;
            if with_ids {
                seen.push(data.shape.id(model, index));
            }
            if with_digest {
                writer.clear();
                data.write(&mut writer, model, index, Depth::Whole, None);
                digest = digest.wrapping_add(row_digest(writer.as_bytes()));
            }
            match model {
                Model::Leases => cosigners += u64::from(data.cosigners(index)),
                Model::Applicants => {
                    for number in 0..data.applications(index) {
                        applications.1 += 1;
                        if with_ids {
                            applications.0.push(data.application_id(index, number));
                        }
                        if with_digest {
                            writer.clear();
                            data.write_application(&mut writer, index, number, None);
                            applications.2 =
                                applications.2.wrapping_add(row_digest(writer.as_bytes()));
                        }
                    }
                }
                _ => {}
            }
        }
        models.insert(model.name().to_owned(), json!(count));
        readable.insert(model.name().to_owned(), json!(may(key, scopes_of(model))));
        ids.insert(model.name().to_owned(), json!(seen));
        digests.insert(model.name().to_owned(), json!(format!("{digest:016x}")));
    }
    models.insert("applications".to_owned(), json!(applications.1));
    readable.insert("applications".to_owned(), readable["applicants"].clone());
    ids.insert("applications".to_owned(), json!(applications.0));
    digests.insert(
        "applications".to_owned(),
        json!(format!("{:016x}", applications.2)),
    );

    if all {
        for (name, tally) in ledgers(data, key, with_digest) {
            models.insert(name.to_owned(), json!(tally.count));
            readable.insert(
                name.to_owned(),
                json!(key.scopes.contains(&Scope::LeaseTransactions)),
            );
            ids.insert(name.to_owned(), json!(tally.ids));
            digests.insert(name.to_owned(), json!(format!("{:016x}", tally.digest)));
        }
        for (name, sheets) in SHEETS {
            let tally = tally(data, key, sheets, with_digest);
            models.insert(name.to_owned(), json!(tally.ids.len()));
            let all = sheets.iter().all(|sheet| may(key, sheet.scopes()));
            readable.insert(name.to_owned(), json!(all));
            ids.insert(name.to_owned(), json!(tally.ids));
            digests.insert(name.to_owned(), json!(format!("{:016x}", tally.digest)));
        }
    }

    let mut truth = json!({
        "client_id": client_id, "seed": data.shape.seed, "models": models, "readable": readable,
        "cosigners": cosigners,
    });
    if with_ids {
        truth["ids"] = Value::Object(ids);
    }
    if with_digest {
        truth["digests"] = Value::Object(digests);
    }
    truth
}

#[derive(Default)]
struct Tally {
    count: u64,
    ids: Vec<i64>,
    digest: u64,
}

/// What the ledgers of all leases that the key sees hold: charges, and all that is none.
fn ledgers(data: &Data, key: &Key, with_digest: bool) -> [(&'static str, Tally); 2] {
    let (mut charges, mut payments) = (Tally::default(), Tally::default());
    let mut writer = JsonWriter::default();
    for lease in 0..data.extent(Model::Leases) {
        if !data.lives(Model::Leases, lease)
            || !data.visible(Model::Leases, lease, key.properties.as_ref())
        {
            continue;
        }
        for row in data.ledger_of(lease) {
            let tally = if row.kind == "Charge" {
                &mut charges
            } else {
                &mut payments
            };
            tally.count += 1;
            tally.ids.push(row.id);
            if with_digest {
                writer.clear();
                data.write_transaction(&mut writer, lease, &row, None);
                tally.digest = tally.digest.wrapping_add(row_digest(writer.as_bytes()));
            }
        }
    }
    [
        ("resident_charges", charges),
        ("resident_payments", payments),
    ]
}

/// The models that have lists of their own; requests and orders are one model.
const SHEETS: [(&str, &[Sheet]); 8] = [
    ("recurring_resident_charges", &[Sheet::Recurring]),
    ("lease_balances", &[Sheet::Balances]),
    ("financial_accounts", &[Sheet::Accounts]),
    ("owners", &[Sheet::Owners]),
    ("vendors", &[Sheet::Vendors]),
    ("employees", &[Sheet::Users]),
    ("service_requests", &[Sheet::Requests, Sheet::Orders]),
    ("listings", &[Sheet::Listings]),
];

fn may(key: &Key, scopes: &[Scope]) -> bool {
    scopes.iter().all(|scope| key.scopes.contains(scope))
}

/// Records of some lists, with ids as a model tells them apart.
struct SheetTally {
    ids: Vec<Value>,
    digest: u64,
}

fn tally(data: &Data, key: &Key, sheets: &[Sheet], with_digest: bool) -> SheetTally {
    let mut tally = SheetTally {
        ids: Vec::new(),
        digest: 0,
    };
    for &sheet in sheets {
        for index in data.sheet_rows(sheet, key.properties.as_ref()) {
            let row = data.sheet_row(sheet, index, None);
            // Other recurring transactions are no charges, and owners may sign in, but are no staff.
            let counts = match sheet {
                Sheet::Recurring => row.get("TransactionType") == Some(&json!("Charge")),
                Sheet::Users => row.get("UserTypes") == Some(&json!(["Staff"])),
                _ => true,
            };
            if !counts {
                continue;
            }
            let id = data.sheet_id(sheet, index);
            if sheet == Sheet::Orders {
                tally.ids.push(json!(format!("workorder:{id}")));
            } else {
                tally.ids.push(json!(id));
            }
            parts_within(&row, &mut tally.ids);
            if with_digest {
                let bytes = Value::Object(row).to_string();
                tally.digest = tally.digest.wrapping_add(row_digest(bytes.as_bytes()));
            }
        }
    }
    tally
}

/// The ids of the accounts within an account.
fn parts_within(row: &Map<String, Value>, ids: &mut Vec<Value>) {
    let parts = row.get("SubAccounts").and_then(Value::as_array);
    for part in parts.into_iter().flatten().filter_map(Value::as_object) {
        ids.extend(part.get("Id").cloned());
        parts_within(part, ids);
    }
}
