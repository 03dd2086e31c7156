//! The data browser: what arrives by itself, pages by their place, deleted records, and what the vendor sent.

use portcullis_browser::{ESCAPE, Stage};
use portcullis_e2e::{Start, Vendor, eventually};
use portcullis_simulators::Options;
use serde_json::json;
use sqlx::PgPool;

#[tokio::test(flavor = "multi_thread")]
async fn records_arrive_page_by_page_and_deleted_ones_are_found() {
    let vendor = Vendor::start(Options {
        properties: 5,
        units: 120,
        limit: None,
        ..Options::default()
    });
    let stage = Stage::with(Start::default(), vendor).await;
    stage.welcome().await;
    let browser = &stage.browser;
    let id = stage.add_customer("Acme Properties").await;
    stage.gateway.checked(&id).await;
    let list = format!("/data?environment=sandbox&model=units&integration_id={id}");
    browser.go(&list).await;
    browser.says("#records", "Not synced yet").await;
    browser.assert_clean().await;
    // Nobody has to ask again: the records come to the page.
    browser.script("window.unreloaded = true", vec![]).await;
    stage.gateway.enable(&id).await;
    browser.says("#records", "of 120").await;
    let unreloaded = "return window.unreloaded === true";
    assert_eq!(browser.script(unreloaded, vec![]).await, json!(true));
    stage.gateway.synced(&id).await;
    // By keyset: every record once, whatever the pages are.
    browser.go(&list).await;
    let names = "return [...document.querySelectorAll('#records tbody a.name')].map(it => it.getAttribute('href'))";
    let mut seen = Vec::new();
    for page in [
        "1–25 of 120",
        "26–50 of 120",
        "51–75 of 120",
        "76–100 of 120",
        "101–120 of 120",
    ] {
        browser.says("#records", page).await;
        let found = browser.script(names, vec![]).await;
        seen.extend(found.as_array().cloned().unwrap_or_default());
        if page.starts_with("101") {
            break;
        }
        browser.submit("#records a[rel=next]").await;
    }
    assert!(!browser.has("#records a[rel=next]").await);
    let mut unique: Vec<String> = seen.iter().map(ToString::to_string).collect();
    unique.sort();
    unique.dedup();
    assert_eq!((seen.len(), unique.len()), (120, 120));
    browser.assert_clean().await;
    // A record that is gone is listed when it is asked for, and says so.
    browser.go(&list).await;
    let first = browser.script(names, vec![]).await[0].clone();
    let first = first.as_str().unwrap_or_default().replace("%5F", "_");
    let gone = first.split(['/', '?']).nth(4).unwrap_or_default();
    let sql = PgPool::connect_with(stage.gateway.database.options()).await;
    let sql = sql.unwrap_or_else(|error| panic!("the database: {error}"));
    for statement in [
        "update record set deleted_at = now(), updated_at = now() where model = 'units' and id = $1",
        "update model_state set live_rows = live_rows - 1 where model = 'units' and $1 <> ''",
    ] {
        let done = sqlx::query(statement).bind(gone).execute(&sql).await;
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    browser.go(&list).await;
    browser.says("#records", "of 119").await;
    browser.click("input[name=include_deleted]").await;
    browser.says("#records", "of 120").await;
    browser.says("#records tbody", "Deleted").await;
    // The address holds the question.
    browser.reload().await;
    browser.says("#records tbody", "Deleted").await;
    browser.click("#records tr:has(.pill) a.name").await;
    browser
        .says("#dialog dialog", "Deleted at the vendor")
        .await;
    browser.assert_clean().await;
    browser.press(ESCAPE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_vendor_sent_stands_beside_what_is_stored() {
    let stage = Stage::open().await;
    let browser = &stage.browser;
    let id = stage.add_customer("Acme Properties").await;
    stage.gateway.checked(&id).await;
    stage.gateway.enable(&id).await;
    stage.gateway.synced(&id).await;
    let list = format!("/data?environment=sandbox&model=units&integration_id={id}");
    // Where it is not kept, the way to keep it.
    browser.go(&list).await;
    browser.click("#records tbody a.name").await;
    browser
        .says("#dialog dialog", "are not kept for this customer")
        .await;
    browser.assert_clean().await;
    browser.submit("#dialog a[href$='/settings#facts']").await;
    browser.click("a[href$='/actions/keep-originals']").await;
    browser
        .says("#dialog dialog", "Both hold personal data")
        .await;
    browser.submit("#dialog form.stack button.primary").await;
    browser.says("main", "Kept beside the unified ones").await;
    let path = format!("/v1/admin/integrations/{id}/back-sync");
    let started = stage.gateway.admin.post(&path, None).await;
    assert!(started.status < 300, "{}", started.body);
    stage.gateway.synced(&id).await;
    // Side by side where there is room, one above the other where there is none.
    let row = "const [a, b] = [...document.querySelectorAll('.beside > section')].map(it => it.getBoundingClientRect()); \
         return a && b && a.width > 0 ? [a.top === b.top, a.right <= b.left] : null";
    for (width, beside) in [(1280, true), (390, false)] {
        browser.size(width, 900).await;
        browser.go(&list).await;
        browser.click("#records tbody a.name").await;
        browser.says("#dialog #original", "UnitNumber").await;
        // A dialog that is not open yet has its words and no place.
        let found = eventually("the dialog has its place", async || {
            Some(browser.script(row, vec![]).await).filter(|it| !it.is_null())
        })
        .await;
        assert_eq!(found, json!([beside, beside]), "at {width}");
        browser.assert_clean().await;
    }
    browser.size(1280, 900).await;
    browser.press(ESCAPE).await;
}
