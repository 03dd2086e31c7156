//! One browser window.

use std::time::{Duration, Instant};

use data_encoding::BASE64;
use portcullis_e2e::PATIENCE;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::driver::Driver;

/// Finds breaches of WCAG in a page.
const AXE: &str = include_str!("../vendor/axe-4.14.1.min.js");

/// The key that moves the focus on.
pub const TAB: &str = "\u{e004}";
/// The key that follows a link and sends a form.
pub const ENTER: &str = "\u{e007}";
/// The key that closes what is open.
pub const ESCAPE: &str = "\u{e00c}";

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark text on light ground.
    Light,
    /// Light text on dark ground.
    Dark,
}

impl Theme {
    /// The word that the browser knows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What a browser noted since it was asked last.
#[derive(Debug, Clone, Default)]
pub struct Complaints {
    /// Breaches of the content security policy.
    pub policy: Vec<String>,
    /// Errors of scripts, and requests that failed in the network.
    pub errors: Vec<String>,
    /// Requests to another host.
    pub foreign: Vec<String>,
    /// Bytes of all bodies that arrived.
    pub bytes: u64,
}

/// A window of a browser of its own.
#[derive(Debug)]
pub struct Browser {
    driver: Driver,
    base_url: String,
    _profile: TempDir,
}

impl Browser {
    /// Opens one for the pages below an address.
    ///
    /// # Panics
    ///
    /// When Chromium or its driver do not start.
    pub async fn open(base_url: &str) -> Self {
        let profile = TempDir::new().unwrap_or_else(|error| panic!("a folder: {error}"));
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-extensions".to_owned(),
            "--no-first-run".to_owned(),
            "--hide-scrollbars".to_owned(),
            "--force-color-profile=srgb".to_owned(),
            "--lang=en".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        // Chromium's own sandbox does not work as root; the pages here are ours.
        if is_root() {
            arguments.push("--no-sandbox".to_owned());
        }
        let capabilities = json!({
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        });
        let browser = Self {
            driver: Driver::start(&capabilities).await,
            base_url: base_url.to_owned(),
            _profile: profile,
        };
        browser.size(1280, 900).await;
        browser
    }

