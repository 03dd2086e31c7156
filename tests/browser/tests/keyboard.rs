//! Keys, and the small things of every page: ways by keys alone, dialogs that are pages too, times in the viewer's zone.

use portcullis_browser::{ESCAPE, Stage};
use portcullis_e2e::{Start, Vendor};
use portcullis_simulators::{Options, VendorKind};
use serde_json::json;
use sqlx::PgPool;

#[tokio::test(flavor = "multi_thread")]
async fn keys_lead_everywhere_and_never_while_one_types() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    browser.go("/").await;
    browser.press("/").await;
    let focus = "return document.activeElement.id";
    assert_eq!(browser.script(focus, vec![]).await, json!("q"));
    // Letters that are typed are text.
    browser.press("g i?").await;
    assert_eq!(browser.value("#q").await, "g i?");
    browser.says("#results", "Nothing found").await;
    browser.go("/").await;
    browser.press("?").await;
    browser.says("#dialog dialog", "Keys and help").await;
    browser.assert_clean().await;
    browser.press(ESCAPE).await;
    browser.lose("#dialog dialog").await;
    for (key, title) in [
        ("d", "Data"),
        ("c", "Connectors"),
        ("k", "API keys"),
        ("s", "Settings"),
        ("i", "Integrations"),
    ] {
        browser.press(&format!("g{key}")).await;
        browser.says("h1", title).await;
        browser.assert_clean().await;
    }
    // The first key of a page leads past the rail.
    browser.go("/").await;
    browser.tab_to("a.skip").await;
    browser.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_a_dialog_is_a_page_when_it_is_loaded() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    let id = stage.add_customer("Acme Properties").await;
    stage.gateway.checked(&id).await;
    stage.gateway.enable(&id).await;
    stage.gateway.synced(&id).await;
    let of = |rest: &str| format!("/integrations/{id}{rest}");
    for (path, title) in [
        (
            "/vendors/BUILDIUM/sandbox/new".to_owned(),
            "New Sandbox Customer",
        ),
        (of("/credentials"), "Replace credentials"),
        (of("/actions/disable"), "Disable this customer?"),
        (of("/actions/archive"), "Archive this customer?"),
        (of("/actions/back-sync"), "Read everything again?"),
        (
            of("/actions/keep-originals"),
            "Keep the vendor's own records?",
        ),
        (of("/actions/rename"), "Rename this customer"),
        ("/keys/new".to_owned(), "New API key"),
        ("/users/new".to_owned(), "Invite a user"),
        ("/help".to_owned(), "Keys and help"),
    ] {
        browser.go(&path).await;
        browser.says("h1", title).await;
        browser.assert_clean().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_for_the_customer_names_what_to_tick() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    stage
        .vendor
        .mutate(
            json!([{"op": "set_scopes", "scopes": ["rentals", "tenants", "lease_transactions"]}]),
        )
        .await;
    let id = stage.add_customer("Acme Properties").await;
    stage.gateway.checked(&id).await;
    browser.go(&format!("/integrations/{id}")).await;
    // What a page may put on the clipboard, a person allows; a headless browser is told.
    browser
        .devtools(
            "Browser.grantPermissions",
            json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}),
        )
        .await;
    browser.click("#data-access details.menu summary").await;
    let letter = browser.value("#letter").await;
    for wanted in [
        "the Buildium credentials of Acme Properties cannot read",
        "- Leases",
        "Rentals > Leases",
        "- Applicants",
        "Rentals > Applicants",
    ] {
        assert!(letter.contains(wanted), "{wanted} is not in:\n{letter}");
    }
    // Of what can be read there is nothing in it.
    assert!(!letter.contains("Rentals > Tenants"), "{letter}");
    browser.assert_clean().await;
    browser.click("button[data-copy=letter]").await;
    browser.says(".toast", "Copied.").await;
    let copied = "return navigator.clipboard.readText()";
    assert_eq!(browser.script(copied, vec![]).await, json!(letter));
}

#[tokio::test(flavor = "multi_thread")]
async fn sets_of_fields_and_patterns_say_what_is_wrong() {
    let vendor = Vendor::start(Options {
        vendor: VendorKind::Entrata,
        properties: 3,
        units: 12,
        limit: None,
        ..Options::default()
    });
    let start = Start {
        components: vec!["connector_entrata"],
        ..Start::default()
    };
    let stage = Stage::with(start, vendor).await;
    stage.welcome_to("ENTRATA").await;
    let browser = &stage.browser;
    browser.go("/vendors/ENTRATA/sandbox").await;
    browser.go("/vendors/ENTRATA/production/new").await;
    browser.fill("input[name=name]", "Of Two Ways").await;
    browser.fill("input[name='field.org']", "no org!").await;
    browser.submit("form.form button[type=submit]").await;
    browser.find("#field-field-org-error").await;
    // Neither set is filled in.
    browser.says("main", "Nothing was added yet").await;
    browser.says("main", "API key").await;
    browser.assert_clean().await;
    // Both sets are.
    browser.fill("input[name='field.org']", "sample").await;
    for field in ["apiKey", "username", "password"] {
        let css = format!("input[name='field.{field}']");
        browser.fill(&css, "something-of-a-length-0123456789").await;
    }
    browser.submit("form.form button[type=submit]").await;
    browser.says("main", "Nothing was added yet").await;
    assert_eq!(browser.value("input[name=name]").await, "Of Two Ways");
    assert_eq!(browser.value("input[name='field.apiKey']").await, "");
    browser.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moments_are_the_viewers_and_accounts_are_reached_everywhere() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    let id = stage.add_customer("Acme Properties").await;
    stage.gateway.checked(&id).await;
    stage.gateway.enable(&id).await;
    let sync = stage.gateway.synced(&id).await;
    let sync = sync["id"].as_str().unwrap_or_default();
    let zone = json!({"timezoneId": "Pacific/Kiritimati"});
    browser
        .devtools("Emulation.setTimezoneOverride", zone)
        .await;
    browser.go(&format!("/integrations/{id}/jobs/{sync}")).await;
    browser.find("#job .log time").await;
    // UTC and fourteen hours.
    let shown = "const it = document.querySelector('#job .log time'); \
         const there = new Date(new Date(it.dateTime).getTime() + 14 * 3600e3).toISOString(); \
         return [it.textContent, there.slice(0, 19).replace('T', ' ')]";
    let found = browser.script(shown, vec![]).await;
    assert_eq!(found[0], found[1]);
    // Two accounts: the way from one to the other is there at every width.
    let sql = PgPool::connect_with(stage.gateway.database.options()).await;
    let sql = sql.unwrap_or_else(|error| panic!("the database: {error}"));
    sqlx::query("insert into account (id, name) values ('acc_other', 'The other account')")
        .execute(&sql)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    for width in [390, 800, 1280] {
        browser.size(width, 900).await;
        browser.go("/settings").await;
        browser.find("#other-account").await;
        assert!(browser.is_shown("#other-account").await, "{width}");
        browser.assert_clean().await;
    }
    browser.choose("#other-account", "acc_other").await;
    browser.submit("main form[action='/account'] button").await;
    browser.says("h1", "Integrations").await;
    browser.go("/settings").await;
    browser.says("main", "acc_other").await;
    browser.go("/vendors/BUILDIUM/sandbox").await;
    browser.says("main", "No sandbox customer yet").await;
}
