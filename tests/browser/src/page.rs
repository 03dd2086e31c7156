//! What is on a page: waiting for it, reading it, clicking and typing.
//!
//! A page changes while one looks at it: it is loaded, drawn anew by its stream, covered by a dialog. So everything
//! here that reads is asked again until there is an answer, and everything that acts waits until it can. Only
//! [`Browser::submit`] and [`Browser::go`] promise that another page is there afterwards.

use std::time::{Duration, Instant};

use portcullis_e2e::PATIENCE;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::driver::Refusal;

/// The key that moves the focus on.
pub const TAB: &str = "\u{e004}";
/// The key that follows a link and sends a form.
pub const ENTER: &str = "\u{e007}";
/// The key that closes what is open.
pub const ESCAPE: &str = "\u{e00c}";

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(40);
/// How long a page that was loaded is given to say what it is loaded for, before it is loaded once more.
const LOOK: Duration = Duration::from_secs(1);

impl Browser {
    /// The first element now, as the driver names it.
    async fn element(&self, css: &str) -> Result<String, Refusal> {
        let wanted = json!({"using": "css selector", "value": css});
        let found = self.driver.post("/element", wanted).await?;
        let id = found.as_object().and_then(|it| it.values().next());
        Ok(id.and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    /// Does something with an element as soon as it is there and lets it be done. What the driver refuses for another
    /// reason was perhaps done, and is not tried again.
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
            if !error.is_not_yet() || begin.elapsed() > PATIENCE {
                let says = self.text("body").await;
                panic!("{command} {css}: {error}; the page says: {says}");
            }
            if error.is_covered() {
                // Something at the edge of the window is above it, so it is scrolled away from there, as people do.
                self.scroll_to(css, "center").await;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Asks the page until a script gives something other than null. A page that is being left or loaded answers with
    /// an error, which means that there is no answer yet.
    async fn ask(&self, what: &str, script: &str, arguments: &[Value]) -> Value {
        let begin = Instant::now();
        loop {
            let answer = self.try_script(script, arguments.to_vec()).await;
            match answer {
                Ok(Value::Null) if begin.elapsed() > PATIENCE => {
                    panic!("{what}: there is none; the page is {}", self.path().await)
                }
                Err(error) if begin.elapsed() > PATIENCE => panic!("{what}: {error}"),
                Ok(Value::Null) | Err(_) => tokio::time::sleep(PAUSE).await,
                Ok(value) => return value,
            }
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
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Waits until an element is there no more.
    ///
    /// # Panics
    ///
    /// When it stays.
    pub async fn lose(&self, css: &str) {
        let begin = Instant::now();
        while self.has(css).await {
            assert!(begin.elapsed() < PATIENCE, "{css} is still there");
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Scrolls an element into the window, if it is there.
    async fn scroll_to(&self, css: &str, block: &str) {
        let script =
            "document.querySelector(arguments[0])?.scrollIntoView({ block: arguments[1] })";
        let _ = self
            .try_script(script, vec![json!(css), json!(block)])
            .await;
    }

    /// Whether an element is there now.
    pub async fn has(&self, css: &str) -> bool {
        let script = "return document.querySelector(arguments[0]) !== null";
        self.ask(css, script, &[json!(css)]).await == json!(true)
    }

    /// The text of the first element, as it is shown; empty when there is none.
    pub async fn text(&self, css: &str) -> String {
        let script =
            "const it = document.querySelector(arguments[0]); return it ? it.innerText : ''";
        let text = self.ask(css, script, &[json!(css)]).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// The text of an element, once it is there and holds one.
    ///
    /// # Panics
    ///
    /// When it does not appear.
    pub async fn awaited_text(&self, css: &str) -> String {
        let script = "return document.querySelector(arguments[0])?.innerText || null";
        let text = self.ask(css, script, &[json!(css)]).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// What a field holds, once it is there.
    ///
    /// # Panics
    ///
    /// When it does not appear.
    pub async fn value(&self, css: &str) -> String {
        let script = "const it = document.querySelector(arguments[0]); return it ? it.value : null";
        let value = self.ask(css, script, &[json!(css)]).await;
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Whether an element is drawn.
    pub async fn is_shown(&self, css: &str) -> bool {
        let script = "const it = document.querySelector(arguments[0]); return !!it && it.getClientRects().length > 0";
        self.ask(css, script, &[json!(css)]).await == json!(true)
    }

    /// Waits until an element holds a text.
    ///
    /// # Panics
    ///
    /// When it never does.
    pub async fn says(&self, css: &str, wanted: &str) {
        if let Err(text) = self.said(css, wanted, PATIENCE).await {
            let path = self.path().await;
            panic!("{path}: {css} does not say {wanted:?}, but: {text}");
        }
    }

    /// Loads the page again and again until an element holds a text.
    ///
    /// # Panics
    ///
    /// When it never does.
    pub async fn reload_until(&self, css: &str, wanted: &str) {
        let begin = Instant::now();
        loop {
            self.reload().await;
            let Err(text) = self.said(css, wanted, LOOK).await else {
                return;
            };
            let path = self.path().await;
            assert!(
                begin.elapsed() < PATIENCE,
                "{path}: {css} does not say {wanted:?} after any reload, but: {text}"
            );
        }
    }

    /// Waits for a text for some time; gives what stands there instead.
    async fn said(&self, css: &str, wanted: &str, patience: Duration) -> Result<(), String> {
        let begin = Instant::now();
        loop {
            let text = self.text(css).await;
            if text.contains(wanted) {
                return Ok(());
            }
            if begin.elapsed() > patience {
                return Err(text);
            }
            // What is not in view is not laid out, and has no text that is shown: whoever looks for it scrolls there.
            self.scroll_to(css, "nearest").await;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Clicks. Whether another page is there afterwards is not known: the driver does not wait for forms.
    ///
    /// # Panics
    ///
    /// When there is nothing to click.
    pub async fn click(&self, css: &str) {
        self.with(css, "click", json!({})).await;
    }

    /// Clicks on what sends a form or follows a link, and waits until the answer is the page. Not for dialogs, which
    /// scripts send.
    ///
    /// # Panics
    ///
    /// When there is nothing to click, or the page stays.
    pub async fn submit(&self, css: &str) {
        let before = self.document().await;
        self.click(css).await;
        self.left(&before, css).await;
    }

    /// Does the same with the key that sends a form or follows a link, wherever the focus is.
    ///
    /// # Panics
    ///
    /// When the page stays.
    pub async fn enter(&self) {
        let before = self.document().await;
        self.press(ENTER).await;
        self.left(&before, "the enter key").await;
    }

    /// The document that is shown, as the driver names it.
    async fn document(&self) -> String {
        let begin = Instant::now();
        loop {
            match self.element("html").await {
                Ok(id) => return id,
                Err(error) => assert!(begin.elapsed() < PATIENCE, "no document: {error}"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Waits until a document is not the one that is shown any more, and the one in its place is whole.
    async fn left(&self, before: &str, why: &str) {
        let begin = Instant::now();
        let command = format!("/element/{before}/name");
        loop {
            match self.driver.get(&command).await {
                Err(error) if error.is_gone() => break,
                // While one page takes the place of another, the driver has neither.
                Ok(_) | Err(_) => {
                    assert!(
                        begin.elapsed() < PATIENCE,
                        "{why}: the page stayed, and says: {}",
                        self.text("body").await
                    );
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        let script = "return document.readyState === 'complete' ? true : null";
        self.ask(why, script, &[]).await;
        self.begun().await;
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

    /// Puts a long text into a field at once; typing it would take minutes.
    ///
    /// # Panics
    ///
    /// When there is no such field.
    pub async fn put(&self, css: &str, text: &str) {
        let script = "const it = document.querySelector(arguments[0]); if (!it) return null; it.value = arguments[1]; return true";
        self.ask(css, script, &[json!(css), json!(text)]).await;
    }

    /// Chooses an option of a list by its value.
    ///
    /// # Panics
    ///
    /// When there is no such option.
    pub async fn choose(&self, css: &str, value: &str) {
        self.click(&format!("{css} option[value='{value}']")).await;
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
        self.find(css).await;
        for _ in 0..80 {
            self.press(TAB).await;
            let script = "return document.activeElement.matches(arguments[0])";
            if self.ask(css, script, &[json!(css)]).await == json!(true) {
                return;
            }
        }
        panic!("no key leads to {css}");
    }
}
