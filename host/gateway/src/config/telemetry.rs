//! `[telemetry]`: where traces go.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use url::Url;

use super::scalar::share;
use super::{ConfigError, Secret};

/// Traces.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Telemetry {
    /// Where a collector takes OTLP over HTTP, such as `http://127.0.0.1:4318`; `/v1/traces` is added. A trace leads from
    /// a request over the sync that it asked for and the calls of the connector to the vendor. Default: none, no traces.
    pub(crate) otlp_endpoint: Option<String>,
    /// Headers for the collector, such as `authorization=Bearer …,x-team=a`. Default: none.
    pub(crate) otlp_headers: Option<Secret>,
    /// The share of traces that is collected, from 0 to 1. A caller's `traceparent` decides for its own.
    #[serde(deserialize_with = "share")]
    pub(crate) sample_share: f64,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            otlp_endpoint: None,
            otlp_headers: None,
            sample_share: 1.0,
        }
    }
}

impl Telemetry {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.endpoint()?;
        self.headers().map(drop)
    }

    /// The address of the collector's traces, if traces are collected.
    pub(crate) fn endpoint(&self) -> Result<Option<String>, ConfigError> {
        let Some(text) = &self.otlp_endpoint else {
            return Ok(None);
        };
        let url = Url::parse(text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.query().is_none());
        match url {
            Some(url) => Ok(Some(format!(
                "{}/v1/traces",
                url.as_str().trim_end_matches('/')
            ))),
            None => Err(ConfigError::value(
                "telemetry.otlp_endpoint",
                "is no address of a collector, such as http://127.0.0.1:4318",
            )),
        }
    }

    /// The headers by name.
    pub(crate) fn headers(&self) -> Result<HashMap<String, String>, ConfigError> {
        let text = self.otlp_headers.as_ref().map_or("", Secret::expose);
        let pairs = text.split(',').filter(|pair| !pair.trim().is_empty());
        pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=')?;
                let (name, value) = (name.trim(), value.trim());
                let fits = http::HeaderName::try_from(name).is_ok()
                    && http::HeaderValue::try_from(value).is_ok();
                fits.then(|| (name.to_owned(), value.to_owned()))
            })
            .collect::<Option<_>>()
            .ok_or_else(|| {
                ConfigError::value(
                    "telemetry.otlp_headers",
                    "is no list of headers such as authorization=Bearer …,x-team=a",
                )
            })
    }
}
