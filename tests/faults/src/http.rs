//! A client that says when there is no answer: here gateways die on purpose.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::time::Duration;

/// A client with a base URL, and a key if one is needed.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    base: String,
    key: Option<String>,
}

impl Http {
    /// A client of `base`.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new(base: &str, key: Option<&str>) -> Result<Self> {
        // A second installation of the same provider is refused, and that is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(60))
            .build()?;
        Ok(Self {
            client,
            base: base.to_owned(),
            key: key.map(str::to_owned),
        })
    }

    /// Sends a request; gives status and body.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(u16, Value)> {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.with_context(|| path.to_owned())?;
        let status = answer.status().as_u16();
        let text = answer.text().await?;
        Ok((
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        ))
    }

    /// A GET that must be answered with 200.
    ///
    /// # Errors
    /// When there is no answer or another one.
    pub async fn get(&self, path: &str) -> Result<Value> {
        let (status, body) = self.send(reqwest::Method::GET, path, None).await?;
        ensure!(status == 200, "{path}: {status} {body}");
        Ok(body)
    }

    /// A POST that must be answered with success.
    ///
    /// # Errors
    /// When there is no answer or another one.
    pub async fn post(&self, path: &str, body: Option<&Value>) -> Result<Value> {
        let (status, body) = self.send(reqwest::Method::POST, path, body).await?;
        ensure!((200..300).contains(&status), "{path}: {status} {body}");
        Ok(body)
    }
}
