//! Throw-away measurement.
#![allow(missing_docs, clippy::unwrap_used)]
use portcullis_store::*;
use portcullis_store::vault::*;
use serde_json::json;
use std::time::{Duration, Instant};

fn rec(n: u32, tag: &str) -> RecordWrite {
    let filler: Vec<String> = (0..8).map(|i| format!("{:x}{:x}{:x}", n.wrapping_mul(2654435761 + i), n ^ 0xabcdef, (n as u64 + u64::from(i)) * 0x9E3779B97F4A7C15u64 % 0xffffffffffff)).collect();
    let doc = json!({"name": tag, "number": n, "address_1": filler[0], "address_2": filler[1], "city": "Springfield", "state": "IL", "zip": "62701",
        "phones": [{"number": filler[2], "type_normalized": "MOBILE"}, {"number": filler[3], "type_normalized": "HOME"}], "email_1": filler[4], "notes": filler[5],
        "custom_data": {"a": filler[6], "b": filler[7], "c": [1,2,3,4,5,6,7,8]}, "first_name": "Abcdefgh", "last_name": "Ijklmnop", "status_raw": "Current", "status_normalized": "CURRENT",
        "x_created_at": "2026-01-01T00:00:00Z", "x_updated_at": "2026-01-02T00:00:00Z", "x_property_id": "123", "property_id": "prop_abcdefghijklmnopqrstuvwxyz234567", "lorem": "x".repeat(250)}).to_string();
    let h = sha2::Digest::finalize(sha2::Digest::chain_update(<sha2::Sha256 as sha2::Digest>::new(), &doc));
    let mut hash = [0; 16]; hash.copy_from_slice(&h[..16]);
    let idh = sha2::Digest::finalize(sha2::Digest::chain_update(<sha2::Sha256 as sha2::Digest>::new(), n.to_be_bytes()));
    let id = data_encoding::BASE32_NOPAD.encode(&idh[..16]).to_lowercase();
    RecordWrite { id: format!("resident_{id}"), scope: String::new(), external_id: (1_000_000 + n).to_string(), doc, hash, x_updated_at: Some(chrono::Utc::now()),
        property_id: Some(format!("property_abcdefghijklmnopqrstuv{:04}", n % 100)), x_property_id: Some((n%100).to_string()), unit_id: Some(format!("unit_abcdefghijklmnopqrstuvwxyz{:04}", n % 2000)), x_unit_id: Some((n%2000).to_string()),
        related: vec![format!("property_abcdefghijklmnopqrstuv{:04}", n % 100), format!("unit_abcdefghijklmnopqrstuvwxyz{:04}", n % 2000)] }
}

