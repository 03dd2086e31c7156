//! What admins change about a customer, and the way in for people without credentials.

use portcullis_browser::Stage;
use portcullis_e2e::{Start, Vendor, eventually};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn schedule_and_models_are_changed_and_mistakes_stay_in_the_form() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    let id = stage.add_customer("Acme Properties").await;
    stage.gateway.checked(&id).await;
    browser.go(&format!("/integrations/{id}/settings")).await;
    browser
        .says("#schedule", "while the customer is disabled")
        .await;
    // Fields that do not belong to the kind that is chosen are not shown.
    let kind = "#schedule select[name='own.kind']";
    browser.choose(kind, "cron").await;
    assert!(browser.is_shown("#schedule input[name='own.cron']").await);
    assert!(!browser.is_shown("#schedule input[name='own.every']").await);
    browser
        .fill("#schedule input[name='own.cron']", "61 2 * * *")
        .await;
    browser
        .fill("#schedule input[name='own.zone']", "America/Chicago")
        .await;
    browser.submit("#schedule form button.primary").await;
    browser.says("#schedule", "Nothing was changed yet").await;
    browser.find("#field-own-cron[aria-invalid]").await;
    browser.assert_clean().await;
    // The address of the mistake can be loaded again, with all that was typed.
    browser.reload().await;
    browser.says("#schedule", "Nothing was changed yet").await;
    assert_eq!(browser.value("#field-own-cron").await, "61 2 * * *");
    assert_eq!(browser.value("#field-own-zone").await, "America/Chicago");
    browser.fill("#field-own-cron", "30 2 * * *").await;
    // A model of its own, too.
    browser.click("#schedule details.fold summary").await;
    browser
        .choose("select[name='model.units.kind']", "interval")
        .await;
    browser
        .fill("input[name='model.units.every']", "many")
        .await;
    browser.submit("#schedule form button.primary").await;
    browser
        .says("#field-model-units-every-error", "whole number")
        .await;
    browser.fill("input[name='model.units.every']", "90").await;
    browser
        .choose("select[name='model.units.unit']", "MINUTE")
        .await;
    browser.submit("#schedule form button.primary").await;
    browser.says("#schedule [role=status]", "Saved").await;
    assert!(!browser.has("#schedule [role=alert]").await);
    browser.assert_clean().await;
    let path = format!("/v1/admin/integrations/{id}/schedule");
    let view = eventually("the schedule is the new one", async || {
        let view = stage.gateway.admin.get(&path).await.expect(200)["results"].clone();
        (view["cron"] == "30 2 * * *").then_some(view)
    })
    .await;
    assert_eq!(
        (&view["type"], &view["timezone"]),
        (&json!("cron"), &json!("America/Chicago"))
    );
    let of_units = &view["models"][0];
    assert_eq!(of_units["model"], "units");
    assert_eq!(of_units["sync_frequency"], 90);
    browser.reload().await;
    assert_eq!(browser.value("#field-own-cron").await, "30 2 * * *");
    // It is said once.
    assert!(!browser.has("#schedule [role=status]").await);

    // Models that are switched off are left out by the next sync, and the page says how fresh the others are.
    browser.click("#models input[name='on.leases']").await;
    browser.submit("#models form button").await;
    browser.says("#models [role=status]", "Saved").await;
    browser
        .find("#models input[name='on.leases']:not(:checked)")
        .await;
    stage.gateway.enable(&id).await;
    let sync = stage.gateway.synced(&id).await;
    let runs = sync["runs"].as_array().cloned().unwrap_or_default();
    assert!(runs.iter().any(|run| run["model"] == "units"), "{sync}");
    assert!(!runs.iter().any(|run| run["model"] == "leases"), "{sync}");
    eventually("the next time is known", async || {
        let view = stage.gateway.admin.get(&path).await.expect(200);
        view["results"]["next_sync_at"].as_str().map(drop)
    })
    .await;
    browser
        .reload_until("#models tr:has(input[name='on.units'])", "Success")
        .await;
    browser
        .says(
            "#models tr:has(input[name='on.leases'])",
            "Never read whole",
        )
        .await;
    browser.says("#schedule", "Next sync").await;
    // A property is switched off, and stays off.
    browser.click("#properties input[name=on]").await;
    browser.submit("#properties form button").await;
    browser.says("#properties [role=status]", "Saved").await;
    browser
        .find("#properties input[name=on]:not(:checked)")
        .await;
    let path = format!("/v1/admin/integrations/{id}/properties");
    eventually("one property is off", async || {
        let list = stage.gateway.admin.get(&path).await.expect(200);
        let all = list["results"].as_array()?;
        let off = all.iter().filter(|it| it["enabled"] == false).count();
        (off == 1).then_some(())
    })
    .await;
    browser.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_replaced_only_when_the_vendor_takes_them() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    let id = stage.add_customer("Acme Properties").await;
    stage.gateway.checked(&id).await;
    let body = stage.vendor.integration("Acme Properties");
    let good = body["credentials"]["secret"].as_str().unwrap_or_default();
    let client = body["credentials"]["clientId"].as_str().unwrap_or_default();
    let wrong = "another-secret-that-must-not-come-back-012345";
    for (secret, said) in [
        (wrong, "The new credentials were not taken"),
        (good, "The credentials were replaced"),
    ] {
        browser.go(&format!("/integrations/{id}")).await;
        browser
            .click("#integration-head details.menu summary")
            .await;
        browser
            .click("#integration-head a[href$='/credentials']")
            .await;
        browser.find("#dialog dialog[open]").await;
        // A secret is never filled in.
        for (field, text) in [("clientId", client), ("secret", secret)] {
            let css = format!("#dialog input[name='field.{field}']");
            assert_eq!(browser.value(&css).await, "");
            browser.fill(&css, text).await;
        }
        browser.click("#dialog form button[type=submit]").await;
        browser.says("#integration-notices", said).await;
        browser.assert_clean().await;
        let html = browser
            .script("return document.documentElement.outerHTML", vec![])
            .await;
        assert!(!html.as_str().unwrap_or_default().contains(secret));
        browser.says("#integration-head", "Disabled").await;
    }
    // The old ones stayed in between: nothing was ever rejected.
    browser.go(&format!("/integrations/{id}/settings")).await;
    browser.says("main", "Accepted by the vendor").await;
    browser.go(&format!("/integrations/{id}/events")).await;
    browser.says("main table", "replaced the credentials").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_without_credentials_are_led_in() {
    let vendor = Vendor::small();
    let body = vendor.integration("A first customer");
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("a folder: {error}"));
    let file = folder.path().join("console.json");
    let offer = json!({"BUILDIUM": {
        "name": "A first customer",
        "base_url": body["base_url"],
        "fields": body["credentials"],
    }});
    std::fs::write(&file, offer.to_string()).unwrap_or_else(|error| panic!("{error}"));
    let start = Start::default().env("PORTCULLIS_CONSOLE_DEMO", &file.display().to_string());
    let stage = Stage::with(start, vendor).await;
    stage.welcome().await;
    let browser = &stage.browser;
    browser
        .says("main", "From credentials to an API in six steps")
        .await;
    browser.submit("main a.primary").await;
    browser.says("nav.tabs", "Sandbox Customers").await;
    browser.click("main .page-head a.primary").await;
    browser
        .says("#dialog dialog", "No credentials at hand?")
        .await;
    browser.click("#dialog form.notice button").await;
    browser
        .says("#dialog dialog", "Filled with the demo's credentials")
        .await;
    // The secret is on the server and stays there.
    let secret = body["credentials"]["secret"].as_str().unwrap_or_default();
    let html = browser
        .script("return document.documentElement.outerHTML", vec![])
        .await;
    assert!(!html.as_str().unwrap_or_default().contains(secret));
    browser.click("#dialog form.form button[type=submit]").await;
    browser.says("h1", "A first customer").await;
    browser.says("#access-units", "Granted").await;
    browser
        .says("#integration-notices", "Enabling starts")
        .await;
    browser.submit("#integration-notices form button").await;
    browser.says("#jobs table", "Success").await;
    browser.assert_clean().await;
    // Nothing of it is offered for production.
    browser.go("/vendors/BUILDIUM/production/new").await;
    browser.says("main", "real customers").await;
    assert!(!browser.has("form.notice").await);
}
