//! The truth: what a careful full read with a key must yield, from the seed and the mutations alone.

use super::data::{Data, Depth};
use super::keys::{Key, Scope};
use super::scope_of;
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
        readable.insert(
            model.name().to_owned(),
            json!(key.scopes.contains(&scope_of(model))),
        );
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
                data.write_transaction(&mut writer, lease, &row);
                tally.digest = tally.digest.wrapping_add(row_digest(writer.as_bytes()));
            }
        }
    }
    [
        ("resident_charges", charges),
        ("resident_payments", payments),
    ]
}