#[tokio::test]
async fn measure() {
    let db = portcullis_test_postgres::TestDatabase::create().await;
    let store = Store::connect(&db.url, ConnectOptions::default()).await.unwrap();
    store.migrate().await.unwrap();
    let vault = Vault::open(&store, KeyEncryptionKey::from_bytes([7; 32])).await.unwrap();
    let acc = store.create_account("a").await.unwrap().id;
    let rows = 50_000u32;
    println!("doc bytes {}", rec(1, "a").doc.len());
    for size in [1000usize, 250] {
    let (int, _) = store.create_integration(&vault, NewIntegration { account_id: acc.clone(), name: "n".into(), vendor: "V".into(), connector_id: "c".into(), environment: Environment::Sandbox, base_url: None, settings: json!({}), secrets: Default::default() }).await.unwrap();
    let run = |m: &str| NewRun { model: m.into(), lead: None, after: vec![], span: json!({}), state_format: 1, resume_from: None, skip: None };
    store.set_enabled(&acc, &int.id, SetEnabled::On { kind: SyncKind::First, runs: vec![run("residents")] }).await.unwrap();
    let held = store.claim_run("w", Duration::from_secs(60), 5).await.unwrap().unwrap();
    for (label, tag) in [("fresh", "a"), ("unchanged", "a"), ("changed", "b")] {
        let units: Vec<Unit> = (0..rows).map(|n| RecordWrite { id: format!("{}{}", rec(n, tag).id, size), ..rec(n, tag) }).collect::<Vec<_>>().chunks(size).map(|c| Unit { batches: vec![("residents".into(), c.to_vec())], dead_letters: vec![], pages: 1, requests: 1, totals: vec![], connector_digest: "d".into(), connector_version: "1".into(), state_format: 1, lease: Duration::from_secs(60), next: Next::More { cursor: "c".into() } }).collect();
        let t = Instant::now();
        let (mut new, mut changed) = (0, 0);
        for u in &units { let c = store.commit_unit(&held.lease, u).await.unwrap(); new += c.models[0].new; changed += c.models[0].changed; }
        println!("unnest {size} {label}: {:.0} rows/s ({new} new {changed} changed)", f64::from(rows) / t.elapsed().as_secs_f64());
    }
    }
    // COPY into a temporary table, then the same upsert from it.
    let mut c: sqlx::PgConnection = sqlx::Connection::connect(&db.url).await.unwrap();
    sqlx::query("create temp table stage (id text, scope text, external_id text, doc text, hash bytea, x_updated_at timestamptz, property_id text, x_property_id text, unit_id text, x_unit_id text, related text) on commit delete rows").execute(&mut c).await.unwrap();
    let int = "int_copy";
    for (label, tag) in [("fresh", "a"), ("unchanged", "a"), ("changed", "b")] {
        let units: Vec<Vec<RecordWrite>> = (0..rows).map(|n| RecordWrite { id: format!("{}c", rec(n, tag).id), ..rec(n, tag) }).collect::<Vec<_>>().chunks(1000).map(<[_]>::to_vec).collect();
        let t = Instant::now();
        for u in &units {
            sqlx::query("begin").execute(&mut c).await.unwrap();
            let mut buf = String::with_capacity(1 << 21);
            use std::fmt::Write as _;
            for r in u {
                write!(buf, "{}\t{}\t{}\t", r.id, r.scope, r.external_id).unwrap();
                for ch in r.doc.chars() { match ch { '\\' => buf.push_str("\\\\"), '\t' => buf.push_str("\\t"), '\n' => buf.push_str("\\n"), c => buf.push(c) } }
                buf.push_str("\t\\\\x"); for b in r.hash { write!(buf, "{b:02x}").unwrap(); }
                writeln!(buf, "\t{}\t{}\t{}\t{}\t{}\t{}", r.x_updated_at.unwrap().to_rfc3339(), r.property_id.as_deref().unwrap(), r.x_property_id.as_deref().unwrap(), r.unit_id.as_deref().unwrap(), r.x_unit_id.as_deref().unwrap(), r.related.join(",")).unwrap();
            }
            let mut w = c.copy_in_raw("copy stage from stdin").await.unwrap();
            w.send(buf.as_bytes()).await.unwrap();
            w.finish().await.unwrap();
            let _: (i64, i64) = sqlx::query_as("with written as (
    insert into record as r (account_id, model, id, integration_id, scope, external_id, environment, vendor, doc, hash, x_updated_at, property_id, x_property_id, unit_id, x_unit_id, related)
    select $1, $2, u.id, $3, u.scope, u.external_id, $4, $5, u.doc::jsonb, u.hash, u.x_updated_at, u.property_id, u.x_property_id, u.unit_id, u.x_unit_id, string_to_array(u.related, ',') from stage u
    on conflict (account_id, model, id) do update set doc = excluded.doc, hash = excluded.hash, updated_at = excluded.updated_at, deleted_at = null, x_updated_at = excluded.x_updated_at, property_id = excluded.property_id,
        x_property_id = excluded.x_property_id, unit_id = excluded.unit_id, x_unit_id = excluded.x_unit_id, related = excluded.related
    where r.hash is distinct from excluded.hash or r.deleted_at is not null returning created_at = updated_at as inserted)
select count(*) filter (where inserted), count(*) filter (where not inserted) from written").bind(&acc).bind("residents").bind(int).bind("sandbox").bind("V").fetch_one(&mut c).await.unwrap();
            sqlx::query("commit").execute(&mut c).await.unwrap();
        }
        println!("copy 1000 {label}: {:.0} rows/s", f64::from(rows) / t.elapsed().as_secs_f64());
    }
}
