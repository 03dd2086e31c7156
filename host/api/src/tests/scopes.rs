//! Keys that are limited to integrations or models: not a byte of the rest, in lists, files, feeds, caches and places.

use http::{Method, StatusCode};
use portcullis_store::{Environment, NewKey, Role};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::support::{Answer, TestApp};

/// Two integrations of one account and environment, each with units of its own.
struct Two {
    app: TestApp,
    a: String,
    b: String,
}

const OF_A: &str = "num-of-a";
const OF_B: &str = "num-of-b";

impl Two {
    async fn start() -> Self {
        let app = TestApp::start().await;
        let a = app.enabled().await;
        let units = [1, 2, 3].map(|n| (format!("a{n}"), json!({"number": format!("{OF_A}-{n}")})));
        app.finish_sync(&borrowed(&units)).await;
        let b = app.enabled().await;
        let units = [1, 2].map(|n| (format!("b{n}"), json!({"number": format!("{OF_B}-{n}")})));
        app.finish_sync(&borrowed(&units)).await;
        app.state.look().await;
        Self { app, a, b }
    }

    async fn limited(
        &self,
        role: Role,
        integrations: Option<&[&str]>,
        models: Option<&[&str]>,
    ) -> String {
        let texts = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let new = NewKey {
            integrations: integrations.map(texts),
            models: models.map(texts),
            ..NewKey::new(&self.app.account, "limited", Environment::Sandbox, role)
        };
        let (_, key) = self.app.store.create_key(new).await.unwrap();
        key.expose_secret().to_owned()
    }

