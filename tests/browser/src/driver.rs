//! ChromeDriver as a process, and the few commands of WebDriver that the tests use.
//!
//! The client is here and no crate, because what the tests need most, the developer tools and their logs, no crate
//! offers beyond sending JSON by hand.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Why a command was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// WebDriver's word, such as `stale element reference`; `unreachable` where the driver did not answer.
    pub(crate) code: String,
    /// A sentence.
    pub(crate) message: String,
}

impl Refusal {
    fn unreachable(error: &reqwest::Error) -> Self {
        Self {
            code: "unreachable".to_owned(),
            message: error.to_string(),
        }
    }

    /// Whether the element is not there, or not any more.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(
            self.code.as_str(),
            "no such element" | "stale element reference"
        )
    }

    /// Whether the element may let it be done in a moment: it is not there yet, drawn anew, or still covered.
    pub(crate) fn is_not_yet(&self) -> bool {
        self.is_gone() || self.is_covered() || self.code == "element not interactable"
    }

    /// Whether something else is above the element.
    pub(crate) fn is_covered(&self) -> bool {
        self.code == "element click intercepted"
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// A running driver with one browser; dropped, both are gone.
#[derive(Debug)]
pub(crate) struct Driver {
    http: reqwest::Client,
    session: String,
    _child: Child,
}

impl Driver {
    /// Starts one on a free port, and a browser with these capabilities.
    pub(crate) async fn start(capabilities: &Value) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let wanted = json!({"capabilities": {"alwaysMatch": capabilities}});
        let mut why = "chromedriver does not listen".to_owned();
        // A free port may be taken by somebody else before the driver listens on it, and a busy machine may be too slow
        // for a browser's start: it is tried again.
        for _ in 0..5 {
            let Some((child, port)) = listening().await else {
                continue;
            };
            let http = reqwest::Client::builder()
                .no_proxy()
                .timeout(Duration::from_secs(90))
                .build()
                .unwrap_or_else(|error| panic!("an HTTP client: {error}"));
            let mut driver = Self {
                http,
                session: format!("http://127.0.0.1:{port}/session"),
                _child: child,
            };
            match driver.post("", wanted.clone()).await {
                Ok(made) => {
                    let id = made["sessionId"].as_str().unwrap_or_default();
                    driver.session = format!("{}/{id}", driver.session);
                    return driver;
                }
                Err(error) => why = error.to_string(),
            }
        }
        panic!("chromium does not start: {why}; scripts/setup.sh --tests installs it");
    }

    /// Sends a command and gives its value.
    pub(crate) async fn post(&self, command: &str, body: Value) -> Result<Value, Refusal> {
        let url = format!("{}{command}", self.session);
        self.send(self.http.post(url).json(&body)).await
    }

    /// Asks for a value.
    pub(crate) async fn get(&self, command: &str) -> Result<Value, Refusal> {
        let url = format!("{}{command}", self.session);
        self.send(self.http.get(url)).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Value, Refusal> {
        let answer = request.send().await;
        let answer = answer.map_err(|error| Refusal::unreachable(&error))?;
        let is_fine = answer.status().is_success();
        let body = answer.json().await;
        let body: Value = body.map_err(|error| Refusal::unreachable(&error))?;
        let value = body["value"].clone();
        if is_fine {
            return Ok(value);
        }
        let text = |name: &str| value[name].as_str().unwrap_or_default();
        Err(Refusal {
            code: text("error").to_owned(),
            message: text("message")
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
        })
    }
}

impl Drop for Driver {
    /// A driver that is killed leaves its browser behind, so it is asked to end it first.
    fn drop(&mut self) {
        let session = self.session.trim_start_matches("http://");
        let Some((host, path)) = session.split_once('/') else {
            return;
        };
        let Ok(mut stream) = TcpStream::connect(host) else {
            return;
        };
        let asked = write!(
            stream,
            "DELETE /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        );
        let patience = stream.set_read_timeout(Some(Duration::from_secs(10)));
        if asked.is_ok() && patience.is_ok() {
            // It answers when the browser is gone.
            let _ = stream.read(&mut [0; 512]);
        }
    }
}

/// Starts the driver; gives its port once it listens, nothing when it ended before.
async fn listening() -> Option<(Child, String)> {
    let mut child = Command::new("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|error| {
            panic!("chromedriver: {error}; scripts/setup.sh --tests installs it")
        });
    let mut lines = BufReader::new(child.stdout.take()?).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            let port = port.trim_end_matches('.').to_owned();
            // A full pipe would stop it.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Some((child, port));
        }
    }
    None
}
