//! What no page may have: breaches of its policy, errors of scripts, requests to other hosts, and what keeps people out.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::browser::Browser;

/// Finds breaches of WCAG in a page.
const AXE: &str = include_str!("../vendor/axe-4.14.1.min.js");

/// What a browser noted since it was asked last.
#[derive(Debug, Clone, Default)]
pub struct Complaints {
    /// Breaches of the content security policy.
    pub policy: Vec<String>,
    /// Errors of scripts, and requests that failed in the network.
    pub errors: Vec<String>,
    /// Requests to another host.
    pub foreign: Vec<String>,
    /// Bytes of all answers as they came over the wire.
    pub bytes: u64,
}

impl Complaints {
    /// Everything that is wrong, each with its kind before it.
    #[must_use]
    pub fn all(&self) -> Vec<String> {
        let kinds = [
            ("policy", &self.policy),
            ("error", &self.errors),
            ("foreign", &self.foreign),
        ];
        kinds
            .into_iter()
            .flat_map(|(kind, list)| list.iter().map(move |it| format!("{kind}: {it}")))
            .collect()
    }
}

impl Browser {
    /// Holds that nothing is wrong with the page as it is now, and that nothing was since this was asked last.
    ///
    /// # Panics
    ///
    /// When something is.
    pub async fn assert_clean(&self) {
        let mut wrong = self.complaints().await.all();
        let axe = self.axe().await;
        wrong.extend(axe.iter().map(|it| format!("axe: {it}")));
        assert!(
            wrong.is_empty(),
            "{}:\n{}",
            self.path().await,
            wrong.join("\n")
        );
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
        // What a request brought: what of its body was read, and at its end what it took on the wire. A stream of
        // events has no end, and is not compressed.
        let mut brought: HashMap<String, u64> = HashMap::new();
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
                    *brought.entry(request(parameters)).or_default() +=
                        parameters["dataLength"].as_u64().unwrap_or(0);
                }
                Some("Network.loadingFinished") => {
                    let wire = parameters["encodedDataLength"].as_f64().unwrap_or(0.0);
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "a count of bytes"
                    )]
                    brought.insert(request(parameters), wire as u64);
                }
                _ => {}
            }
        }
        complaints.bytes = brought.values().sum();
        complaints
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        let answer = self.driver.post("/se/log", json!({"type": kind})).await;
        answer
            .ok()
            .and_then(|it| it.as_array().cloned())
            .unwrap_or_default()
    }
}

fn request(parameters: &Value) -> String {
    parameters["requestId"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}
