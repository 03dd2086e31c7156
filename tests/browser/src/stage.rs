//! A gateway with a vendor, and somebody who is signed in.

use std::time::Instant;

use portcullis_e2e::{Gateway, Start, Vendor};

use crate::browser::Browser;

/// What the first admin signs in with.
pub const EMAIL: &str = "ana@example.com";
/// The first admin's password.
pub const PASSWORD: &str = "four unrelated words";

/// A gateway, a vendor, and a browser.
pub struct Stage {
    /// The gateway as a process.
    pub gateway: Gateway,
    /// The simulated vendor.
    pub vendor: Vendor,
    /// The browser.
    pub browser: Browser,
}

impl Stage {
    /// Starts everything with a small vendor; nobody is signed in yet.
    pub async fn closed() -> Self {
        Self::with(Start::default(), Vendor::small()).await
    }

    /// Starts everything; nobody is signed in yet.
    pub async fn with(start: Start, vendor: Vendor) -> Self {
        let gateway = Gateway::start(start).await;
        let browser = Browser::open(&gateway.base_url).await;
        Self {
            gateway,
            vendor,
            browser,
        }
    }

    /// Starts everything and signs the first admin in by the one-time link.
    pub async fn open() -> Self {
        let stage = Self::closed().await;
        stage.welcome().await;
        stage
    }

    /// Makes the first admin, as whoever opens the printed link does.
    ///
    /// # Panics
    ///
    /// When no link was printed, or it does not work.
    pub async fn welcome(&self) {
        self.welcome_to("BUILDIUM").await;
    }

    /// The same in an installation with another vendor.
    ///
    /// # Panics
    ///
    /// When no link was printed, or it does not work.
    pub async fn welcome_to(&self, vendor: &str) {
        let link = self.link();
        self.browser.go(&link).await;
        self.browser.fill("input[name=email]", EMAIL).await;
        self.browser.fill("input[name=name]", "Ana Díaz").await;
        self.browser.fill("input[name=password]", PASSWORD).await;
        self.browser.submit("form button.primary").await;
        self.browser.says("h1", "Integrations").await;
        self.gateway.offered(vendor).await;
    }

    /// The path of the printed link.
    ///
    /// # Panics
    ///
    /// When none was printed.
    #[must_use]
    pub fn link(&self) -> String {
        let link = self.gateway.first_admin_link.as_deref();
        let link = link.and_then(|link| link.strip_prefix(&self.gateway.base_url));
        link.unwrap_or_else(|| panic!("the start printed no link"))
            .to_owned()
    }

    /// Fills the form for a new customer with the vendor's working credentials, and submits it.
    pub async fn submit_customer(&self, name: &str) {
        self.fill_and_submit(name).await;
    }

    /// The same; gives the moment of the click.
    pub async fn fill_and_submit(&self, name: &str) -> Instant {
        let body = self.vendor.integration(name);
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let browser = &self.browser;
        browser.fill("input[name=name]", name).await;
        let client = text(&body["credentials"]["clientId"]);
        browser.fill("input[name='field.clientId']", &client).await;
        browser
            .fill(
                "input[name='field.secret']",
                &text(&body["credentials"]["secret"]),
            )
            .await;
        browser
            .put("input[name=base_url]", &text(&body["base_url"]))
            .await;
        // In a dialog a script sends the form, and whoever waits for the page names what it waits for.
        let in_dialog = browser.has("#dialog dialog[open]").await;
        let began = Instant::now();
        if in_dialog {
            browser.click("#dialog form.form button[type=submit]").await;
        } else {
            browser.submit("form.form button[type=submit]").await;
        }
        began
    }

    /// The same by typing alone, for a page without scripts.
    pub async fn submit_customer_typed(&self, name: &str) {
        self.browser.click("details.fold summary").await;
        let body = self.vendor.integration(name);
        let fields = [
            ("name", "/name"),
            ("field.clientId", "/credentials/clientId"),
            ("field.secret", "/credentials/secret"),
            ("base_url", "/base_url"),
        ];
        for (field, pointer) in fields {
            let value = body.pointer(pointer).and_then(serde_json::Value::as_str);
            let css = format!("input[name='{field}']");
            self.browser.fill(&css, value.unwrap_or_default()).await;
        }
        self.browser.submit("form.form button[type=submit]").await;
    }

    /// Has the vendor take its time for every answer from now on.
    pub async fn latency(&self, ms: u64) {
        let change = serde_json::json!([{"op": "latency", "fixed_ms": ms}]);
        self.vendor.mutate(change).await;
    }

    /// Adds a customer by the form and waits for its page; gives its id.
    pub async fn add_customer(&self, name: &str) -> String {
        self.browser.go("/vendors/BUILDIUM/sandbox/new").await;
        self.submit_customer(name).await;
        self.browser.find("#data-access").await;
        let path = self.browser.path().await;
        path.trim_start_matches("/integrations/").to_owned()
    }
}
