//! Pictures of every page in every state, at two widths and in both themes, with what the browser and axe found wrong.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};
use portcullis_browser::{Browser, Complaints, EMAIL, Theme};
use serde_json::{Value, json};

use crate::sample::{Sample, bare, untrusting};

const WIDTHS: [(u32, u32); 2] = [(390, 844), (1280, 900)];

/// Largest page, in bytes, with all that it loads.
const BYTES_MAX: u64 = 150_000;

/// What is done on a page before its picture is taken.
#[derive(Debug, Clone)]
enum Step {
    Click(&'static str),
    Fill(&'static str, &'static str),
    Choose(&'static str, &'static str),
    See(&'static str, &'static str),
}

use Step::{Choose, Click, Fill, See};

/// A page in a state.
#[derive(Debug, Clone)]
struct Shot {
    page: &'static str,
    state: &'static str,
    path: String,
    steps: Vec<Step>,
}

fn shot(page: &'static str, state: &'static str, path: impl Into<String>, steps: &[Step]) -> Shot {
    Shot {
        page,
        state,
        path: path.into(),
        steps: steps.to_vec(),
    }
}

pub(crate) async fn take(into: &Path) -> Result<()> {
    let _ = std::fs::remove_dir_all(into);
    std::fs::create_dir_all(into)?;
    let mut rows = Vec::new();
    let mut found = Vec::new();
    let empty = bare().await;
    series(
        &empty.browser,
        &without_connector(),
        into,
        &mut rows,
        &mut found,
    )
    .await?;
    drop(empty);
    let strict = untrusting().await?;
    series(
        &strict.browser,
        &with_refusals(),
        into,
        &mut rows,
        &mut found,
    )
    .await?;
    drop(strict);
    let sample = Sample::make().await?;
    let browser = &sample.stage.browser;
    series(
        browser,
        &signed_in(&sample).await,
        into,
        &mut rows,
        &mut found,
    )
    .await?;
    browser.go("/settings").await;
    browser
        .click("#content form[action='/sign-out'] button")
        .await;
    let used = sample.stage.link();
    series(browser, &doors(&used), into, &mut rows, &mut found).await?;
    let count = rows.len();
    std::fs::write(
        into.join("index.json"),
        format!("{:#}\n", Value::Array(rows)),
    )?;
    if !found.is_empty() {
        bail!("{count} pictures, and this is wrong:\n{}", found.join("\n"));
    }
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "what is done is told to whoever waits for it"
)]
async fn series(
    browser: &Browser,
    shots: &[Shot],
    into: &Path,
    rows: &mut Vec<Value>,
    found: &mut Vec<String>,
) -> Result<()> {
    // Each picture counts all that its page loads.
    browser.devtools("Network.enable", json!({})).await;
    browser
        .devtools("Network.setCacheDisabled", json!({"cacheDisabled": true}))
        .await;
    for shot in shots {
        for (width, height) in WIDTHS {
            for theme in [Theme::Light, Theme::Dark] {
                browser.size(width, height).await;
                browser.theme(theme).await;
                let _ = browser.complaints().await;
                browser.go(&shot.path).await;
                // What a page weighs is what one load brings: its files and panels, or what a step loads.
                let mut complaints = settled(browser).await;
                for step in &shot.steps {
                    match step {
                        Click(css) => browser.click(css).await,
                        Fill(css, text) => browser.fill(css, text).await,
                        Choose(css, value) => browser.choose(css, value).await,
                        See(css, text) => browser.says(css, text).await,
                    }
                    let more = settled(browser).await;
                    complaints.bytes = complaints.bytes.max(more.bytes);
                    complaints.policy.extend(more.policy);
                    complaints.errors.extend(more.errors);
                    complaints.foreign.extend(more.foreign);
                }
                let axe = browser.axe().await;
                let word = theme.as_str();
                let file = format!("{}-{}-{width}-{word}.png", shot.page, shot.state);
                std::fs::write(into.join(&file), browser.picture(width).await)?;
                let mut wrong: Vec<String> = axe.iter().map(|it| format!("axe: {it}")).collect();
                wrong.extend(complaints.policy.iter().map(|it| format!("policy: {it}")));
                wrong.extend(complaints.foreign.iter().map(|it| format!("foreign: {it}")));
                wrong.extend(complaints.errors.iter().map(|it| format!("error: {it}")));
                if complaints.bytes > BYTES_MAX {
                    wrong.push(format!("{} bytes", complaints.bytes));
                }
                found.extend(wrong.iter().map(|it| format!("{file}: {it}")));
                rows.push(json!({
                    "file": file, "page": shot.page, "state": shot.state, "width": width, "theme": word,
                    "bytes": complaints.bytes, "csp_violations": complaints.policy.len(),
                    "axe_violations": axe.len(), "foreign_requests": complaints.foreign.len(),
                }));
            }
        }
        println!("{} {}", shot.page, shot.state);
    }
    Ok(())
}

