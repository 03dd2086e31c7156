//! I6 over HTTP: another account's key sees nothing of an integration, by list, by filter and by id.

use crate::http::Http;
use crate::stage::Stage;
use crate::truth::COMPARED;
use anyhow::{Result, ensure};
use serde_json::Value;
use std::time::{Duration, Instant};

/// How long an answer may take to come: the server under the gateway may just be back.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads every list, and one record of each model, with the key of an account that has no integration.
pub(super) async fn see_nothing(
    stage: &mut Stage,
    integration_id: &str,
    found: &mut Vec<String>,
) -> Result<()> {
    let own = stage.admin()?;
    let strange = stage.stranger()?;
    for model in COMPARED.iter().map(|it| it.model).chain(["applications"]) {
        let list = answer(&strange, &format!("/v1/{model}/?limit=250")).await?;
        let rows = list.1["results"].as_array().map_or(0, Vec::len);
        let total = list.1["meta"]["total"].as_u64();
        if (list.0, rows, total) != (200, 0, Some(0)) {
            found.push(format!(
                "I6: another account is answered {} with {rows} of {total:?} {model}",
                list.0
            ));
        }
        let filtered = answer(
            &strange,
            &format!("/v1/{model}/?integration_id={integration_id}"),
        )
        .await?;
        let ids = answer(
            &own,
            &format!("/v1/{model}/?integration_id={integration_id}&limit=1"),
        )
        .await?;
        let foreign = ids.1["results"][0]["id"].as_str().unwrap_or_default();
        if !foreign.is_empty() {
            let one = answer(&strange, &format!("/v1/{model}/{foreign}")).await?;
            if one.0 != 404 {
                found.push(format!(
                    "I6: another account is answered {} for one of the {model}",
                    one.0
                ));
            }
            for (status, body) in [&list, &filtered, &one] {
                // What was asked for may be named in a refusal; what belongs to the record may not.
                let text = body["results"].to_string();
                if *status < 400 && text.contains(foreign) {
                    found.push(format!("I6: another account sees {foreign}"));
                }
            }
        }
        if filtered.0 < 400
            && filtered.1["results"]
                .as_array()
                .is_none_or(|it| !it.is_empty())
        {
            found.push(format!(
                "I6: another account sees {model} of an integration that is not its own"
            ));
        }
    }
    Ok(())
}

/// An answer, once there is one that is not the gateway's own trouble.
async fn answer(http: &Http, path: &str) -> Result<(u16, Value)> {
    let begun = Instant::now();
    loop {
        if let Ok((status, body)) = http.send(reqwest::Method::GET, path, None).await
            && status < 500
        {
            return Ok((status, body));
        }
        ensure!(begun.elapsed() < PATIENCE, "{path} is not answered");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
