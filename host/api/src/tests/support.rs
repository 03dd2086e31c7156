//! One gateway's API on a database of its own, and the steps that a worker would take.

use std::io::Read as _;
use std::time::Duration;

use axum::body::Body;
use flate2::read::GzDecoder;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use metrics_exporter_prometheus::PrometheusBuilder;
use portcullis_manifest::Manifest;
use portcullis_service::{Service, ServiceConfig};
use portcullis_store::vault::{KeyEncryptionKey, Vault};
use portcullis_store::{
    AuditFilter, ConnectOptions, CredentialsState, CredentialsVerdict, DeleteGuard, Environment,
    Extent, ModelEnd, NewConnectorVersion, NewKey, NewVerdict, Next, RecordWrite, Role, RunLease,
    Status, Store, Unit, Verdict,
};
use portcullis_test_postgres::TestDatabase;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::{Api, ApiConfig, ApiState, Shortcut};

/// A secret that must not come back in any answer.
pub(crate) const CANARY: &str = "c4n4ry-7f3k9-never-shown-again";

pub(crate) const MANIFEST: &str = r#"
manifest = 1
id = "acme"
vendor = "ACME"
name = "Acme"
version = "1.0.0"
publisher = "Acme"

[environments.sandbox]
base-url = "https://api.acme.example"

[[egress]]
host = "api.acme.example"

[[field]]
name = "clientId"
kind = "setting"
label = "Client ID"
help = "Settings, API keys."
pattern = "[a-z0-9-]{3,40}"

[[field]]
name = "secret"
kind = "secret"
label = "Secret"
hosts = ["api.acme.example"]

[[model]]
name = "properties"
schema = "property/1"

[[model]]
name = "units"
schema = "unit/1"
after = ["properties"]

[[model]]
name = "leases"
schema = "lease/1"

[[model]]
name = "applicants"
schema = "applicant/1"

[[model]]
name = "applications"
schema = "application/1"
with = "applicants"
"#;

/// A whole answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) struct TestApp {
    // Before the database: its connections must end first.
    pub(crate) state: ApiState,
    pub(crate) front: Shortcut,
    pub(crate) store: Store,
    pub(crate) account: String,
    /// Key of the role `admin`, environment `sandbox`.
    pub(crate) admin: String,
    /// Key of the role `read`, environment `sandbox`.
    pub(crate) read: String,
    pub(crate) database: TestDatabase,
    _metrics: metrics::LocalRecorderGuard<'static>,
}

impl TestApp {
    /// The models that an integration of [`TestApp::enabled`] can read, each of which its first sync reads.
    pub(crate) const READABLE: [&str; 5] = [
        "properties",
        "units",
        "leases",
        "applicants",
        "applications",
    ];

    pub(crate) async fn start() -> Self {
        Self::start_with(ApiConfig::default()).await
    }

    pub(crate) async fn start_with(config: ApiConfig) -> Self {
        let service = ServiceConfig {
            allow_loopback: false,
        };
        Self::start_as(config, service).await
    }

    pub(crate) async fn start_as(config: ApiConfig, service: ServiceConfig) -> Self {
        // Every test runs on one thread of its own, so it counts alone.
        let recorder = Box::leak(Box::new(PrometheusBuilder::new().build_recorder()));
        let prometheus = recorder.handle();
        let guard = metrics::set_default_local_recorder(recorder);
        let database = TestDatabase::create().await;
        let options = ConnectOptions {
            max_connections: 6,
            ..ConnectOptions::default()
        };
        let store = Store::connect(&database.url, options).await.unwrap();
        store.migrate().await.unwrap();
        let vault = Vault::open(&store, KeyEncryptionKey::from_bytes([7; 32]))
            .await
            .unwrap();
        let service = Service::new(&store, vault, service);
        let state = ApiState::new(service, config, prometheus).unwrap();
        let account = store.create_account("Test").await.unwrap().id;
        let mut app = Self {
            front: Api::with_shortcut(state.clone(), Api::router(state.clone())),
            state,
            store,
            account,
            admin: String::new(),
            read: String::new(),
            database,
            _metrics: guard,
        };
        let account = app.account.clone();
        app.admin = app.key(&account, Environment::Sandbox, Role::Admin).await.1;
        app.read = app.key(&account, Environment::Sandbox, Role::Read).await.1;
        app.load_connector(MANIFEST).await;
        app.state.look().await;
        app
    }

