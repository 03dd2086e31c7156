//! The form for a new customer: every way to get it wrong, and texts that are no plain names.

use portcullis_browser::{Stage, Theme};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_stand_beside_their_fields_and_nothing_is_lost() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    browser.go("/vendors/BUILDIUM/sandbox").await;
    browser.click("main .page-head a.primary").await;
    browser.find("#dialog dialog[open]").await;
    // Nothing at all.
    browser.click("#dialog form.form button[type=submit]").await;
    browser
        .says("#field-name-error", "1 to 200 characters")
        .await;
    browser
        .says("#field-field-clientId-error", "required")
        .await;
    browser.says("#field-field-secret-error", "required").await;
    // A secret is kept on the server; a wrong name and a wrong address are shown again.
    let secret = "a-secret-that-must-not-come-back-0123456789";
    browser
        .fill("#dialog input[name=name]", &"N".repeat(201))
        .await;
    browser
        .fill(
            "#dialog input[name='field.clientId']",
            "a-client-id-of-someone",
        )
        .await;
    browser
        .fill("#dialog input[name='field.secret']", secret)
        .await;
    browser
        .put("#dialog input[name=base_url]", "https://elsewhere.example")
        .await;
    browser.click("#dialog form.form button[type=submit]").await;
    browser.says("#field-base-url-error", "loopback").await;
    browser
        .says("#field-name-error", "1 to 200 characters")
        .await;
    browser
        .says("#dialog form.form", "Kept on the server")
        .await;
    browser.assert_clean().await;
    let html = browser
        .script("return document.documentElement.outerHTML", vec![])
        .await;
    assert!(
        !html.as_str().unwrap_or_default().contains(secret),
        "the secret came back"
    );
    // The same on a page of its own, which can be reloaded.
    let url = stage.vendor.url().to_owned();
    browser
        .fill("#dialog input[name=name]", "Kept Entries")
        .await;
    browser.fill("#dialog input[name=base_url]", &url).await;
    browser.click("#dialog form.form button[type=submit]").await;
    // The vendor does not know these credentials: they were sent whole all the same, and its words are shown.
    browser.says("h1", "Kept Entries").await;
    browser
        .says("#integration-notices", "rejects the credentials")
        .await;
    browser.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_and_unusual_texts_are_texts() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    let script =
        "<script>window.owned = true</script><img src=x onerror=\"window.owned = true\">\"'`&amp;";
    let rtl = "شركة العقارات \u{202e}evil\u{202c} עברית";
    let emoji = "🏠👩‍👩‍👧‍👦🇺🇳 ́̂̃ Zalgo";
    let long = "W".repeat(200);
    let mut ids = Vec::new();
    for name in [script, rtl, emoji, long.as_str()] {
        browser.go("/vendors/BUILDIUM/sandbox/new").await;
        let body = stage.vendor.integration(name);
        let text = |pointer: &str| {
            body.pointer(pointer)
                .and_then(|it| it.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        browser.put("input[name=name]", name).await;
        browser
            .put(
                "input[name='field.clientId']",
                &text("/credentials/clientId"),
            )
            .await;
        browser
            .put("input[name='field.secret']", &text("/credentials/secret"))
            .await;
        browser
            .put("input[name=base_url]", &text("/base_url"))
            .await;
        browser.submit("form.form button[type=submit]").await;
        browser.find("#data-access").await;
        browser.assert_clean().await;
        let shown = browser
            .script("return document.querySelector('h1').textContent", vec![])
            .await;
        assert_eq!(shown, json!(name));
        ids.push(browser.path().await);
    }
    // Texts of 10,000 characters in every field are refused beside the field, and kept.
    browser.go("/vendors/BUILDIUM/sandbox/new").await;
    let huge = "<b>ẞ</b>".repeat(1300);
    for field in ["name", "field.clientId", "field.secret", "base_url"] {
        browser.put(&format!("input[name='{field}']"), &huge).await;
    }
    browser.submit("form.form button[type=submit]").await;
    browser
        .says("#field-name-error", "1 to 200 characters")
        .await;
    browser.assert_clean().await;
    let kept = browser.value("input[name=name]").await;
    assert_eq!(kept, huge);
    // Searching for them finds them or nothing, and never breaks.
    for (wanted, finds) in [
        ("<script>", true),
        ("100%", false),
        ("_", false),
        ("\\", false),
        (&huge[..400], false),
    ] {
        let query: String = url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
        browser
            .go(&format!("/vendors/BUILDIUM/sandbox?q={query}"))
            .await;
        let text = browser.text("#customers").await;
        assert_eq!(text.contains("1 customer"), finds, "{wanted}: {text}");
    }
    // The layout holds: nothing is wider than the page, at phone width neither.
    for width in [390, 1280] {
        browser.size(width, 900).await;
        browser.theme(Theme::Dark).await;
        for path in
            ids.iter()
                .map(String::as_str)
                .chain(["/vendors/BUILDIUM/sandbox", "/?q=W", "/data"])
        {
            browser.go(path).await;
            browser.find("main h1").await;
            let wide = browser
                .script(
                    "return document.documentElement.scrollWidth - innerWidth",
                    vec![],
                )
                .await;
            assert!(
                wide.as_i64().unwrap_or(99) <= 0,
                "{path} is {wide} px too wide at {width}"
            );
        }
    }
    assert_eq!(
        browser
            .script("return window.owned === undefined", vec![])
            .await,
        json!(true)
    );
    browser.assert_clean().await;
}
