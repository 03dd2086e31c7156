//! Texts that attack or break a page, in every field that anybody outside can fill: shown as text, layout whole.

use portcullis_browser::{Browser, ESCAPE, Stage};
use serde_json::json;
use sqlx::PgPool;

/// What a page must show as it stands here.
const SCRIPT: &str =
    "<script>window.owned = true</script><img src=x onerror=\"window.owned = true\">\"'`&amp;";
/// Text from right to left that turns the rest around, letters on letters, and signs of many code points.
const UNUSUAL: &str = "شركة العقارات \u{202e}evil\u{202c} 🏠👩‍👩‍👧‍👦🇺🇳 ́̂̃";

/// 10,000 characters that begin with a script, and end in one endless word.
fn hostile() -> String {
    let begin = format!("{SCRIPT} {UNUSUAL} ");
    let rest = 10_000 - begin.chars().count();
    format!("{begin}{}", "W".repeat(rest))
}

/// Puts the text wherever a vendor, a customer or a colleague could have put it.
async fn everywhere(stage: &Stage, id: &str, text: &str) {
    let sql = PgPool::connect_with(stage.gateway.database.options()).await;
    let sql = sql.unwrap_or_else(|error| panic!("the database: {error}"));
    let statements = [
        "update integration set name = $2, vendor_account_id = $2, vendor_account_name = $2, credentials_message = $2,
                settings = jsonb_build_object('<b>', $2) where id = $1",
        "update data_access set message = $2, restrictions = jsonb_build_array($2::text), evidence = jsonb_build_array(jsonb_build_object(
                'method', $2, 'host', $2, 'path', $2, 'status', 403, 'error', $2, 'vendor_message', $2))
         where integration_id = $1",
        "update access_check set message = $2 where integration_id = $1",
        "update run set error_message = $2, error_code = $2, who_must_act = 'vendor' where integration_id = $1",
        "insert into dead_letter (account_id, integration_id, model, run_id, external_id, kind, message)
         select account_id, integration_id, model, id, $2, $2, $2 from run where integration_id = $1",
        "insert into sync_log (account_id, integration_id, sync_id, model, at, level, event, message, detail)
         select account_id, integration_id, id, left($2, 60), now(), 'error', left($2, 60), $2, '{}' from sync where integration_id = $1",
        "update record set external_id = left($2, 400) || id,
                doc = (select jsonb_object_agg(key, case when jsonb_typeof(value) = 'string' then to_jsonb($2::text) else value end)
                       from jsonb_each(doc)) || jsonb_build_object('name', $2::text, $2::text, $2::text, 'list', jsonb_build_array($2::text))
         where integration_id = $1",
        "insert into audit (account_id, actor, action, subject, detail)
         select account_id, $2, $2, id, jsonb_build_object('from', $2::text, 'to', $2::text) from integration where id = $1",
        "update api_key set name = $2 where account_id = (select account_id from integration where id = $1)",
        "update account set name = $2 where id = (select account_id from integration where id = $1)",
        "update console_user set name = $2 where exists (select from integration where id = $1)",
        "insert into connector_refusal (file, digest, code, detail)
         select left($2, 400), 'none', $2, $2 from integration where id = $1",
    ];
    for statement in statements {
        let done = sqlx::query(statement).bind(id).bind(text);
        let done = done.execute(&sql).await;
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

/// Holds that the page as it is now is whole: nothing ran, nothing became an element, nothing is wider than the page.
async fn holds(browser: &Browser, what: &str, width: u32) {
    let script = "
        const own = [...document.querySelectorAll('script')].filter(it => !it.src.startsWith(location.origin + '/assets/'));
        const wide = [...document.querySelectorAll('dialog[open]')].filter(it => it.scrollWidth > it.clientWidth + 1);
        return {
            owned: window.owned === true, elements: own.length + document.querySelectorAll('img[src=\"x\"]').length,
            wide: document.documentElement.scrollWidth, dialogs: wide.length };";
    let found = browser.script(script, vec![]).await;
    assert_eq!(
        (&found["owned"], &found["elements"], &found["dialogs"]),
        (&json!(false), &json!(0), &json!(0)),
        "{what} at {width}: {found}"
    );
    let wide = found["wide"].as_u64().unwrap_or(u64::MAX);
    assert!(
        wide <= u64::from(width),
        "{what} is {wide} px wide at {width}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_field_holds_is_shown_as_text() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    let id = stage.add_customer("Acme Properties").await;
    stage.gateway.checked(&id).await;
    stage.gateway.enable(&id).await;
    let sync = stage.gateway.synced(&id).await;
    let sync = sync["id"].as_str().unwrap_or_default();
    let list = stage.gateway.admin.get("/v1/units/?limit=1").await;
    let list = list.expect(200);
    let record = list["results"][0]["id"].as_str().unwrap_or_default();
    let text = hostile();
    everywhere(&stage, &id, &text).await;

    let query: String = url::form_urlencoded::byte_serialize(SCRIPT.as_bytes()).collect();
    let huge: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let of = |rest: &str| format!("/integrations/{id}{rest}");
    // Where a page shows the text, and what part of it at least.
    let begin = "<script>window.owned";
    let pages = [
        (format!("/?q={query}"), begin),
        (format!("/vendors/BUILDIUM/sandbox?q={query}"), begin),
        (of(""), begin),
        (of("/jobs"), ""),
        (of(&format!("/jobs/{sync}")), begin),
        (of(&format!("/jobs/{sync}?problems=true")), begin),
        (of("/settings"), begin),
        (of("/events"), begin),
        (of("/actions/rename"), ""),
        (of("/actions/archive"), begin),
        (of("/credentials"), ""),
        ("/data?model=properties".to_owned(), begin),
        (format!("/data?model=units&integration_id={id}"), begin),
        (
            format!("/data?model=units&unit_number={query}"),
            "No record",
        ),
        (
            format!("/data?model=units&unit_number={huge}"),
            "cannot be used",
        ),
        (
            format!("/data?model=units&updated_at_gte={query}"),
            "cannot be used",
        ),
        (format!("/data/sandbox/units/{record}"), begin),
        ("/connectors".to_owned(), begin),
        ("/keys".to_owned(), ""),
        ("/users".to_owned(), begin),
        ("/settings".to_owned(), begin),
    ];
    for width in [390, 1280] {
        browser.size(width, 900).await;
        for (path, wanted) in &pages {
            browser.go(path).await;
            browser.find("h1").await;
            let body = "return document.body.textContent";
            let shown = browser.script(body, vec![]).await;
            let what = path.get(..60).unwrap_or(path);
            assert!(
                shown.as_str().is_some_and(|shown| shown.contains(wanted)),
                "{what} does not show {wanted}"
            );
            holds(browser, what, width).await;
        }
        // What opens above a page and within one.
        browser.go(&of("")).await;
        browser.click("#access-units summary").await;
        holds(browser, "the evidence", width).await;
        browser
            .go(&format!("/data?model=units&integration_id={id}"))
            .await;
        browser.click("#records tbody a.name").await;
        browser.find("#dialog dialog[open]").await;
        holds(browser, "the record's panel", width).await;
        browser.assert_clean().await;
        browser.press(ESCAPE).await;
    }
    browser.go(&of("")).await;
    browser.assert_clean().await;
    browser.go(&of(&format!("/jobs/{sync}"))).await;
    browser.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_vendor_sends_is_data() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    let ids = stage.vendor.ids().await;
    let text = format!("{SCRIPT} {UNUSUAL}");
    stage
        .vendor
        .mutate(json!([
            {"op": "change", "model": "properties", "ids": ids["properties"], "fields": {"Name": text}},
            {"op": "change", "model": "units", "ids": ids["units"], "fields": {"UnitNumber": hostile()}},
        ]))
        .await;
    let id = stage.add_customer("Acme Properties").await;
    stage.gateway.checked(&id).await;
    stage.gateway.enable(&id).await;
    stage.gateway.synced(&id).await;
    for width in [390, 1280] {
        browser.size(width, 900).await;
        for path in [
            format!("/data?model=properties&integration_id={id}"),
            format!("/data?model=units&integration_id={id}"),
            format!("/integrations/{id}/settings"),
        ] {
            browser.go(&path).await;
            browser.says("main", "<script>window.owned").await;
            holds(browser, &path, width).await;
        }
    }
    browser.assert_clean().await;
}
