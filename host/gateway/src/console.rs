//! The web console on the gateway's listener, and the way in for the first admin.

use std::collections::BTreeMap;
use std::path::Path;

use axum::Router;
use portcullis_console::{Console, ConsoleConfig, ConsoleState, DemoCustomer, link_path};
use portcullis_service::Service;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::failure::Failure;
use crate::output::Output;

/// One vendor of the demo's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Demo {
    name: String,
    base_url: Option<String>,
    fields: BTreeMap<String, String>,
}

/// The console before everything else that is served.
pub(crate) fn router(
    config: &Config,
    service: Service,
    stop: CancellationToken,
    api: Router,
) -> Result<Router, Failure> {
    let demo = match &config.console.demo {
        Some(path) => demo(path)?,
        None => BTreeMap::new(),
    };
    let state = ConsoleState::new(service, ConsoleConfig { demo }, stop);
    Ok(Console::router(state, api))
}

fn demo(path: &Path) -> Result<BTreeMap<String, DemoCustomer>, Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        let sentence = format!("console.demo: {}: {error}", path.display());
        Failure::new("config_invalid", sentence)
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
    let vendors: BTreeMap<String, Demo> =
        serde_json::from_str(&text).map_err(|error| failed(&error))?;
    let vendors = vendors.into_iter().map(|(vendor, demo)| {
        let fields = demo.fields.into_iter();
        let customer = DemoCustomer {
            name: demo.name,
            base_url: demo.base_url,
            fields: fields
                .map(|(name, value)| (name, SecretString::from(value)))
                .collect(),
        };
        (vendor, customer)
    });
    Ok(vendors.collect())
}

/// While nobody can sign in, prints a link by which the first admin comes in. Each start prints a new one.
pub(crate) async fn first_admin(
    service: &Service,
    base_url: &str,
    output: Output,
) -> Result<(), Failure> {
    let token = service
        .first_admin_token()
        .await
        .map_err(|error| Failure::new(error.code(), error.to_string()))?;
    let Some(token) = token else { return Ok(()) };
    let link = format!("{base_url}{}", link_path(token.expose_secret()));
    output.event(&json!({"event": "first_admin", "link": link}), || {
        format!(
            "Nobody can sign in to the console yet. This link makes the first admin; it works once, within 24 hours:\n\n  {link}\n"
        )
    });
    Ok(())
}