/// What the browser noted once a page or a step has come to rest.
async fn settled(browser: &Browser) -> Complaints {
    tokio::time::sleep(Duration::from_millis(120)).await;
    browser.complaints().await
}

fn without_connector() -> Vec<Shot> {
    vec![
        shot("integrations", "no-connector", "/", &[]),
        shot("connectors", "none", "/connectors", &[]),
        shot("data", "no-customer", "/data", &[]),
    ]
}

fn with_refusals() -> Vec<Shot> {
    vec![
        shot("integrations", "pending-and-refused", "/", &[]),
        shot("connectors", "pending-and-refused", "/connectors", &[]),
    ]
}

async fn signed_in(sample: &Sample) -> Vec<Shot> {
    let at = |id: &str| format!("/integrations/{id}");
    let list = "/vendors/BUILDIUM/sandbox";
    let new = format!("{list}/new");
    let data =
        |id: &str, rest: &str| format!("/data?environment=sandbox&integration_id={id}{rest}");
    let dialog = "main .page-head a.primary";
    vec![
        shot("integrations", "cards", "/", &[]),
        shot("integrations", "search", "/?q=acme", &[]),
        shot("integrations", "nothing-found", "/?q=zzzz", &[]),
        shot("vendor", "sandbox", list, &[]),
        shot(
            "vendor",
            "production-empty",
            "/vendors/BUILDIUM/production",
            &[],
        ),
        shot(
            "vendor",
            "needs-attention",
            format!("{list}?state=needs_attention"),
            &[],
        ),
        shot("vendor", "nothing-matches", format!("{list}?q=zzzz"), &[]),
        shot(
            "new-customer",
            "dialog",
            list,
            &[Click(dialog), See("#dialog dialog", "Client secret")],
        ),
        shot("new-customer", "page", new.clone(), &[]),
        shot(
            "new-customer",
            "errors",
            new,
            &[
                Fill("input[name='field.secret']", "a-secret-of-some-length"),
                Click("form.form button[type=submit]"),
                See("main", "Nothing was added yet"),
            ],
        ),
        shot(
            "new-customer",
            "production",
            "/vendors/BUILDIUM/production/new",
            &[],
        ),
        shot("integration", "active", at(&sample.active), &[]),
        shot(
            "integration",
            "menu",
            at(&sample.active),
            &[Click("#integration-head details.menu summary")],
        ),
        shot("integration", "disabled", at(&sample.disabled), &[]),
        shot("integration", "rejected", at(&sample.rejected), &[]),
        shot(
            "integration",
            "first-sync",
            at(&sample.running),
            &[See("#jobs", "left")],
        ),
        shot("integration", "waiting", at(&sample.waiting), &[]),
        shot("integration", "held-deletions", at(&sample.cancelled), &[]),
        shot(
            "integration",
            "held-deletions-decide",
            at(&sample.cancelled),
            &[
                Click("#integration-notices a[href$='/deletions/units']"),
                See("#dialog dialog", "Keep them"),
            ],
        ),
        shot("integration", "failed", at(&sample.failed), &[]),
        shot("integration", "archived", at(&sample.archived), &[]),
        shot("integration", "unusual-name", at(&sample.unusual), &[]),
        shot(
            "integration",
            "settings",
            format!("{}/settings", at(&sample.active)),
            &[],
        ),
        shot(
            "integration",
            "schedule-error",
            format!("{}/settings", at(&sample.active)),
            &[
                Choose("select[name='own.kind']", "cron"),
                Fill("input[name='own.cron']", "61 2 * * *"),
                Click("#schedule form button.primary"),
                See("#schedule", "Nothing was changed yet"),
            ],
        ),
        shot(
            "integration",
            "replace-credentials",
            at(&sample.rejected),
            &[
                Click("#integration-notices a[href$='/credentials']"),
                See("#dialog dialog", "Check and replace"),
            ],
        ),
        shot(
            "integration",
            "events",
            format!("{}/events", at(&sample.mixed)),
            &[],
        ),
        shot(
            "integration",
            "disable",
            at(&sample.active),
            &[
                Click("#integration-head details.menu summary"),
                Click("#integration-head a[href$='/disable']"),
                See("#dialog dialog", "What was read stays"),
            ],
        ),
        shot(
            "data-access",
            "probing",
            at(&sample.probing),
            &[See("#data-access", "Checking")],
        ),
        shot(
            "data-access",
            "mixed",
            at(&sample.mixed),
            &[
                Click("#access-applicants summary"),
                See("#access-applicants", "HTTP 403"),
            ],
        ),
        shot(
            "data-access",
            "for-customer",
            at(&sample.mixed),
            &[Click("#data-access details.menu summary")],
        ),
        shot("data-access", "vendor-down", at(&sample.down), &[]),
        shot("data-access", "all-denied", at(&sample.denied), &[]),
        shot("data-access", "connector-error", at(&sample.broken), &[]),
        shot("job", "running", sample.job(&sample.running).await, &[]),
        shot("job", "waiting", sample.job(&sample.waiting).await, &[]),
        shot("job", "success", sample.job(&sample.active).await, &[]),
        shot("job", "partial", sample.job(&sample.mixed).await, &[]),
        shot("job", "failed", sample.job(&sample.failed).await, &[]),
        shot(
            "job",
            "dead-letters",
            sample.job(&sample.unusual).await,
            &[],
        ),
        shot("job", "cancelled", sample.job(&sample.cancelled).await, &[]),
        shot(
            "job",
            "no-warnings",
            format!("{}?problems=true", sample.job(&sample.active).await),
            &[],
        ),
        shot("job", "list", format!("{}/jobs", at(&sample.active)), &[]),
        shot("data", "all", "/data?environment=sandbox&model=units", &[]),
        shot(
            "data",
            "residents",
            data(&sample.active, "&model=residents"),
            &[],
        ),
        shot(
            "data",
            "not-synced",
            data(&sample.disabled, "&model=units"),
            &[],
        ),
        shot(
            "data",
            "filtered-to-nothing",
            data(&sample.active, "&model=units&unit_number=none"),
            &[],
        ),
        shot(
            "data",
            "bad-filter",
            data(&sample.active, "&model=units&updated_at_gte=yesterday"),
            &[],
        ),
        shot(
            "data",
            "record",
            "/data?environment=sandbox&model=leases",
            &[
                Click("#records tbody a.name"),
                See("#dialog dialog", "As stored"),
            ],
        ),
        shot(
            "data",
            "deleted-record",
            sample.deleted_record.clone(),
            &[See("main", "Deleted at the vendor")],
        ),
        shot("data", "record-page", sample.record("leases").await, &[]),
        shot("connectors", "loaded", "/connectors", &[]),
        shot("api-keys", "list", "/keys", &[]),
        shot(
            "api-keys",
            "new",
            "/keys",
            &[Click(dialog), See("#dialog dialog", "Valid for")],
        ),
        shot(
            "api-keys",
            "created",
            "/keys/new",
            &[
                Fill("input[name=name]", "reporting"),
                Click("form.form button.primary"),
                See("main", "only time"),
            ],
        ),
        shot(
            "api-keys",
            "revoke",
            "/keys",
            &[
                Click("table a[href$='/revoke']"),
                See("#dialog dialog", "refused from now on"),
            ],
        ),
        shot("users", "list", "/users", &[]),
        shot("users", "invite", "/users/new", &[]),
        shot("settings", "you", "/settings", &[]),
        shot("settings", "help", "/help", &[]),
        shot("error", "not-here", "/integrations/int_none", &[]),
    ]
}

fn doors(used: &str) -> Vec<Shot> {
    vec![
        shot("sign-in", "blank", "/sign-in", &[]),
        shot(
            "sign-in",
            "wrong",
            "/sign-in",
            &[
                Fill("input[name=email]", EMAIL),
                Fill("input[name=password]", "not the password"),
                Click("form button.primary"),
                See("main", "do not belong together"),
            ],
        ),
        shot("sign-in", "link-used-up", used, &[]),
    ]
}
