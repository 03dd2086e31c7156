//! Pictures of every page in every state, at two widths and in both themes, with what the browser and axe found wrong.

use std::path::Path;

use anyhow::{Result, bail};
use portcullis_browser::{Browser, Theme};
use serde_json::{Value, json};

use crate::sample::{Sample, bare, refuse_a_file, sign_in, untrusting};
use crate::states::{self, Shot, Step};

use Step::{Choose, Click, Fill, See, Slow, Submit};

const WIDTHS: [(u32, u32); 2] = [(390, 844), (1280, 900)];

/// Largest page, in bytes, with all that it loads.
const BYTES_MAX: u64 = 150_000;

pub(crate) async fn take(into: &Path) -> Result<()> {
    let _ = std::fs::remove_dir_all(into);
    std::fs::create_dir_all(into)?;
    let mut album = Album {
        into,
        rows: Vec::new(),
        found: Vec::new(),
    };
    let empty = bare().await;
    let browser = &empty.browser;
    album.add(browser, &states::welcome(&empty.link())).await?;
    sign_in(&empty).await;
    album.add(browser, &states::without_connector()).await?;
    refuse_a_file(&empty).await?;
    album.add(browser, &states::refused()).await?;
    drop(empty);
    let strict = untrusting().await;
    album.add(&strict.browser, &states::pending()).await?;
    refuse_a_file(&strict).await?;
    album
        .add(&strict.browser, &states::pending_and_refused())
        .await?;
    drop(strict);
    let sample = Sample::make().await?;
    let browser = &sample.stage.browser;
    album
        .add(browser, &states::signed_in(&sample).await)
        .await?;
    browser.go("/settings").await;
    browser
        .submit("#content form[action='/sign-out'] button")
        .await;
    let used = sample.stage.link();
    album.add(browser, &states::doors(&used)).await?;
    let count = album.rows.len();
    std::fs::write(
        into.join("index.json"),
        format!("{:#}\n", Value::Array(album.rows)),
    )?;
    if !album.found.is_empty() {
        let found = album.found.join("\n");
        bail!("{count} pictures, and this is wrong:\n{found}");
    }
    Ok(())
}

/// Pictures, and what is wrong with them.
struct Album<'a> {
    into: &'a Path,
    rows: Vec<Value>,
    found: Vec<String>,
}

impl Album<'_> {
    #[expect(
        clippy::print_stdout,
        reason = "what is done is told to whoever waits for it"
    )]
    async fn add(&mut self, browser: &Browser, shots: &[Shot]) -> Result<()> {
        // Each picture counts all that its page loads.
        browser.devtools("Network.enable", json!({})).await;
        browser
            .devtools("Network.setCacheDisabled", json!({"cacheDisabled": true}))
            .await;
        for shot in shots {
            for (width, height) in WIDTHS {
                for theme in [Theme::Light, Theme::Dark] {
                    browser.size(width, height).await;
                    self.one(browser, shot, width, theme).await?;
                }
            }
            println!("{} {}", shot.page, shot.state);
        }
        Ok(())
    }

    async fn one(
        &mut self,
        browser: &Browser,
        shot: &Shot,
        width: u32,
        theme: Theme,
    ) -> Result<()> {
        browser.theme(theme).await;
        let _ = browser.complaints().await;
        browser.go(&shot.path).await;
        // What a page weighs is what one load brings: its files and panels, or what a step loads.
        browser.settle().await;
        let mut complaints = browser.complaints().await;
        let mut is_slow = false;
        for step in &shot.steps {
            match step {
                Click(css) => browser.click(css).await,
                Submit(css) => browser.submit(css).await,
                Fill(css, text) => browser.fill(css, text).await,
                Choose(css, value) => browser.choose(css, value).await,
                See(css, text) => browser.says(css, text).await,
                Slow => {
                    is_slow = true;
                    latency(browser, 60_000).await;
                }
            }
            if !is_slow {
                browser.settle().await;
            }
            let more = browser.complaints().await;
            complaints.bytes = complaints.bytes.max(more.bytes);
            complaints.policy.extend(more.policy);
            complaints.errors.extend(more.errors);
            complaints.foreign.extend(more.foreign);
        }
        let axe = browser.axe().await;
        let word = theme.as_str();
        let file = format!("{}-{}-{width}-{word}.png", shot.page, shot.state);
        std::fs::write(self.into.join(&file), browser.picture(width).await)?;
        if is_slow {
            latency(browser, 0).await;
        }
        let mut wrong = complaints.all();
        wrong.extend(axe.iter().map(|it| format!("axe: {it}")));
        if complaints.bytes > BYTES_MAX {
            wrong.push(format!("{} bytes", complaints.bytes));
        }
        let named = wrong.iter().map(|it| format!("{file}: {it}"));
        self.found.extend(named);
        self.rows.push(json!({
            "file": file, "page": shot.page, "state": shot.state, "width": width, "theme": word,
            "bytes": complaints.bytes, "csp_violations": complaints.policy.len(),
            "axe_violations": axe.len(), "foreign_requests": complaints.foreign.len(),
        }));
        Ok(())
    }
}

/// Has every answer take so long, in milliseconds.
async fn latency(browser: &Browser, ms: u32) {
    let network =
        json!({"offline": false, "latency": ms, "downloadThroughput": -1, "uploadThroughput": -1});
    browser
        .devtools("Network.emulateNetworkConditions", network)
        .await;
}
