//! Signing in, what each role may do, and what no form accepts.

use portcullis_browser::{Browser, EMAIL, Stage};
use portcullis_e2e::Client;
use serde_json::json;

/// Invites somebody, and gives a browser in which that person is signed in.
async fn invited(stage: &Stage, email: &str, role: &str) -> Browser {
    let browser = &stage.browser;
    browser.go("/users/new").await;
    browser.fill("input[name=email]", email).await;
    browser
        .click(&format!("input[name=role][value={role}]"))
        .await;
    browser.submit("form.form button.primary").await;
    browser.find("#new-link").await;
    browser.assert_clean().await;
    let link = browser.awaited_text("#new-link").await;
    let path = link.trim_start_matches(&stage.gateway.base_url).to_owned();
    let other = Browser::open(&stage.gateway.base_url).await;
    other.go(&path).await;
    other.fill("input[name=name]", role).await;
    // Too short first: the name stays, the password does not come back.
    other.fill("input[name=password]", "short").await;
    other.submit("form button.primary").await;
    other.says("form", "at least 12 characters").await;
    other.assert_clean().await;
    let kept = other.value("input[name=password]").await;
    assert_eq!(kept, "");
    other
        .fill("input[name=password]", "another four unrelated words")
        .await;
    other.submit("form button.primary").await;
    other.says("h1", "Integrations").await;
    // The link is used up.
    other.go(&path).await;
    other.says("h1", "does not work any more").await;
    other
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_limit_what_is_offered_and_what_is_done() {
    let stage = Stage::open().await;
    let id = stage.add_customer("Acme Properties").await;
    stage.gateway.checked(&id).await;

    let support = invited(&stage, "sam@example.com", "support").await;
    support.go(&format!("/integrations/{id}")).await;
    support.says("#access-units", "Granted").await;
    assert!(!support.has("form[action$='/enable']").await);
    assert!(support.has("form[action$='/check']").await);
    // It was checked before, so the new check is held open until it is seen.
    stage.latency(2500).await;
    support
        .submit("#data-access form[action$='/check'] button")
        .await;
    support.says("#data-access-title + p", "Checking").await;
    stage.latency(0).await;
    support.says("#data-access-title + p", "Checked").await;
    support.assert_clean().await;

    let reader = invited(&stage, "rita@example.com", "read_only").await;
    reader.go(&format!("/integrations/{id}")).await;
    reader.says("#access-units", "Granted").await;
    for form in ["/enable", "/check", "/sync", "/archive"] {
        assert!(
            !reader.has(&format!("form[action$='{form}']")).await,
            "{form}"
        );
    }
    reader.go("/users").await;
    reader.says("h1", "Not allowed").await;
    // A form that the page does not offer is refused all the same.
    reader.go("/settings").await;
    let script = "const form = document.querySelector(\"form[action='/sign-out']\"); form.action = arguments[0]; form.submit()";
    reader
        .script(
            script,
            vec![json!(format!("/integrations/{id}/actions/enable"))],
        )
        .await;
    reader.says("h1", "Not allowed").await;
    let view = stage
        .gateway
        .admin
        .get(&format!("/v1/admin/integrations/{id}"))
        .await
        .expect(200);
    assert_eq!(view["results"]["active"], false);

    // Locked out, the next page is the way in.
    stage.browser.go("/users").await;
    stage
        .browser
        .submit("button[aria-label='Lock out read_only']")
        .await;
    stage.browser.says("table", "May not sign in").await;
    stage.browser.assert_clean().await;
    reader.go("/").await;
    reader.says("h1", "Sign in").await;
    // The last admin stays one.
    stage.browser.go("/users").await;
    stage
        .browser
        .submit("button[aria-label^='Lock out Ana']")
        .await;
    stage.browser.says("main", "the last admin").await;
    // The address that says so can be loaded again, and so can the one that the form was sent to.
    stage.browser.reload().await;
    stage.browser.says("main", "the last admin").await;
    stage.browser.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_foreign_forms_and_old_links_do_nothing() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    browser.submit("form[action='/sign-out'] button").await;
    browser.says("h1", "Sign in").await;
    for _ in 0..10 {
        browser.go("/sign-in").await;
        browser.fill("input[name=email]", EMAIL).await;
        browser
            .fill("input[name=password]", "not the password")
            .await;
        browser.submit("form button.primary").await;
        browser.says("main", "do not belong together").await;
    }
    browser.assert_clean().await;
    browser
        .fill("input[name=password]", "not the password")
        .await;
    browser.submit("form button.primary").await;
    browser.says("main", "Too many wrong passwords").await;
    // The link of the first start is used up, and no other page is open to anybody.
    browser.go(&stage.link()).await;
    browser.says("h1", "does not work any more").await;
    let nobody = Client::new(&stage.gateway.base_url, None);
    for path in [
        "/",
        "/data",
        "/connectors",
        "/keys",
        "/users",
        "/settings",
        "/help",
        "/integrations/int_x/live",
    ] {
        let answer = nobody.get(path).await;
        assert!(answer.body.contains("Sign in"), "{path}: {}", answer.body);
        assert!(
            answer
                .header("content-security-policy")
                .contains("default-src 'none'"),
            "{path}"
        );
    }
    // A form without the session's token is not carried out.
    let answer = nobody.post("/keys/new", Some(json!({"name": "x"}))).await;
    assert!(answer.body.contains("Sign in"), "{}", answer.body);
    // The API is where it was, with its own errors.
    let answer = nobody.get("/v1/units").await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (401, "api_key_missing")
    );
    let answer = nobody.get("/no/such/path").await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (404, "route_not_found")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_accounts_of_a_user_change_and_unknown_ones_are_refused() {
    let stage = Stage::open().await;
    let made = stage
        .gateway
        .command(&["account", "create", "Other Homes"])
        .await;
    let other = made["id"].as_str().expect("an id");
    let reader = invited(&stage, "rita@example.com", "read_only").await;
    let browser = &stage.browser;
    browser.go("/users").await;
    let link = "a[aria-label='Change accounts of read_only']";
    browser.says("main", "rita@example.com").await;
    browser.click(link).await;
    browser.find("#dialog input[name=account]").await;
    browser
        .click(&format!("#dialog input[name=account][value={other}]"))
        .await;
    browser.submit("#dialog form button.primary").await;
    browser.says("main", "1 account").await;
    browser.assert_clean().await;
    // Whoever was signed in to an account that is taken away is signed out.
    reader.go("/").await;
    reader.says("h1", "Sign in").await;

    // Taken for none, an unknown account would mean all of them.
    browser.click(link).await;
    browser.find("#dialog input[name=account]").await;
    let script = "const box = document.querySelector('#dialog input[name=account]:checked'); box.value = 'acc_nobody'";
    browser.script(script, Vec::new()).await;
    browser.submit("#dialog form button.primary").await;
    browser.says("main", "There is no account").await;
    browser.says("main", "1 account").await;
}
