//! The six steps of an operator, each over the public HTTP interface.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::api::Client;
use crate::process::{Facts, Simulator};
use crate::report::{say, step};

/// The models that the API reads.
const MODELS: [&str; 6] = [
    "properties",
    "units",
    "leases",
    "residents",
    "applicants",
    "applications",
];
/// The vendor that the simulator stands for.
pub(crate) const VENDOR: &str = "BUILDIUM";
/// How long any one step may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the walk found.
#[derive(Debug)]
pub(crate) struct Walk {
    pub(crate) integration_id: String,
    /// Records of each model, counted page by page.
    pub(crate) counts: BTreeMap<String, u64>,
}

/// Walks all six steps.
pub(crate) async fn walk(simulator: &Simulator, gateway: &Facts, api_key: &str) -> Result<Walk> {
    let admin = Client::new(&gateway.base_url, Some(&gateway.admin_key))?;
    see_vendors(&admin).await?;
    let integration_id = add_customer(&admin, simulator).await?;
    see_access(&admin, &integration_id).await?;
    enable(&admin, &integration_id).await?;
    watch_sync(&admin, &integration_id).await?;
    let reader = Client::new(&gateway.base_url, Some(api_key))?;
    let counts = read(&reader, &integration_id).await?;
    Ok(Walk {
        integration_id,
        counts,
    })
}

async fn see_vendors(admin: &Client) -> Result<()> {
    step(1, "The vendors that the loaded connectors offer");
    let vendors = until("the connector is loaded", async || {
        let vendors = admin.get("/v1/admin/vendors/").await?;
        let offered = offered_by(&vendors)?
            .iter()
            .any(|vendor| vendor["vendor"] == VENDOR);
        Ok(offered.then_some(vendors))
    })
    .await?;
    for vendor in offered_by(&vendors)? {
        say(&format!(
            "   {} ({}), connector {}",
            text(vendor, "name"),
            text(vendor, "vendor"),
            text(&vendor["connector"], "version")
        ));
    }
    Ok(())
}

async fn add_customer(admin: &Client, simulator: &Simulator) -> Result<String> {
    step(2, "A customer with their credentials");
    let body = json!({
        "integration_vendor": VENDOR,
        "name": "Acme Properties - Sandbox",
        "credentials": {"clientId": simulator.client_id, "secret": simulator.secret},
        "base_url": simulator.url,
    });
    let answer = admin.post("/v1/admin/integrations/", Some(&body)).await?;
    let id = answer["results"]["id"]
        .as_str()
        .with_context(|| format!("the new integration has no id: {answer}"))?;
    say(&format!("   {id}"));
    Ok(id.to_owned())
}

async fn see_access(admin: &Client, id: &str) -> Result<()> {
    step(3, "What the credentials can read");
    let path = format!("/v1/admin/integrations/{id}/data-access");
    let access = until("the check of the credentials ends", async || {
        let answer = admin.get(&path).await?;
        let result = answer["result"].clone();
        let ended = result["data_access_check_in_process"] == false
            && !result["last_data_access_check"].is_null();
        Ok(ended.then_some(result))
    })
    .await?;
    let models = access["models"]
        .as_object()
        .context("the data access names no models")?;
    for (model, access) in models {
        let evidence = &access["evidence"][0];
        // What the connector does not offer was not asked for.
        if evidence.is_null() {
            continue;
        }
        say(&format!(
            "   {model:<17} {:<9} {} {} answered {} in {} ms",
            text(access, "verdict"),
            text(evidence, "method"),
            text(evidence, "path"),
            evidence["status"],
            evidence["latency_ms"],
        ));
    }
    Ok(())
}

async fn enable(admin: &Client, id: &str) -> Result<()> {
    step(4, "Enable it");
    admin
        .post(&format!("/v1/admin/integrations/{id}/enable"), None)
        .await?;
    say("   enabled; the first sync begins");
    Ok(())
}

async fn watch_sync(admin: &Client, id: &str) -> Result<()> {
    step(5, "Watch the first sync");
    let path = format!("/v1/admin/integrations/{id}/syncs");
    let begin = Instant::now();
    let sync = until("the first sync ends", async || {
        let syncs = admin.get(&path).await?;
        let first = rows(&syncs)?.first().cloned();
        Ok(first.filter(|sync| !sync["finished_at"].is_null()))
    })
    .await?;
    for run in sync["runs"].as_array().into_iter().flatten() {
        say(&format!(
            "   {:<13} {}",
            text(run, "model"),
            text(run, "status")
        ));
    }
    let status = text(&sync, "status");
    say(&format!(
        "   {status} after {:.1} s",
        begin.elapsed().as_secs_f64()
    ));
    if status != "succeeded" {
        bail!("the first sync ended as {status}: {sync}");
    }
    Ok(())
}

async fn read(reader: &Client, id: &str) -> Result<BTreeMap<String, u64>> {
    step(6, "Read: one API for every vendor");
    let mut counts = BTreeMap::new();
    for model in MODELS {
        counts.insert(model.to_owned(), count(reader, model, id).await?);
    }
    Ok(counts)
}

/// Pages through a model and counts different ids; the total that the API states must be the same number.
async fn count(reader: &Client, model: &str, id: &str) -> Result<u64> {
    let mut ids = std::collections::HashSet::new();
    loop {
        let path = format!(
            "/v1/{model}/?integration_id={id}&order-by=created_at:asc&limit=250&offset={}",
            ids.len()
        );
        let page = reader.get(&path).await?;
        let records = rows(&page)?;
        for record in records {
            let record_id = record["id"]
                .as_str()
                .with_context(|| format!("a record without id: {record}"))?;
            if !ids.insert(record_id.to_owned()) {
                bail!("{model} serves {record_id} on two pages");
            }
        }
        if page["meta"]["hasMore"] != true || records.is_empty() {
            let counted = u64::try_from(ids.len())?;
            if page["meta"]["total"] != counted {
                bail!(
                    "{model} states a total of {} and serves {counted}",
                    page["meta"]["total"]
                );
            }
            return Ok(counted);
        }
    }
}

/// Asks again until there is an answer.
async fn until<T>(what: &str, ask: impl AsyncFn() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            bail!("waited {} s, and still not: {what}", PATIENCE.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn offered_by(vendors: &Value) -> Result<&Vec<Value>> {
    vendors["results"]["vendors"]
        .as_array()
        .with_context(|| format!("an answer without vendors: {vendors}"))
}

fn rows(list: &Value) -> Result<&Vec<Value>> {
    list["results"]
        .as_array()
        .with_context(|| format!("a list without results: {list}"))
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or("-").to_owned()
}
