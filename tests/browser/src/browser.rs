//! One browser window.

use std::time::{Duration, Instant};

use data_encoding::BASE64;
use portcullis_e2e::PATIENCE;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::driver::{Driver, Refusal};

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

/// A window of a browser of its own.
#[derive(Debug)]
pub struct Browser {
    pub(crate) driver: Driver,
    pub(crate) base_url: String,
    _profile: TempDir,
}

/// How long the scripts of a page are waited for.
const SCRIPTS: Duration = Duration::from_secs(2);

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
        self.begun().await;
    }

    /// Waits until the page's scripts do what they do, which begins when it has been painted; not for ever, since some
    /// pages are looked at without scripts, and some have none.
    pub(crate) async fn begun(&self) {
        let begin = Instant::now();
        let script = "return document.documentElement.dataset.ready === '' || !document.querySelector('script[data-later]')";
        while begin.elapsed() < SCRIPTS {
            // Asked at once and often, the page would be busy with answers in place of its first picture.
            tokio::time::sleep(Duration::from_millis(60)).await;
            if self
                .try_script(script, Vec::new())
                .await
                .is_ok_and(|it| it == true)
            {
                return;
            }
        }
    }

    /// Loads the page again.
    ///
    /// # Panics
    ///
    /// When it does not load.
    pub async fn reload(&self) {
        let done = self.driver.post("/refresh", json!({})).await;
        done.unwrap_or_else(|error| panic!("reload: {error}"));
        self.begun().await;
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

    /// Runs a script in the page and gives its value.
    ///
    /// # Panics
    ///
    /// When it throws, or the page is left meanwhile.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        let done = self.try_script(script, arguments).await;
        done.unwrap_or_else(|error| panic!("script: {error}"))
    }

    /// The same, where a page may be on its way out.
    pub(crate) async fn try_script(
        &self,
        script: &str,
        arguments: Vec<Value>,
    ) -> Result<Value, Refusal> {
        let body = json!({"script": script, "args": arguments});
        self.driver.post("/execute/sync", body).await
    }

    /// Waits until the page is loaded and has no request under way but its stream of events, and half a frame more.
    ///
    /// # Panics
    ///
    /// When it never comes to rest.
    pub async fn settle(&self) {
        let begin = Instant::now();
        // Counted by the page itself: files and fetches that ended, and what htmx has under way.
        let script = "const done = performance.getEntriesByType('resource').length; \
             return [document.readyState === 'complete' && !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling'), done]";
        let mut before = Value::Null;
        let mut equal = 0;
        while equal < 3 {
            let now = self.try_script(script, Vec::new()).await;
            let now = now.unwrap_or(Value::Null);
            equal = if now[0] == true && now == before {
                equal + 1
            } else {
                0
            };
            before = now;
            assert!(begin.elapsed() < PATIENCE, "the page never comes to rest");
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
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
