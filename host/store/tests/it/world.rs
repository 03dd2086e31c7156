//! A migrated database of its own for each test, and short ways to fill it.

use portcullis_store::vault::{KeyEncryptionKey, Vault};
use portcullis_store::{
    ClaimedRun, ConnectOptions, DeleteGuard, Environment, Extent, IntegrationRow, ModelEnd,
    NewIntegration, NewRun, Next, RecordWrite, SetEnabled, SpanWish, Status, Store, SyncKind, Unit,
    Why,
};
use portcullis_test_postgres::TestDatabase;
use secrecy::SecretString;
use serde_json::json;
use sqlx::PgPool;
use std::collections::BTreeMap;
use std::time::Duration;

pub(crate) const LEASE: Duration = Duration::from_secs(30);

/// Why a run waits for the vendor.
pub(crate) const THROTTLED: Why<'static> = Why {
    code: "throttled",
    message: None,
    who_must_act: "nobody",
};

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) vault: Vault,
    pub(crate) account: String,
    /// Looks behind the store's back.
    pub(crate) sql: PgPool,
    /// Gone with the test.
    _database: TestDatabase,
}

impl World {
    pub(crate) async fn new() -> Self {
        let database = TestDatabase::create().await;
        let options = ConnectOptions {
            max_connections: 8,
            ..ConnectOptions::default()
        };
        let store = Store::connect(&database.url, options).await.unwrap();
        store.migrate().await.unwrap();
        let vault = Vault::open(&store, KeyEncryptionKey::from_bytes([7; 32]))
            .await
            .unwrap();
        let account = store.create_account("Acme").await.unwrap().id;
        let sql = PgPool::connect_with(database.options()).await.unwrap();
        Self {
            store,
            vault,
            account,
            sql,
            _database: database,
        }
    }

    pub(crate) async fn integration(&self) -> IntegrationRow {
        self.integration_of(&self.account, Environment::Sandbox)
            .await
    }

    pub(crate) async fn integration_of(
        &self,
        account: &str,
        environment: Environment,
    ) -> IntegrationRow {
        let new = NewIntegration {
            account_id: account.to_owned(),
            name: "Acme Properties".to_owned(),
            vendor: "EXAMPLE".to_owned(),
            connector_id: "example".to_owned(),
            environment,
            base_url: None,
            settings: json!({}),
            secrets: BTreeMap::from([(
                "clientId".to_owned(),
                SecretString::from("s3cr3t-client-id"),
            )]),
        };
        self.store
            .create_integration(&self.vault, new)
            .await
            .unwrap()
            .0
    }

    /// An enabled integration whose first sync has these runs.
    pub(crate) async fn syncing(&self, runs: Vec<NewRun>) -> (IntegrationRow, String) {
        let integration = self.integration().await;
        self.enable(&integration, runs).await
    }

    pub(crate) async fn enable(
        &self,
        integration: &IntegrationRow,
        runs: Vec<NewRun>,
    ) -> (IntegrationRow, String) {
        let on = SetEnabled::On {
            kind: SyncKind::First,
            runs,
        };
        let (row, sync) = self
            .store
            .set_enabled(&integration.account_id, &integration.id, on)
            .await
            .unwrap();
        (row, sync.unwrap())
    }

    pub(crate) async fn claim(&self) -> ClaimedRun {
        self.store
            .claim_run("w1", LEASE, 10)
            .await
            .unwrap()
            .expect("a run is due")
    }

    /// An integration whose `units` were read to the end.
    pub(crate) async fn with_units(
        &self,
        account: &str,
        environment: Environment,
        rows: Vec<RecordWrite>,
    ) -> IntegrationRow {
        let integration = self.integration_of(account, environment).await;
        self.enable(&integration, vec![run("units")]).await;
        let claimed = self.claim().await;
        self.store
            .commit_unit(&claimed.lease, &last(rows, Status::Succeeded))
            .await
            .unwrap();
        integration
    }

    pub(crate) async fn count(&self, table_and_where: &str) -> i64 {
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select count(*) from {table_and_where}"
        )))
        .fetch_one(&self.sql)
        .await
        .unwrap()
    }

    pub(crate) async fn execute(&self, statement: &str) {
        sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()))
            .execute(&self.sql)
            .await
            .unwrap();
    }

    /// As if the holder of every run had been silent for too long.
    pub(crate) async fn expire_leases(&self) {
        self.execute("update run set lease_until = now() - interval '1 second' where lease_until is not null").await;
        // A worker would look in time by itself: the sync is due when its first lease ends.
        self.execute("update sync set due_at = now() where finished_at is null")
            .await;
    }
}

pub(crate) fn run(model: &str) -> NewRun {
    NewRun {
        model: model.to_owned(),
        lead: None,
        after: Vec::new(),
        span: SpanWish::Full,
        state_format: 1,
        resume_from: None,
        skip: None,
    }
}

pub(crate) fn companion(model: &str, lead: &str) -> NewRun {
    NewRun {
        lead: Some(lead.to_owned()),
        ..run(model)
    }
}

pub(crate) fn record(n: u32, name: &str) -> RecordWrite {
    let doc = json!({"name": name, "number": n}).to_string();
    let mut hash = [0; 16];
    for (i, byte) in doc.bytes().enumerate() {
        hash[i % 16] = u8::rotate_left(hash[i % 16], 1) ^ byte;
    }
    RecordWrite {
        id: format!("unit_{n:08}"),
        scope: String::new(),
        external_id: n.to_string(),
        partition: String::new(),
        doc,
        hash,
        x_updated_at: None,
        property_id: Some(format!("prop_{}", n % 3)),
        x_property_id: Some((n % 3).to_string()),
        unit_id: None,
        x_unit_id: None,
        related: vec![format!("prop_{}", n % 3)],
        original: None,
    }
}

pub(crate) fn records(numbers: std::ops::Range<u32>) -> Vec<RecordWrite> {
    numbers.map(|n| record(n, "name")).collect()
}

pub(crate) fn more(rows: Vec<RecordWrite>, cursor: &str) -> Unit {
    let next = Next::More {
        cursor: cursor.to_owned(),
    };
    Unit {
        batches: vec![("units".to_owned(), rows)],
        pages: 1,
        requests: 2,
        ..Unit::new("d1", "1.0.0", 1, LEASE, next)
    }
}

pub(crate) fn last(rows: Vec<RecordWrite>, status: Status) -> Unit {
    let results = vec![ModelEnd {
        complete_full: true,
        ..ModelEnd::new("units", status)
    }];
    Unit {
        next: Next::End {
            watermark: Some("w1".to_owned()),
            extent: Extent::Full,
            guard: DeleteGuard::default(),
            results,
        },
        ..more(rows, "")
    }
}
