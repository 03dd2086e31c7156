//! Reads everything that a gateway has to say, and keeps it.

use portcullis_e2e::{Answer, Client, Gateway};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// Who reads every answer of the API, and what was answered.
pub(crate) struct Seen<'c> {
    pub(crate) client: &'c Client,
    pub(crate) answers: String,
    /// Answers with 200, by the pattern of their path.
    pub(crate) good: BTreeSet<String>,
}

impl<'c> Seen<'c> {
    pub(crate) fn new(client: &'c Client) -> Self {
        Self {
            client,
            answers: String::new(),
            good: BTreeSet::new(),
        }
    }

    fn keep(&mut self, answer: Answer) -> Answer {
        self.answers.push_str(&format!("{:?}\n", answer.headers));
        self.answers.push_str(&answer.body);
        self.answers.push('\n');
        answer
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let answer = self.client.get(path).await;
        self.keep(answer)
    }

    pub(crate) async fn post(&mut self, path: &str, body: Option<Value>) -> Answer {
        let answer = self.client.post(path, body).await;
        self.keep(answer)
    }

    pub(crate) async fn put(&mut self, path: &str, body: Value) -> Answer {
        let answer = self.client.put(path, body).await;
        self.keep(answer)
    }

    /// Every GET of the document, with ids of this integration; lists in every format and with originals.
    pub(crate) async fn everything(&mut self, integration: &str, connector: &str, vendor: &str) {
        let syncs = format!("/v1/admin/integrations/{integration}/syncs");
        let syncs = self.get(&syncs).await.expect(200);
        let sync = syncs["results"][0]["id"]
            .as_str()
            .unwrap_or("none")
            .to_owned();
        let document = self.get("/openapi.json").await.expect(200);
        let paths = document["paths"].as_object().expect("paths");
        // The record that stands for all of its model; lists come first, since they have no id in their path.
        let mut records: BTreeMap<&str, String> = BTreeMap::new();
        let (single, lists): (Vec<_>, Vec<_>) = paths
            .iter()
            .filter_map(|(pattern, item)| Some((pattern.as_str(), item.get("get")?)))
            .partition(|(pattern, _)| pattern.contains('{'));
        for (pattern, operation) in lists.into_iter().chain(single) {
            let admin = pattern.starts_with("/v1/admin");
            let model = pattern
                .strip_prefix("/v1/")
                .and_then(|rest| rest.split('/').next());
            let record = model.and_then(|model| records.get(model));
            let some = records.get("units").or_else(|| records.values().next());
            let id = match (pattern.starts_with("/v1/admin/connectors"), admin) {
                (true, _) => connector,
                (_, true) => integration,
                _ => record.map_or("none", String::as_str),
            };
            let path = pattern
                .replace("{id}", id)
                .replace("{sync_id}", &sync)
                .replace("{record_id}", some.map_or("none", String::as_str))
                .replace("{vendor}", vendor)
                .replace("{model}", "units");
            assert!(!path.contains('{'), "{path}: with which id?");
            let parameters = operation["parameters"].to_string();
            let takes = |name: &str| parameters.contains(&format!("\"name\":\"{name}\""));
            let content = &operation["responses"]["200"]["content"];
            if content.get("text/event-stream").is_some() {
                let heard = self.client.listen(&path, Duration::from_secs(1)).await;
                self.answers.push_str(&heard);
                self.good.insert(pattern.to_owned());
                continue;
            }
            let mut queries = vec![String::new()];
            if takes("include") {
                queries.push("?include=raw".to_owned());
            }
            if takes("format") {
                queries.push("?limit=250&include=raw".to_owned());
                queries.push("?format=csv".to_owned());
                queries.push("?format=ndjson&include=raw".to_owned());
            }
            for query in queries {
                let answer = self.get(&format!("{path}{query}")).await;
                assert!(answer.status < 500, "{path}{query}: {}", answer.body);
                if answer.status == 200 {
                    self.good.insert(pattern.to_owned());
                }
                if let (true, Some(model)) = (takes("include"), model)
                    && let Some(id) = answer.json()["results"][0]["id"].as_str()
                {
                    records.insert(model, id.to_owned());
                }
            }
        }
    }
}

/// Every page of the console that links lead to, as the first admin sees them.
pub(crate) async fn console(gateway: &Gateway) -> String {
    let link = gateway.first_admin_link.clone().expect("a link");
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let cookies = |answer: &reqwest::Response| -> String {
        let all = answer.headers().get_all("set-cookie").iter();
        let pairs = all.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        pairs.collect::<Vec<_>>().join("; ")
    };
    let answer = http.get(&link).send().await.expect("the first page");
    let door = cookies(&answer);
    let text = answer.text().await.expect("the first page");
    let csrf = attribute(&text, "name=\"csrf\" value=\"").expect("a token");
    let form = format!("csrf={csrf}&email=a@b.example&name=Ada&password=horse-battery-staple-9");
    let answer = http
        .post(&link)
        .header("cookie", &door)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 303, "the link lets nobody in");
    let session = [door, cookies(&answer)].join("; ");

    let mut whole = String::new();
    let mut known = BTreeSet::from(["/".to_owned()]);
    let mut next = VecDeque::from(["/".to_owned()]);
    while let Some(path) = next.pop_front() {
        let request = http.get(format!("{}{path}", gateway.base_url));
        let request = request.header("cookie", &session);
        // Live panels are streams.
        let page = tokio::time::timeout(Duration::from_secs(20), async {
            let answer = request.send().await.expect("a page");
            assert!(answer.status().as_u16() < 500, "{path}");
            let headers = answer.headers().clone();
            let text = answer.text().await.expect("text");
            format!("{headers:?}\n{text}\n")
        })
        .await
        .expect(&path);
        for part in page.split("href=\"").skip(1) {
            let to = part.split('"').next().unwrap_or_default();
            let to = to
                .split('#')
                .next()
                .unwrap_or_default()
                .replace("&amp;", "&");
            let ours = to.starts_with('/') && !to.starts_with("/assets") && !to.contains("/live");
            if ours && known.len() < 150 && known.insert(to.clone()) {
                next.push_back(to);
            }
        }
        whole.push_str(&page);
    }
    assert!(known.len() > 15, "{known:?}");
    whole
}

/// What stands behind some text, up to the next quotation mark.
fn attribute<'t>(text: &'t str, before: &str) -> Option<&'t str> {
    text.split_once(before)?.1.split('"').next()
}
