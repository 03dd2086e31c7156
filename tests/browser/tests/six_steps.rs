//! The operator's path in a browser: from the one-time link to records, live, by mouse, by keys, and without scripts.

use std::time::{Duration, Instant};

use portcullis_browser::{Browser, EMAIL, ENTER, ESCAPE, PASSWORD, Stage};
use portcullis_e2e::{PATIENCE, Start, Vendor};
use portcullis_simulators::Options;
use serde_json::json;

/// Marks the page, so that a load of another document shows.
async fn mark(browser: &Browser) {
    browser.script("window.unreloaded = true", vec![]).await;
}

async fn is_marked(browser: &Browser) -> bool {
    browser
        .script("return window.unreloaded === true", vec![])
        .await
        == json!(true)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_six_steps_live_and_without_a_reload() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    let scopes = json!(["rentals", "leases", "tenants", "lease_transactions"]);
    stage
        .vendor
        .mutate(json!([{"op": "set_scopes", "scopes": scopes}]))
        .await;
    // A check that lasts until it was seen, on the slowest machine, too.
    stage.latency(2500).await;

    // 1 and 2: the vendor, its customers, the form in a dialog.
    browser.go("/").await;
    browser
        .says("main", "From credentials to an API in six steps")
        .await;
    browser.assert_clean().await;
    browser.submit(".vendor-card h2 a").await;
    browser.says("nav.tabs", "Sandbox Customers").await;
    browser.says("main", "No sandbox customer yet").await;
    browser.assert_clean().await;
    browser.click("main .page-head a.primary").await;
    browser.says("#dialog dialog", "Client secret").await;
    browser.assert_clean().await;
    stage.submit_customer("Acme Properties").await;

    // 3: data access fills in while one looks, and says what is refused and by which request.
    browser.says("h1", "Acme Properties").await;
    // A reload in the middle of the check shows where it is.
    browser.reload().await;
    browser.says("#data-access-title + p", "Checking").await;
    mark(browser).await;
    browser.click("#access-units summary").await;
    browser.find("#access-units[open]").await;
    browser.says("#access-units", "Checking").await;
    stage.latency(100).await;
    browser.says("#access-units", "Granted").await;
    browser.says("#access-applicants", "No access").await;
    browser.says("#data-access-title + p", "Checked").await;
    browser.click("#access-applicants summary").await;
    browser
        .says("#access-applicants", "Rentals > Applicants - View")
        .await;
    browser.says("#access-applicants", "HTTP 403").await;
    browser
        .says("#access-applicants", "Ask your customer")
        .await;
    browser.says("#integration-head", "Disabled").await;
    // What somebody opened stays open when the panel is drawn anew, and what nobody opened stays closed.
    assert!(browser.has("#access-units[open]").await, "it was closed");
    assert!(browser.has("#access-leases:not([open])").await);
    browser
        .says("#integration-notices", "It skips Applicants, Applications")
        .await;
    assert!(is_marked(browser).await, "the page was loaded anew");
    browser.assert_clean().await;

    // 4 and 5: enable from the menu; the first sync runs and ends while one looks.
    browser
        .click("#integration-head details.menu summary")
        .await;
    browser
        .submit("#integration-head form[action$='/enable'] button")
        .await;
    browser.says("#integration-head", "Active").await;
    mark(browser).await;
    browser.says("#jobs", "records").await;
    browser.says("#jobs table", "Partial").await;
    browser
        .says("#jobs table", "2 of 6 models had no access")
        .await;
    assert!(is_marked(browser).await, "the page was loaded anew");
    browser.reload().await;
    browser.says("#jobs table", "Partial").await;
    browser.assert_clean().await;

    // The job, then 6: the records, and a key with a ready command.
    browser.submit("#jobs tbody a.name").await;
    browser.says("#job", "First sync").await;
    browser.assert_clean().await;
    browser.says("#job", "No access").await;
    // Its log: all of it, what needs attention alone, and as a file.
    browser.says("#job .log", "Units").await;
    let path = browser.path().await;
    browser.submit("#job nav.chips a[href*='problems']").await;
    browser.says("#job", "2 of 6 models had no access").await;
    assert!(!browser.text("#job .log").await.contains("Units"));
    let script = "return fetch(arguments[0]).then(it => it.text())";
    let file = browser
        .script(script, vec![json!(format!("{path}/log.txt"))])
        .await;
    let file = file.as_str().unwrap_or_default();
    assert!(
        file.contains(" info  units ") && file.lines().count() > 5,
        "{file}"
    );
    let units = stage.vendor.truth().await["units"]
        .as_u64()
        .unwrap_or_default();
    browser
        .submit("nav[aria-label='Breadcrumbs'] li:nth-child(3) a")
        .await;
    browser.submit("nav.tabs a[href^='/data']").await;
    browser.submit("nav.chips a[href*='model=units']").await;
    browser.says("#records", &format!("of {units}")).await;
    browser.assert_clean().await;
    browser.click("#records tbody a.name").await;
    browser.says("#dialog dialog", "As stored").await;
    browser.says("#dialog .history", "First stored").await;
    browser.assert_clean().await;
    browser.press(ESCAPE).await;
    browser.lose("#dialog dialog").await;
    browser.go("/keys/new").await;
    browser.fill("input[name=name]", "reporting").await;
    browser.submit("form.form button.primary").await;
    browser.find("#new-key").await;
    browser.assert_clean().await;
    let key = browser.awaited_text("#new-key").await;
    let client = portcullis_e2e::Client::new(&stage.gateway.base_url, Some(&key));
    let list = client.get("/v1/units/?limit=1").await.expect(200);
    assert_eq!(list["meta"]["total"].as_u64(), Some(units));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_survives_a_reload_and_works_without_scripts() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    browser.scripts(false).await;
    browser.go("/vendors/BUILDIUM/sandbox").await;
    browser.submit("main .page-head a.primary").await;
    browser.says("h1", "New Sandbox Customer").await;
    // A mistake: everything that was typed is still there after the answer, and after a reload of it.
    browser.fill("input[name=name]", "Plain Pages").await;
    browser.fill("input[name='field.clientId']", "short").await;
    browser.submit("form.form button[type=submit]").await;
    for _ in 0..2 {
        browser.says("main", "Nothing was added yet").await;
        let name = browser.value("input[name=name]").await;
        assert_eq!(name, "Plain Pages");
        browser.reload().await;
    }
    stage.submit_customer_typed("Plain Pages").await;
    browser.says("h1", "Plain Pages").await;
    let path = browser.path().await;
    let id = path.trim_start_matches("/integrations/");
    stage.gateway.checked(id).await;
    browser.reload().await;
    browser.says("#access-units", "Granted").await;
    browser.submit("#integration-notices form button").await;
    browser.says("#integration-head", "Active").await;
    stage.gateway.synced(id).await;
    browser.reload().await;
    browser.says("#jobs", "Success").await;
    // Disabling asks first, and names what it does.
    browser
        .click("#integration-head details.menu summary")
        .await;
    browser
        .submit("#integration-head a[href$='/disable']")
        .await;
    browser.says("main", "What was read stays").await;
    browser.submit("form.stack button.primary").await;
    browser.says("#integration-head", "Disabled").await;
    // A key that reaches this customer alone, and the one that takes its place.
    browser.go("/keys/new").await;
    browser.fill("input[name=name]", "limited").await;
    browser.click("details.fold summary").await;
    browser.fill("input[name=integrations]", "int_none").await;
    browser.click("input[name=model][value=units]").await;
    browser.submit("form.form button.primary").await;
    browser.says("main", "There is no such integration").await;
    browser.fill("input[name=integrations]", id).await;
    browser.submit("form.form button.primary").await;
    let first = browser.awaited_text("#new-key").await;
    browser.says("table", "1 model only").await;
    browser.submit("a[href$='/rotate']").await;
    browser.says("h1", "Rotate this key?").await;
    browser.submit("form.stack button.primary").await;
    let second = browser.awaited_text("#new-key").await;
    assert_ne!(first, second);
    for key in [&first, &second] {
        let client = portcullis_e2e::Client::new(&stage.gateway.base_url, Some(key));
        assert_eq!(client.get("/v1/units/?limit=1").await.status, 200);
        assert_eq!(client.get("/v1/leases/").await.code(), "model_out_of_scope");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_added_and_enabled_with_keys_alone() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    browser.go("/").await;
    browser.tab_to(".vendor-card h2 a").await;
    browser.enter().await;
    browser.says("nav.tabs", "Sandbox Customers").await;
    browser.tab_to("main .page-head a.primary").await;
    browser.press(ENTER).await;
    browser.find("#dialog dialog[open]").await;
    // The dialog takes the focus into its first field and keeps it.
    let body = stage.vendor.integration("Keys Only");
    let text = |pointer: &str| {
        body.pointer(pointer)
            .and_then(|it| it.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    browser.says("#dialog", "Name").await;
    browser.press("Keys Only").await;
    browser.tab_to("input[name='field.clientId']").await;
    browser.press(&text("/credentials/clientId")).await;
    browser.tab_to("input[name='field.secret']").await;
    browser.press(&text("/credentials/secret")).await;
    browser.tab_to("details.fold summary").await;
    browser.press(ENTER).await;
    browser.tab_to("input[name=base_url]").await;
    browser.press(&text("/base_url")).await;
    browser.press(ENTER).await;
    browser.says("h1", "Keys Only").await;
    browser.says("#access-units", "Granted").await;
    browser
        .says("#integration-notices", "Enabling starts")
        .await;
    browser
        .tab_to("#integration-head details.menu summary")
        .await;
    browser.press(ENTER).await;
    browser
        .tab_to("#integration-head form[action$='/enable'] button")
        .await;
    browser.enter().await;
    browser.says("#jobs table", "Success").await;
    browser.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_moves_while_one_looks_and_signing_out_ends_it() {
    let vendor = Vendor::start(Options {
        properties: 30,
        units: 3000,
        latency_ms: 400,
        limit: None,
        ..Options::default()
    });
    let stage = Stage::with(Start::default(), vendor).await;
    stage.welcome().await;
    let browser = &stage.browser;
    stage.add_customer("Large Estate").await;
    browser
        .says("#integration-notices", "Enabling starts")
        .await;
    // Each page takes long enough to be seen, on a slow machine, too.
    stage.latency(1500).await;
    browser.submit("#integration-notices form button").await;
    browser.find("#jobs .run").await;
    mark(browser).await;
    let mut seen = Vec::new();
    // As long as it takes: the sync itself takes some seconds, and a slow machine more.
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        let text = browser.text("#jobs .runs").await;
        if !text.is_empty() && seen.last() != Some(&text) {
            seen.push(text);
        }
        if seen.len() >= 4 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(seen.len() >= 4, "progress stood still: {seen:?}");
    assert!(is_marked(browser).await, "the page was loaded anew");
    // In the middle of a sync a reload shows where it is.
    browser.reload().await;
    browser.says("#jobs", "records").await;
    browser.assert_clean().await;
    browser.submit("form[action='/sign-out'] button").await;
    browser.says("h1", "Sign in").await;
    browser.go("/keys").await;
    browser.says("h1", "Sign in").await;
    browser.fill("input[name=email]", EMAIL).await;
    browser.fill("input[name=password]", PASSWORD).await;
    browser.submit("form button.primary").await;
    browser.says("h1", "API keys").await;
    browser.assert_clean().await;
}