    /// Opens a page by its path.
    ///
    /// # Panics
    ///
    /// When it does not load.
    pub async fn go(&self, path: &str) {
        let url = format!("{}{path}", self.base_url);
        let done = self.driver.post("/url", json!({"url": url})).await;
        done.unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Loads the page again.
    ///
    /// # Panics
    ///
    /// When it does not load.
    pub async fn reload(&self) {
        let done = self.driver.post("/refresh", json!({})).await;
        done.unwrap_or_else(|error| panic!("reload: {error}"));
    }

    /// The path of the page, with its query.
    ///
    /// # Panics
    ///
    /// When the browser is gone.
    pub async fn path(&self) -> String {
        let url = self.driver.get("/url").await;
        let url = url.unwrap_or_else(|error| panic!("the address: {error}"));
        let url = url.as_str().unwrap_or_default();
        url.trim_start_matches(&self.base_url).to_owned()
    }

    /// The first element now, as the driver names it.
    async fn element(&self, css: &str) -> Result<String, String> {
        let wanted = json!({"using": "css selector", "value": css});
        let found = self.driver.post("/element", wanted).await?;
        let id = found.as_object().and_then(|it| it.values().next());
        Ok(id.and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    /// Does something with an element as soon as it is there and lets it be done: pages are drawn anew meanwhile.
    async fn with(&self, css: &str, command: &str, body: Value) {
        let begin = Instant::now();
        loop {
            let done = match self.element(css).await {
                Ok(id) => {
                    let command = format!("/element/{id}/{command}");
                    self.driver.post(&command, body.clone()).await
                }
                Err(error) => Err(error),
            };
            let Err(error) = done else { return };
            if begin.elapsed() > PATIENCE {
                panic!(
                    "{command} {css}: {error}; the page says: {}",
                    self.text("body").await
                );
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }

    /// Waits for an element.
    ///
    /// # Panics
    ///
    /// When it does not appear.
    pub async fn find(&self, css: &str) {
        let begin = Instant::now();
        while !self.has(css).await {
            if begin.elapsed() > PATIENCE {
                panic!("no {css}; the page says: {}", self.text("body").await);
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }

    /// Whether an element is there now.
    pub async fn has(&self, css: &str) -> bool {
        self.element(css).await.is_ok()
    }

    /// The text of the first element, as it is shown; empty when there is none.
    pub async fn text(&self, css: &str) -> String {
        let script =
            "const it = document.querySelector(arguments[0]); return it ? it.innerText : ''";
        let text = self.script(script, vec![json!(css)]).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// What a field holds.
    pub async fn value(&self, css: &str) -> String {
        self.find(css).await;
        let script = "return document.querySelector(arguments[0]).value";
        let value = self.script(script, vec![json!(css)]).await;
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an element holds a text.
    ///
    /// # Panics
    ///
    /// When it never does.
    pub async fn says(&self, css: &str, wanted: &str) {
        let begin = Instant::now();
        loop {
            let text = self.text(css).await;
            if text.contains(wanted) {
                return;
            }
            if begin.elapsed() > PATIENCE {
                let path = self.path().await;
                panic!("{path}: {css} does not say {wanted:?}, but: {text}");
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }

    /// Clicks.
    ///
    /// # Panics
    ///
    /// When there is nothing to click.
    pub async fn click(&self, css: &str) {
        self.with(css, "click", json!({})).await;
    }

    /// Types into a field, in place of what it holds.
    ///
    /// # Panics
    ///
    /// When there is no such field.
    pub async fn fill(&self, css: &str, text: &str) {
        self.with(css, "clear", json!({})).await;
        self.with(css, "value", json!({"text": text})).await;
    }

    /// Chooses an option of a list by its value.
    ///
    /// # Panics
    ///
    /// When there is no such option.
    pub async fn choose(&self, css: &str, value: &str) {
        self.click(&format!("{css} option[value='{value}']")).await;
    }

    /// Whether an element is drawn.
    pub async fn is_shown(&self, css: &str) -> bool {
        let script = "const it = document.querySelector(arguments[0]); return !!it && it.getClientRects().length > 0";
        self.script(script, vec![json!(css)]).await == json!(true)
    }

    /// Puts a long text into a field at once; typing it would take minutes.
    pub async fn put(&self, css: &str, text: &str) {
        self.find(css).await;
        let script = "document.querySelector(arguments[0]).value = arguments[1]";
        self.script(script, vec![json!(css), json!(text)]).await;
    }

    /// Presses keys one after the other, wherever the focus is.
    ///
    /// # Panics
    ///
    /// When the browser is gone.
    pub async fn press(&self, keys: &str) {
        let strokes = keys.chars().flat_map(|key| {
            let key = key.to_string();
            [
                json!({"type": "keyDown", "value": key}),
                json!({"type": "keyUp", "value": key}),
            ]
        });
        let strokes: Vec<Value> = strokes.collect();
        let body = json!({"actions": [{"type": "key", "id": "keys", "actions": strokes}]});
        let done = self.driver.post("/actions", body).await;
        done.unwrap_or_else(|error| panic!("press: {error}"));
    }

    /// Moves the focus on until it is on an element, as people without a mouse do.
    ///
    /// # Panics
    ///
    /// When it never gets there.
    pub async fn tab_to(&self, css: &str) {
        for _ in 0..80 {
            self.press(TAB).await;
            let script = "return document.activeElement.matches(arguments[0])";
            if self.script(script, vec![json!(css)]).await == json!(true) {
                return;
            }
        }
        panic!("no key leads to {css}");
    }

    /// Runs a script in the page and gives its value.
    ///
    /// # Panics
    ///
    /// When it throws.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        let body = json!({"script": script, "args": arguments});
        let done = self.driver.post("/execute/sync", body).await;
        done.unwrap_or_else(|error| panic!("script: {error}"))
    }

    /// Sets the size of the page, in CSS pixels.
    pub async fn size(&self, width: u32, height: u32) {
        let parameters = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.devtools("Emulation.setDeviceMetricsOverride", parameters)
            .await;
    }

    /// Has the system prefer a theme.
    pub async fn theme(&self, theme: Theme) {
        let features = json!([
            {"name": "prefers-color-scheme", "value": theme.as_str()},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features}))
            .await;
    }

    /// Lets pages run scripts, or not.
    pub async fn scripts(&self, run: bool) {
        let parameters = json!({"value": !run});
        self.devtools("Emulation.setScriptExecutionDisabled", parameters)
            .await;
    }

    /// A picture of the whole page as PNG; of what is in view while a dialog is open.
    ///
    /// # Panics
    ///
    /// When none is made.
    pub async fn picture(&self, width: u32) -> Vec<u8> {
        let script = "return document.querySelector('dialog[open]') ? innerHeight : Math.min(2400, Math.max(innerHeight, document.documentElement.scrollHeight))";
        let height = self.script(script, vec![]).await.as_u64().unwrap_or(900);
        // The window as high as the page, so that what is fixed at its edge covers nothing.
        let height = u32::try_from(height).unwrap_or(900);
        self.size(width, height).await;
        let parameters = json!({
            "format": "png", "captureBeyondViewport": true,
            "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1},
        });
        let shot = self.devtools("Page.captureScreenshot", parameters).await;
        let data = shot["data"].as_str().unwrap_or_default();
        let bytes = BASE64.decode(data.as_bytes());
        bytes.unwrap_or_else(|error| panic!("a picture: {error}"))
    }

    /// Breaches of WCAG 2.2 AA in the page as it is now, each with its rule and the element.
    ///
    /// # Panics
    ///
    /// When they cannot be looked for.
    pub async fn axe(&self) -> Vec<String> {
        // Evaluated by the developer tools, which the page's policy does not bind.
        let expression = format!(
            "(async () => {{ {AXE}; const found = await axe.run(document, {{runOnly: \
             ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}}); \
             return found.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.html.slice(0, 200) + ' | ' + \
             (n.any.concat(n.all, n.none)[0]?.message ?? ''))); }})()"
        );
        let parameters =
            json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let found = self.devtools("Runtime.evaluate", parameters).await;
        let list = found["result"]["value"].as_array().cloned();
        let list = list.unwrap_or_else(|| panic!("axe did not run: {found}"));
        list.iter()
            .map(|it| it.as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// What the browser noted since this was asked last.
    pub async fn complaints(&self) -> Complaints {
        let mut complaints = Complaints::default();
        for entry in self.log("browser").await {
            let message = entry["message"].as_str().unwrap_or_default().to_owned();
            if message.contains("Content Security Policy") || message.contains("violates") {
                complaints.policy.push(message);
            } else if entry["level"] == "SEVERE" && !message.contains("status of 4") {
                complaints.errors.push(message);
            }
        }
        for entry in self.log("performance").await {
            let text = entry["message"].as_str().unwrap_or_default();
            let event: Value = serde_json::from_str(text).unwrap_or_default();
            let parameters = &event["message"]["params"];
            match event["message"]["method"].as_str() {
                Some("Network.requestWillBeSent") => {
                    let url = parameters["request"]["url"].as_str().unwrap_or_default();
                    let own = url.starts_with(&self.base_url)
                        || ["data:", "blob:", "about:", "chrome"]
                            .iter()
                            .any(|it| url.starts_with(it));
                    if !own {
                        complaints.foreign.push(url.to_owned());
                    }
                }
                Some("Network.dataReceived") => {
                    complaints.bytes += parameters["dataLength"].as_u64().unwrap_or(0);
                }
                _ => {}
            }
        }
        complaints
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        let answer = self.driver.post("/se/log", json!({"type": kind})).await;
        answer
            .ok()
            .and_then(|it| it.as_array().cloned())
            .unwrap_or_default()
    }

    /// A method of the developer tools' protocol.
    ///
    /// # Panics
    ///
    /// When it fails.
    pub async fn devtools(&self, method: &str, parameters: Value) -> Value {
        let body = json!({"cmd": method, "params": parameters});
        let done = self.driver.post("/goog/cdp/execute", body).await;
        done.unwrap_or_else(|error| panic!("{method}: {error}"))
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0)
}