    /// Another gateway on the same database.
    pub(crate) async fn replica(&self) -> (ApiState, Shortcut) {
        let options = ConnectOptions {
            max_connections: 4,
            ..ConnectOptions::default()
        };
        let store = Store::connect(&self.database.url, options).await.unwrap();
        let vault = Vault::open(&store, KeyEncryptionKey::from_bytes([7; 32]))
            .await
            .unwrap();
        let service = Service::new(&store, vault, ServiceConfig::default());
        let prometheus = PrometheusBuilder::new().build_recorder().handle();
        let state = ApiState::new(service, ApiConfig::default(), prometheus).unwrap();
        (
            state.clone(),
            Api::with_shortcut(state.clone(), Api::router(state)),
        )
    }

    /// A GET with further headers.
    pub(crate) fn asking(&self, path: &str, key: &str, headers: &[(&str, &str)]) -> Request<Body> {
        let mut request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {key}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).unwrap()
    }

    /// A new key: its id and its text.
    pub(crate) async fn key(
        &self,
        account: &str,
        environment: Environment,
        role: Role,
    ) -> (String, String) {
        let new = NewKey::new(account, "test", environment, role);
        let (row, text) = self.store.create_key(new).await.unwrap();
        (row.id, text.expose_secret().to_owned())
    }

    pub(crate) fn version(&self, manifest: &str) -> NewConnectorVersion {
        let manifest = Manifest::parse(manifest).unwrap();
        NewConnectorVersion {
            connector_id: manifest.id.clone(),
            digest: format!("digest-{}", manifest.version),
            version: manifest.version.to_string(),
            vendor: manifest.vendor.clone(),
            name: manifest.name.clone(),
            manifest: serde_json::to_value(&manifest).unwrap(),
            imports: json!([]),
            grants: json!({"hosts": ["api.acme.example"]}),
            file: format!("{}.wasm", manifest.id),
        }
    }

    pub(crate) async fn load_connector(&self, manifest: &str) {
        let version = self.version(manifest);
        self.store.upsert_active_connector(version).await.unwrap();
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        Self::send_to(&self.front, request).await
    }

    /// Sends a request to this or another gateway.
    pub(crate) async fn send_to(front: &Shortcut, request: Request<Body>) -> Answer {
        let response = front.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let plain = match parts.headers.get(header::CONTENT_ENCODING) {
            Some(coding) => {
                assert_eq!(coding, "gzip");
                let mut plain = Vec::new();
                GzDecoder::new(bytes.as_ref())
                    .read_to_end(&mut plain)
                    .unwrap();
                plain
            }
            None => bytes.to_vec(),
        };
        let text = String::from_utf8(plain).unwrap();
        assert!(!text.contains(CANARY), "a secret came back: {text}");
        if let Ok(answer) = serde_json::from_str(&text) {
            portcullis_test_codes::record_all(&answer);
        }
        Answer {
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        key: &str,
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !key.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    /// What was done by the account, as the audit tells it, oldest first; what was refused is left out.
    pub(crate) async fn actions(&self) -> Vec<String> {
        let (audit, _) = self
            .store
            .list_audit(&self.account, &AuditFilter::default(), 100, 0)
            .await
            .unwrap();
        let done = audit.into_iter().rev().filter(|it| it.outcome == "done");
        done.map(|it| it.action).collect()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &self.admin, None).await
    }

    pub(crate) async fn post(&self, path: &str) -> Answer {
        self.call(Method::POST, path, &self.admin, None).await
    }

    /// Creates an integration over the API; its id.
    pub(crate) async fn integration(&self) -> String {
        let body = json!({
            "name": "Acme Properties",
            "integration_vendor": "ACME",
            "credentials": {"clientId": "client-1", "secret": CANARY},
        });
        let answer = self
            .call(
                Method::POST,
                "/v1/admin/integrations/",
                &self.admin,
                Some(body),
            )
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        answer.json()["results"]["id"].as_str().unwrap().to_owned()
    }

    /// What a worker does with the queued check.
    pub(crate) async fn finish_check(
        &self,
        credentials: CredentialsVerdict,
        verdicts: &[(&str, Verdict)],
    ) {
        let (lease, budget) = (Duration::from_secs(30), Duration::from_secs(60));
        let claimed = self
            .store
            .claim_access_check("test", lease, budget)
            .await
            .unwrap()
            .unwrap();
        for (model, verdict) in verdicts {
            let new = NewVerdict {
                verdict: *verdict,
                message: (*verdict == Verdict::Denied).then(|| "403 from the vendor".to_owned()),
                record_count: None,
                sample: None,
                restrictions: json!([]),
                evidence: json!([{"method": "GET", "status": 200}]),
            };
            self.store
                .save_verdict(&claimed.lease, model, new)
                .await
                .unwrap();
        }
        let state = CredentialsState {
            verdict: credentials,
            message: None,
            code: None,
            vendor_account_id: None,
            vendor_account_name: None,
        };
        let (account, integration) = (&claimed.lease.account_id, &claimed.lease.integration_id);
        self.store
            .set_credentials_state(account, integration, state)
            .await
            .unwrap();
        self.store
            .finish_access_check(&claimed.lease, "finished", None)
            .await
            .unwrap();
    }

    /// An integration that is enabled, its first sync queued.
    pub(crate) async fn enabled(&self) -> String {
        let id = self.integration().await;
        let granted = Self::READABLE.map(|m| (m, Verdict::Granted));
        self.finish_check(CredentialsVerdict::Valid, &granted).await;
        let answer = self
            .post(&format!("/v1/admin/integrations/{id}/enable"))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        id
    }

    /// What workers do with every queued run: each stores `units` of the model `units`, and ends.
    pub(crate) async fn finish_sync(&self, units: &[(&str, Value)]) {
        self.finish_runs(|integration, model| match model {
            "units" => units
                .iter()
                .map(|(x_id, doc)| Self::record(integration, x_id, doc))
                .collect(),
            _ => Vec::new(),
        })
        .await;
    }

    /// The same with records of any models.
    pub(crate) async fn finish_sync_with(&self, rows: Vec<(String, RecordWrite)>) {
        self.finish_runs(|_, model| {
            let of_model = rows.iter().filter(|(name, _)| name == model);
            of_model.map(|(_, row)| row.clone()).collect()
        })
        .await;
    }

    /// Queues a sync of these models by hand.
    pub(crate) async fn start_sync(&self, integration: &str, models: &[&str]) {
        let path = format!("/v1/admin/integrations/{integration}/manual-sync");
        let body = json!({"models_to_sync": models});
        let answer = self
            .call(Method::POST, &path, &self.admin, Some(body))
            .await;
        assert!(answer.status.is_success(), "{}", answer.text);
    }

    async fn finish_runs(&self, records: impl Fn(&str, &str) -> Vec<RecordWrite>) {
        let lease = Duration::from_secs(30);
        while let Some(claimed) = self.store.claim_run("test", lease, 10).await.unwrap() {
            let model = claimed.lease.model.clone();
            let integration = claimed.lease.integration_id.clone();
            let companions: Vec<String> = claimed
                .companions
                .iter()
                .map(|companion| companion.model.clone())
                .collect();
            let batches: Vec<(String, Vec<RecordWrite>)> = std::iter::once(model)
                .chain(companions)
                .map(|model| {
                    let records = records(&integration, &model);
                    (model, records)
                })
                .collect();
            self.finish_run(&claimed.lease, batches).await;
        }
    }

    async fn finish_run(&self, held: &RunLease, batches: Vec<(String, Vec<RecordWrite>)>) {
        let lease = Duration::from_secs(30);
        let results = batches.iter().map(|(model, records)| {
            let word = if records.is_empty() {
                Status::SucceededEmpty
            } else {
                Status::Succeeded
            };
            ModelEnd {
                complete_full: true,
                ..ModelEnd::new(model.clone(), word)
            }
        });
        let next = Next::End {
            watermark: None,
            extent: Extent::Full,
            guard: DeleteGuard::default(),
            results: results.collect(),
        };
        let unit = Unit {
            batches,
            pages: 1,
            requests: 1,
            ..Unit::new("digest-1.0.0", "1.0.0", 1, lease, next)
        };
        self.store.commit_unit(held, &unit).await.unwrap();
    }

    fn record(integration: &str, x_id: &str, doc: &Value) -> RecordWrite {
        let id = format!("unit_{}_{x_id}", &integration[4..12]);
        record_write(&id, x_id, doc)
    }

    /// How many statements were sent to answer requests so far.
    pub(crate) async fn queries(&self) -> u64 {
        let metrics = self.call(Method::GET, "/metrics", "", None).await.text;
        let line = metrics
            .lines()
            .find(|l| l.starts_with("portcullis_database_queries_total{purpose=\"api\"}"));
        line.and_then(|line| line.rsplit(' ').next())
            .map_or(0, |n| n.parse().unwrap())
    }
}

/// A record of any model.
pub(crate) fn record_write(id: &str, x_id: &str, doc: &Value) -> RecordWrite {
    let text = doc.to_string();
    let hash: [u8; 16] = sha2_16(text.as_bytes());
    RecordWrite {
        id: id.to_owned(),
        scope: String::new(),
        external_id: x_id.to_owned(),
        partition: String::new(),
        doc: text,
        hash,
        x_updated_at: None,
        property_id: None,
        x_property_id: None,
        unit_id: None,
        x_unit_id: None,
        related: Vec::new(),
        original: None,
    }
}

fn sha2_16(bytes: &[u8]) -> [u8; 16] {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(bytes);
    std::array::from_fn(|index| digest[index])
}
