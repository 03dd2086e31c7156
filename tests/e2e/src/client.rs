//! The HTTP interface, as a consumer with one key sees it.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use std::time::Duration;

/// A client with a key.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base_url: String,
    key: Option<String>,
}

/// An answer with its body read.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// A header's text, empty if it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The problem's code.
    #[must_use]
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The JSON body of an answer that must have this status.
    ///
    /// # Panics
    ///
    /// When it has another.
    #[must_use]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.json()
    }
}

impl Client {
    /// A client of `base_url`.
    ///
    /// # Panics
    ///
    /// When no HTTP client can be made.
    #[must_use]
    pub fn new(base_url: &str, key: Option<&str>) -> Self {
        // A second installation of the same provider is refused, and that is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(90))
            .build()
            .unwrap_or_else(|error| panic!("an HTTP client: {error}"));
        Self {
            http,
            base_url: base_url.to_owned(),
            key: key.map(str::to_owned),
        }
    }

    /// GET with further headers.
    ///
    /// # Panics
    ///
    /// When there is no answer.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(reqwest::Method::GET, path, headers, None).await
    }

    /// GET.
    ///
    /// # Panics
    ///
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    /// POST with a JSON body or none.
    ///
    /// # Panics
    ///
    /// When there is no answer.
    pub async fn post(&self, path: &str, body: Option<Value>) -> Answer {
        self.send(reqwest::Method::POST, path, &[], body).await
    }

    /// POST with further headers, and a JSON body or none.
    ///
    /// # Panics
    ///
    /// When there is no answer.
    pub async fn post_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        self.send(reqwest::Method::POST, path, headers, body).await
    }

    /// PUT with a JSON body.
    ///
    /// # Panics
    ///
    /// When there is no answer.
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(reqwest::Method::PUT, path, &[], Some(body)).await
    }

    /// DELETE.
    ///
    /// # Panics
    ///
    /// When there is no answer.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(reqwest::Method::DELETE, path, &[], None).await
    }

    async fn send(
        &self,
        method: reqwest::Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base_url));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        for (name, value) in headers {
            let name =
                HeaderName::from_bytes(name.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
            request = request.header(
                name,
                HeaderValue::from_str(value).unwrap_or_else(|error| panic!("{error}")),
            );
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("{path}: {error:?}"));
        let answer = Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer
                .text()
                .await
                .unwrap_or_else(|error| panic!("{path}: {error}")),
        };
        portcullis_test_codes::record_all(&answer.json());
        answer
    }

    /// GET of a stream: what comes within a time.
    ///
    /// # Panics
    ///
    /// When there is no answer.
    pub async fn listen(&self, path: &str, time: Duration) -> String {
        let mut request = self.http.get(format!("{}{path}", self.base_url));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let mut answer = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("{path}: {error:?}"));
        let mut heard = format!("{:?}\n", answer.headers());
        let end = tokio::time::Instant::now() + time;
        while let Ok(Ok(Some(chunk))) = tokio::time::timeout_at(end, answer.chunk()).await {
            heard.push_str(&String::from_utf8_lossy(&chunk));
        }
        heard
    }

    /// The total that a list states, which must be exact.
    ///
    /// # Panics
    ///
    /// When the list is refused.
    pub async fn total(&self, path: &str) -> u64 {
        let list = self.get(path).await.expect(200);
        list["meta"]["total"]
            .as_u64()
            .unwrap_or_else(|| panic!("no total: {list}"))
    }

    /// The value of a metric, summed over the label sets that hold `labels`.
    ///
    /// # Panics
    ///
    /// When the metrics cannot be read.
    pub async fn metric(&self, name: &str, labels: &str) -> f64 {
        let text = self.get("/metrics").await.body;
        text.lines()
            .filter(|line| {
                line.starts_with(name) && line.contains(labels) && !line.starts_with('#')
            })
            .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }
}