    /// The feed once it holds a text: it waits for the transactions of other tests on the same server.
    async fn fed(&self, key: &str, path: &str, text: &str) -> Answer {
        let mut tries = 0;
        loop {
            let answer = self.get(key, path).await;
            if answer.text.contains(text) || tries == 200 {
                return answer;
            }
            tries += 1;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    async fn get(&self, key: &str, path: &str) -> Answer {
        self.app.call(Method::GET, path, key, None).await
    }

    /// The id of the first unit of an integration.
    async fn unit_of(&self, integration: &str) -> String {
        let path = format!("/v1/units/?integration_id={integration}&limit=1");
        let list = self.app.get(&path).await.json();
        list["results"][0]["id"].as_str().unwrap().to_owned()
    }
}

fn borrowed(units: &[(String, Value)]) -> Vec<(&str, Value)> {
    units
        .iter()
        .map(|(x, doc)| (x.as_str(), doc.clone()))
        .collect()
}

fn code(answer: &Answer) -> (u16, String) {
    let code = answer.json()["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (answer.status.as_u16(), code)
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_key_of_one_integration_reads_that_one_alone() {
    let two = Two::start().await;
    let key = two.limited(Role::Read, Some(&[&two.a]), None).await;
    let (of_a, of_b) = (two.unit_of(&two.a).await, two.unit_of(&two.b).await);
    // What the whole account is answered lies in the cache before each question.
    for path in [
        "/v1/units/",
        "/v1/units/?limit=1",
        "/v1/units/?limit=250&order-by=number:asc",
        "/v1/units/?include_deleted=true",
        "/v1/units/?integration_vendor=ACME",
        "/v1/units/?format=csv",
        "/v1/units/?format=ndjson",
        "/v1/changes",
        &format!("/v1/units/?integration_id={}", two.a),
        &format!("/v1/units/{of_a}"),
    ] {
        let whole = two.app.get(path).await;
        assert_eq!(whole.status, StatusCode::OK, "{path}: {}", whole.text);
        let part = match path {
            "/v1/changes" => two.fed(&key, path, &two.a).await,
            _ => two.get(&key, path).await,
        };
        assert_eq!(part.status, StatusCode::OK, "{path}: {}", part.text);
        assert!(part.text.contains(&two.a), "{path}: {}", part.text);
        for foreign in [OF_B, &two.b, &of_b] {
            assert!(!part.text.contains(foreign), "{path}: {}", part.text);
        }
        assert!(!part.header("cache-status").contains("hit"), "{path}");
        if !part.header("cache-status").is_empty() {
            let again = two.get(&key, path).await;
            assert!(again.header("cache-status").contains("hit"), "{path}");
            assert_eq!(again.text, part.text);
        }
    }
    let totals = |answer: Answer| answer.json()["meta"]["total"].clone();
    assert_eq!(totals(two.app.get("/v1/units/").await), 5);
    assert_eq!(totals(two.get(&key, "/v1/units/").await), 3);
    let filtered = "/v1/units/?updated_at_gte=2020-01-01&limit=1";
    assert_eq!(totals(two.app.get(filtered).await), 5);
    assert_eq!(totals(two.get(&key, filtered).await), 3);

    // What is outside is answered like what is not there.
    let single = two.get(&key, &format!("/v1/units/{of_b}")).await;
    assert_eq!(code(&single), refused(404, "record_not_found"));
    assert_eq!(
        totals(two.get(&key, &format!("/v1/units/?id={of_b}")).await),
        0
    );
    for path in [
        "/v1/units/?integration_id=",
        "/v1/units/?format=csv&integration_id=",
        "/v1/changes?integration_id=",
    ] {
        let theirs = two.get(&key, &format!("{path}{}", two.b)).await;
        let nobodys = two.get(&key, &format!("{path}int_none")).await;
        assert_eq!(code(&theirs), refused(400, "unknown_integration"), "{path}");
        assert_eq!(theirs.json()["detail"], nobodys.json()["detail"]);
    }

    // Two of two are not the whole account: another entry of the cache, and no integration to come.
    let both = two.limited(Role::Read, Some(&[&two.b, &two.a]), None).await;
    let list = two.get(&both, "/v1/units/").await;
    assert!(list.header("cache-status").contains("stored"));
    assert_eq!(totals(list), 5);
}

#[tokio::test]
async fn the_cache_of_a_limited_key_hears_of_its_integrations_alone() {
    let two = Two::start().await;
    let key = two.limited(Role::Read, Some(&[&two.a]), None).await;
    let status = async || {
        two.app.state.look().await;
        two.get(&key, "/v1/units/")
            .await
            .header("cache-status")
            .to_owned()
    };
    assert!(status().await.contains("stored"));
    let sync = |id: &str| format!("/v1/admin/integrations/{id}/manual-sync");
    two.app.post(&sync(&two.b)).await;
    two.app.finish_sync(&[("b9", json!({"number": "9"}))]).await;
    assert!(status().await.contains("hit"));
    two.app.post(&sync(&two.a)).await;
    two.app.finish_sync(&[("a9", json!({"number": "9"}))]).await;
    assert!(status().await.contains("stored"));
}

#[tokio::test]
async fn sync_states_of_other_integrations_are_not_told() {
    let two = Two::start().await;
    let fresh = two.app.enabled().await;
    let key = two.limited(Role::Read, Some(&[&two.a]), None).await;
    let states = |answer: Answer| answer.json()["meta"]["sync_state"].clone();
    let whole = states(two.app.get("/v1/units/").await);
    assert_eq!(whole[0]["integration_id"], fresh.as_str());
    assert_eq!(states(two.get(&key, "/v1/units/").await), json!([]));
}

#[tokio::test]
async fn places_open_for_the_same_limits_alone() {
    let two = Two::start().await;
    let key = two.limited(Role::Read, Some(&[&two.a]), None).await;
    let other = two.limited(Role::Read, Some(&[&two.a, &two.b]), None).await;
    let alike = two.limited(Role::Read, Some(&[&two.a]), None).await;
    let admin = two.app.admin.clone();
    for (from, to, opens) in [
        (&admin, &key, false),
        (&key, &admin, false),
        (&key, &other, false),
        (&key, &alike, true),
    ] {
        let page = two.get(from, "/v1/units/?limit=1").await.json();
        let cursor = page["meta"]["next_cursor"].as_str().unwrap();
        let next = two
            .get(to, &format!("/v1/units/?limit=1&cursor={cursor}"))
            .await;
        let feed = two.get(from, "/v1/changes?limit=1").await.json();
        let since = feed["meta"]["next_since"].as_str().unwrap();
        let later = two.get(to, &format!("/v1/changes?since={since}")).await;
        if opens {
            assert_eq!(
                (next.status, later.status),
                (StatusCode::OK, StatusCode::OK)
            );
        } else {
            assert_eq!(code(&next), refused(400, "invalid_cursor"));
            assert_eq!(code(&later), refused(400, "invalid_since"));
        }
    }
}

#[tokio::test]
async fn an_admin_key_of_one_integration_touches_that_one_alone() {
    let two = Two::start().await;
    let key = two.limited(Role::Admin, Some(&[&two.a]), None).await;
    let list = two.get(&key, "/v1/admin/integrations/").await.json();
    assert_eq!(
        (&list["meta"]["total"], &list["results"][0]["id"]),
        (&json!(1), &json!(two.a))
    );
    let renamed = json!({"name": "By the limited key"});
    let own = format!("/v1/admin/integrations/{}", two.a);
    let answer = two
        .app
        .call(Method::PUT, &own, &key, Some(renamed.clone()))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);

    let foreign = format!("/v1/admin/integrations/{}", two.b);
    let answer = two
        .app
        .call(Method::PUT, &foreign, &key, Some(renamed))
        .await;
    assert_eq!(code(&answer), refused(404, "integration_not_found"));
    let syncs = two.app.get(&format!("{foreign}/syncs")).await.json();
    let sync = syncs["results"][0]["id"].as_str().unwrap();
    let answer = two.get(&key, &format!("/v1/admin/syncs/{sync}")).await;
    assert_eq!(code(&answer), refused(404, "sync_not_found"));
    let unit = two.unit_of(&two.b).await;
    let answer = two
        .get(&key, &format!("{own}/records/{unit}/history"))
        .await;
    assert_eq!(code(&answer), refused(404, "record_not_found"));

    // What concerns the account or the installation takes a key without limits.
    for (method, path, body) in [
        (
            Method::POST,
            "/v1/admin/integrations/",
            Some(json!({"name": "New", "integration_vendor": "ACME", "credentials": {}})),
        ),
        (
            Method::POST,
            "/v1/admin/connectors/acme/approve",
            Some(json!({"digest": "0".repeat(64)})),
        ),
        (Method::GET, "/v1/admin/api-keys/", None),
        (
            Method::POST,
            "/v1/admin/api-keys/",
            Some(json!({"name": "wider"})),
        ),
        (Method::GET, "/v1/admin/users/", None),
    ] {
        let answer = two.app.call(method, path, &key, body).await;
        assert_eq!(code(&answer), refused(403, "scope_insufficient"), "{path}");
    }

    let whole = two.app.get("/v1/admin/audit/").await;
    assert!(whole.text.contains(&two.b));
    let part = two.get(&key, "/v1/admin/audit/").await;
    let entries = part.json();
    assert!(entries["meta"]["total"].as_u64().unwrap() > 0);
    assert!(!part.text.contains(&two.b), "{}", part.text);
    let renames = two
        .get(&key, "/v1/admin/audit/?action=integration.rename")
        .await
        .json();
    assert_eq!(renames["meta"]["total"], 1);

    let coverage = two
        .get(&key, "/v1/admin/vendors/ACME/coverage")
        .await
        .json();
    let units = coverage["results"]["models"].as_array().unwrap();
    let units = units.iter().find(|model| model["name"] == "units").unwrap();
    assert_eq!(units["records"], 3);
}

#[tokio::test]
async fn a_key_of_one_model_is_refused_the_others_by_name() {
    let two = Two::start().await;
    let key = two.limited(Role::Read, None, Some(&["units"])).await;
    assert_eq!(two.get(&key, "/v1/units/").await.json()["meta"]["total"], 5);
    let feed = two.fed(&key, "/v1/changes", "units").await.json();
    let changes = feed["results"].as_array().unwrap();
    assert!(!changes.is_empty() && changes.iter().all(|it| it["model"] == "units"));
    for path in [
        "/v1/leases/",
        "/v1/leases/?format=csv",
        "/v1/leases/lease_none",
        "/v1/changes?model=leases",
    ] {
        let answer = two.get(&key, path).await;
        assert_eq!(code(&answer), refused(403, "model_out_of_scope"), "{path}");
        // Again, since nothing of it may have been kept.
        assert_eq!(two.get(&key, path).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn an_admin_key_of_one_model_leaves_the_whole_alone() {
    let two = Two::start().await;
    let key = two.limited(Role::Admin, None, Some(&["units"])).await;
    let at = |path: &str| format!("/v1/admin/integrations/{}{path}", two.a);
    let access = two.get(&key, &at("/data-access")).await.json();
    let models: Vec<&String> = access["result"]["models"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(models, ["units"]);
    let days = two.get(&key, &at("/changes-per-day")).await;
    assert!(
        days.text.contains("units") && !days.text.contains("leases"),
        "{}",
        days.text
    );
    for (method, path, body, expected) in [
        (Method::POST, at("/manual-sync"), None, "scope_insufficient"),
        (
            Method::POST,
            at("/manual-sync"),
            Some(json!({"models_to_sync": ["units", "leases"]})),
            "model_out_of_scope",
        ),
        (Method::POST, at("/back-sync"), None, "scope_insufficient"),
        (
            Method::PUT,
            at("/schedule"),
            Some(json!({"type": "on_demand"})),
            "scope_insufficient",
        ),
        (Method::POST, at("/disable"), None, "scope_insufficient"),
        (
            Method::GET,
            at("/dead-letters?model=leases"),
            None,
            "model_out_of_scope",
        ),
        (
            Method::POST,
            at("/held-deletes/leases/confirm"),
            None,
            "model_out_of_scope",
        ),
        (Method::GET, at("/events"), None, "scope_insufficient"),
    ] {
        let answer = two.app.call(method, &path, &key, body).await;
        assert_eq!(code(&answer), refused(403, expected), "{path}");
    }
    let own = Some(json!({"models_to_sync": ["units"]}));
    let sync = two
        .app
        .call(Method::POST, &at("/manual-sync"), &key, own)
        .await;
    assert_eq!(sync.status, StatusCode::ACCEPTED, "{}", sync.text);
}

#[tokio::test]
async fn a_key_whose_integrations_are_erased_reaches_nothing() {
    let two = Two::start().await;
    let key = two.limited(Role::Read, Some(&[&two.b]), None).await;
    let before = two.get(&key, "/v1/units/").await.json();
    assert_eq!(before["meta"]["total"], 2);
    let erase = format!("/v1/admin/integrations/{}/erase", two.b);
    let name = Some(json!({"name": "Acme Properties"}));
    let erased = two
        .app
        .call(Method::POST, &erase, &two.app.admin, name)
        .await;
    assert_eq!(erased.status, StatusCode::OK, "{}", erased.text);
    two.app.state.look().await;
    let after = two.get(&key, "/v1/units/").await.json();
    assert_eq!(after["meta"]["total"], 0);
    let keys = two.app.get("/v1/admin/api-keys/").await;
    assert!(!keys.text.contains(&two.b));
    let keys = keys.json();
    let limited = keys["results"].as_array().unwrap().iter();
    let mut limited = limited.filter(|key| key["name"] == "limited");
    assert_eq!(limited.next().unwrap()["integrations"], json!([]));
    // Whoever looks the key up anew is told the same.
    let rotated = two.limited(Role::Read, Some(&[]), None).await;
    assert_eq!(
        two.get(&rotated, "/v1/units/").await.json()["meta"]["total"],
        0
    );
}
