//! What happens once: forms that are clicked twice, and pages that are loaded again.

use portcullis_browser::{EMAIL, PASSWORD, Stage};
use portcullis_e2e::Client;
use serde_json::{Value, json};
use sqlx::PgPool;

/// How many rows a table of the gateway has.
async fn count(stage: &Stage, table: &str) -> i64 {
    let sql = PgPool::connect_with(stage.gateway.database.options()).await;
    let sql = sql.unwrap_or_else(|error| panic!("the database: {error}"));
    let count = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    let count = sqlx::query_scalar(count).fetch_one(&sql).await;
    count.unwrap_or_else(|error| panic!("{table}: {error}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_sent_twice_is_carried_out_once() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    let twice = "const it = document.querySelector(arguments[0]); it.click(); it.click(); it.form.requestSubmit();";
    for (n, in_dialog) in [(1, true), (2, false)] {
        let body = stage.vendor.integration("Only Once");
        browser.go("/vendors/BUILDIUM/sandbox").await;
        if in_dialog {
            browser.click("main .page-head a.primary").await;
            browser.find("#dialog dialog[open]").await;
        } else {
            browser.go("/vendors/BUILDIUM/sandbox/new").await;
        }
        for (field, pointer) in [
            ("name", "/name"),
            ("field.clientId", "/credentials/clientId"),
            ("field.secret", "/credentials/secret"),
            ("base_url", "/base_url"),
        ] {
            let text = body.pointer(pointer).and_then(Value::as_str);
            let css = format!("input[name='{field}']");
            browser.put(&css, text.unwrap_or_default()).await;
        }
        let button = "form.form button[type=submit]";
        browser.script(twice, vec![json!(button)]).await;
        browser.says("h1", "Only Once").await;
        assert_eq!(count(&stage, "integration").await, n);
    }
    // Without scripts nothing holds the second click back but the form's name, which both carry.
    browser.go("/vendors/BUILDIUM/sandbox/new").await;
    let fields = "return Object.fromEntries(new FormData(document.querySelector('form.form')))";
    let mut form = browser.script(fields, vec![]).await;
    let body = stage.vendor.integration("Both Carry It");
    form["name"] = body["name"].clone();
    form["field.clientId"] = body["credentials"]["clientId"].clone();
    form["field.secret"] = body["credentials"]["secret"].clone();
    form["base_url"] = body["base_url"].clone();
    let send = "const form = new URLSearchParams(arguments[0]); const send = () => fetch(location.pathname, \
         {method: 'POST', body: form}).then(it => it.url); return Promise.all([send(), send(), send()])";
    let led = browser.script(send, vec![form.clone()]).await;
    assert_eq!(led[0], led[1], "{led}");
    assert_eq!(led[0], led[2], "{led}");
    assert_eq!(count(&stage, "integration").await, 3);
    // Another text in the same form is another form: somebody went back and typed.
    form["name"] = json!("Another Name");
    let other = browser.script(send, vec![form]).await;
    assert_ne!(led[0], other[0], "{other}");
    assert_eq!(count(&stage, "integration").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_button_of_a_form_keeps_its_width_while_it_works() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    browser.go("/vendors/BUILDIUM/sandbox").await;
    browser.click("main .page-head a.primary").await;
    browser.find("#dialog dialog[open]").await;
    let width = "const it = document.querySelector('#dialog form.form button[type=submit]'); \
         const before = it.offsetWidth; it.form.classList.add('htmx-request'); const during = [it.offsetWidth, it.innerText.trim()]; \
         it.form.classList.remove('htmx-request'); return [before, ...during, it.innerText.trim()]";
    let found = browser.script(width, vec![]).await;
    assert_eq!(found[0], found[1], "{found}");
    assert_eq!(
        (&found[2], &found[3]),
        (&json!("Adding…"), &json!("Submit"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_once_is_not_made_again_by_a_reload() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    let before = count(&stage, "api_key").await;
    browser.go("/keys/new").await;
    browser.fill("input[name=name]", "reporting").await;
    browser.submit("form.form button.primary").await;
    let key = browser.awaited_text("#new-key").await;
    assert!(key.len() > 20, "{key}");
    browser.assert_clean().await;
    assert_eq!(count(&stage, "api_key").await, before + 1);
    browser.reload().await;
    browser.says("main", "The key was shown already").await;
    assert!(!browser.text("body").await.contains(&key));
    assert_eq!(count(&stage, "api_key").await, before + 1);
    browser.assert_clean().await;
    // Of the environment that one looks at.
    browser.submit("nav.chips a[href$='=production']").await;
    browser.says("main", "No key of this environment").await;
    browser.assert_clean().await;
    browser.submit("nav.chips a[href$='=sandbox']").await;
    browser.says("main table", "reporting").await;
    // The same for links.
    browser.go("/users/new").await;
    browser.fill("input[name=email]", "sam@example.com").await;
    browser.submit("form.form button.primary").await;
    browser.find("#new-link").await;
    browser.reload().await;
    browser.says("main", "The link was shown already").await;
    browser
        .submit("button[aria-label^='New password link for Ana']")
        .await;
    let link = browser.awaited_text("#new-link").await;
    browser.reload().await;
    browser.says("main", "The link was shown already").await;
    assert!(link.contains("/welcome/"), "{link}");
    // A mistake keeps what was typed, and its address can be loaded again.
    browser.go("/users/new").await;
    browser.fill("input[name=email]", "no address").await;
    browser.click("input[name=role][value=support]").await;
    browser.submit("form.form button.primary").await;
    for _ in 0..2 {
        browser.find("#field-email-error").await;
        assert_eq!(browser.value("#field-email").await, "no address");
        browser.find("input[value=support]:checked").await;
        browser.reload().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_address_can_be_loaded_again() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    let id = stage.add_customer("Acme Properties").await;
    stage.gateway.checked(&id).await;
    stage.gateway.enable(&id).await;
    stage.gateway.synced(&id).await;
    // What is refused is said on the customer's page, as often as it is loaded.
    browser.go(&format!("/integrations/{id}")).await;
    let form = "const form = document.querySelector(\"form[action='/sign-out']\"); form.action = arguments[0]; form.id = 'other'";
    let refused = json!(format!("/integrations/{id}/actions/enable"));
    browser.script(form, vec![refused]).await;
    browser.submit("#other button").await;
    for _ in 0..2 {
        browser.says("#not-done", "Who must act").await;
        browser.says("h1", "Acme Properties").await;
        browser.reload().await;
    }
    browser.assert_clean().await;
    // A name that is none stays in its form.
    browser
        .go(&format!("/integrations/{id}/actions/rename"))
        .await;
    browser.put("input[name=name]", &"N".repeat(300)).await;
    browser.submit("form.form button.primary").await;
    for _ in 0..2 {
        browser.says("#field-name-error", "1 to 200").await;
        assert_eq!(browser.value("#field-name").await, "N".repeat(300));
        browser.reload().await;
    }
    // Addresses that forms alone are sent to lead to their pages.
    let of = |rest: &str| format!("/integrations/{id}{rest}");
    for (path, page) in [
        (of("/settings/schedule"), of("/settings")),
        (of("/settings/models"), of("/settings")),
        (of("/settings/properties"), of("/settings")),
        (of("/actions/enable"), of("")),
        (of("/actions/sync"), of("")),
        (of("/actions/retry"), of("")),
        (
            "/vendors/BUILDIUM/sandbox/demo".to_owned(),
            "/vendors/BUILDIUM/sandbox/new".to_owned(),
        ),
        (
            "/connectors/buildium/approve".to_owned(),
            "/connectors".to_owned(),
        ),
        ("/settings/theme".to_owned(), "/settings".to_owned()),
        ("/users/usr_x".to_owned(), "/users".to_owned()),
        ("/users/usr_x/password".to_owned(), "/users".to_owned()),
        ("/account".to_owned(), "/".to_owned()),
        ("/sign-out".to_owned(), "/".to_owned()),
    ] {
        browser.go(&path).await;
        let there = browser.path().await.replace("%5F", "_");
        assert_eq!(there, page, "{path}");
    }
    // What was typed is kept for half an hour; then the page says so.
    for path in [
        "/vendors/BUILDIUM/sandbox/new?draft=gone".to_owned(),
        of("/settings?draft=gone"),
        of("/credentials?draft=gone"),
    ] {
        browser.go(&path).await;
        browser.says("main", "What you typed before is gone").await;
        browser.assert_clean().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_an_old_session_or_another_page_are_refused() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    // A token that is not the session's.
    browser.go("/keys/new").await;
    let forge = "document.querySelector('form.form input[name=csrf]').value = 'forged'";
    browser.script(forge, vec![]).await;
    browser.fill("input[name=name]", "forged").await;
    let before = count(&stage, "api_key").await;
    browser.submit("form.form button.primary").await;
    browser.says("h1", "Not allowed").await;
    assert_eq!(count(&stage, "api_key").await, before);
    browser.assert_clean().await;
    // A session that ended while the form was open: the way in, and from there to the page.
    browser.go("/vendors/BUILDIUM/sandbox").await;
    browser.click("main .page-head a.primary").await;
    browser.find("#dialog dialog[open]").await;
    browser
        .devtools("Network.clearBrowserCookies", json!({}))
        .await;
    browser.click("#dialog form.form button[type=submit]").await;
    browser.says("h1", "Sign in").await;
    browser.assert_clean().await;
    browser.fill("input[name=email]", EMAIL).await;
    browser.fill("input[name=password]", PASSWORD).await;
    browser.submit("form button.primary").await;
    browser.says("h1", "Integrations").await;
    let nobody = Client::new(&stage.gateway.base_url, None);
    let answer = nobody.get("/vendors/BUILDIUM/sandbox/live").await;
    assert!(answer.body.contains("Sign in"), "{}", answer.body);
}
