//! What a case plays on: a Postgres of its own, a simulated vendor, gateways on one database, and the oracle's own
//! connection.

use crate::connector::{VERSION, pack_unlimited, unlimited_connector};
use crate::http::Http;
use crate::replica::{FirstKey, Replica, Setup};
use crate::truth::Truth;
use crate::{history, oracle};
use anyhow::{Context as _, Result, anyhow, ensure};
use portcullis_e2e::component;
use portcullis_simulators::shared::control::Operation;
use portcullis_simulators::shared::ledger::Entry;
use portcullis_simulators::{DOCUMENTED_LIMIT, Options, Running, Simulator};
use portcullis_test_postgres::{Cluster, Stop};
use serde_json::Value;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The lease that all gateways here are given.
pub const LEASE: Duration = Duration::from_secs(2);

/// How long anything may take that should happen soon: the machine is busy.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The database's name.
const DATABASE: &str = "portcullis";

mod operator;

pub use operator::SyncWord;

/// How a stage is set.
#[derive(Debug, Clone)]
pub struct Scene {
    /// Gateways on the database.
    pub replicas: usize,
    /// Seed of the vendor's data.
    pub seed: u64,
    /// Units of the vendor; 1.5 times as many leases and residents come with them.
    pub units: u32,
    /// Latency of each answer of the vendor, in milliseconds.
    pub latency_ms: u64,
    /// Further environment variables of every gateway.
    pub env: Vec<(String, String)>,
    /// Writes the history of the runs, which the oracle reads; it costs a little.
    pub history: bool,
    /// Vendor and connector keep the limit that the vendor documents.
    pub limited: bool,
    /// Connections to the vendor that an integration may have at once, in place of 64.
    pub connections: Option<u32>,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            replicas: 1,
            seed: 1,
            units: 3_500,
            latency_ms: 40,
            env: Vec::new(),
            history: true,
            limited: false,
            connections: None,
        }
    }
}

/// A stage with everything running.
pub struct Stage {
    /// The server under the gateways.
    pub cluster: Arc<Mutex<Cluster>>,
    /// The vendor.
    pub vendor: Running,
    /// The gateways.
    pub replicas: Vec<Replica>,
    /// The oracle's connections.
    pub pool: PgPool,
    /// The account that the first start made, and its admin key.
    pub first: FirstKey,
    /// A key that reads in another account, which has no integration.
    pub stranger: String,
    /// The vendor behind TLS.
    pub tls_url: String,
    /// What no log and no table but the vault may hold.
    pub canary: String,
    /// How much of each log was searched already.
    pub(crate) searched: Vec<u64>,
    folder: TempDir,
    truth: Option<Arc<Truth>>,
}

impl Stage {
    /// Sets a stage.
    ///
    /// # Errors
    /// When Postgres, the vendor or a gateway does not start.
    pub async fn set(scene: &Scene) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("portcullis-stage-")
            .tempdir()?;
        let cluster = tokio::task::spawn_blocking(|| Cluster::start(&[])).await??;
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(10))
            .connect(&cluster.url("postgres", "postgres"))
            .await?;
        for number in 0..6 {
            let role = format!("create role {} superuser login", role(number));
            sqlx::raw_sql(sqlx::AssertSqlSafe(role))
                .execute(&pool)
                .await?;
        }
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create database {DATABASE}")))
            .execute(&pool)
            .await?;
        pool.close().await;
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(10))
            .connect(&cluster.url("postgres", DATABASE))
            .await?;
        let canary = format!("canary-{:032x}", rand::random::<u128>());
        let vendor = Simulator::start(Options {
            seed: scene.seed,
            properties: scene.units / 100 + 1,
            units: scene.units,
            latency_ms: scene.latency_ms,
            limit: scene.limited.then_some(DOCUMENTED_LIMIT),
            secret: canary.clone(),
            ..Options::default()
        })?;
        let (tls_url, authority) = vendor.serve_tls()?;
        std::fs::write(folder.path().join("authority.pem"), authority)?;
        let connectors = folder.path().join("connectors");
        std::fs::create_dir(&connectors)?;
        let into = connectors.join("buildium.wasm");
        match (scene.limited, scene.connections) {
            (true, _) => std::fs::copy(component("connector_buildium"), into)?,
            (false, None) => std::fs::copy(unlimited_connector()?, into)?,
            (false, Some(connections)) => {
                pack_unlimited(VERSION, connections, &into)?;
                0
            }
        };
        let mut stage = Self {
            replicas: Vec::new(),
            first: FirstKey {
                account_id: String::new(),
                key: String::new(),
            },
            stranger: String::new(),
            searched: Vec::new(),
            cluster: Arc::new(Mutex::new(cluster)),
            vendor,
            pool,
            canary,
            tls_url,
            folder,
            truth: None,
        };
        for number in 0..scene.replicas {
            let setup = stage.setup(number, &scene.env)?;
            let mut replica = Replica::new(setup)?;
            if let Some(first) = replica.start().await? {
                stage.first = first;
            }
            stage.replicas.push(replica);
            stage.searched.push(0);
        }
        ensure!(
            !stage.first.key.is_empty(),
            "no gateway printed the first key"
        );
        if scene.history {
            history::install(&stage.pool).await?;
        }
        stage.stranger = stage.other_account().await?;
        stage.connector_serves().await?;
        Ok(stage)
    }

    /// What a further replica is started with. All replicas share the vault's key and the watched folder.
    ///
    /// # Errors
    /// When the key cannot be written.
    pub fn setup(&self, number: usize, env: &[(String, String)]) -> Result<Setup> {
        let key = self.folder.path().join("vault.key");
        if !key.exists() {
            write_private(&key, &format!("{:064x}", rand::random::<u128>()))?;
        }
        let mut env = env.to_vec();
        env.push((
            "PORTCULLIS_VAULT_KEY_FILE".to_owned(),
            key.display().to_string(),
        ));
        // The only authority that these gateways know.
        let authority = self.folder.path().join("authority.pem");
        env.push(("SSL_CERT_FILE".to_owned(), authority.display().to_string()));
        Ok(Setup {
            role: role(number),
            database_url: self.cluster().url(&role(number), DATABASE),
            folder: self.folder.path().join(role(number)),
            connectors: self.connectors(),
            command: "serve",
            env,
        })
    }

    /// The watched folder.
    #[must_use]
    pub fn connectors(&self) -> PathBuf {
        self.folder.path().join("connectors")
    }

    /// The stage's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The HTTP interface of a living replica.
    ///
    /// # Errors
    /// When none lives.
    pub fn admin(&mut self) -> Result<Http> {
        let key = self.first.key.clone();
        self.http(&key)
    }

    /// The same for somebody of another account.
    ///
    /// # Errors
    /// When none lives.
    pub fn stranger(&mut self) -> Result<Http> {
        let key = self.stranger.clone();
        self.http(&key)
    }

    fn http(&mut self, key: &str) -> Result<Http> {
        let mut living = self.replicas.iter_mut();
        living
            .find_map(|replica| replica.is_alive().then_some(&*replica))
            .context("no gateway lives")?
            .http(key)
    }

    async fn connector_serves(&mut self) -> Result<()> {
        let key = self.first.key.clone();
        for replica in &self.replicas {
            let http = replica.http(&key)?;
            let begun = Instant::now();
            loop {
                let vendors = http.get("/v1/admin/vendors/").await?;
                let offered = vendors["results"]["vendors"].as_array().is_some_and(|all| {
                    all.iter()
                        .any(|it| it["vendor"] == "BUILDIUM" && it["status"] == "active")
                });
                // The database says `active` for all; the log says it for this process.
                if offered && replica.log_tail().contains("connector serves") {
                    break;
                }
                ensure!(
                    begun.elapsed() < PATIENCE,
                    "no connector serves: {}",
                    replica.log_tail()
                );
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Ok(())
    }

    /// The vendor's requests after a number.
    #[must_use]
    pub fn asked(&self, since: u64) -> Vec<Entry> {
        self.vendor.ledger().since(since)
    }

    /// The number of the vendor's newest request.
    #[must_use]
    pub fn mark(&self) -> u64 {
        self.vendor.ledger().newest()
    }

    /// Changes the vendor.
    ///
    /// # Errors
    /// When it refuses.
    pub fn mutate(&mut self, operation: Value) -> Result<Value> {
        let operation: Operation = serde_json::from_value(operation)?;
        let of_records = matches!(
            operation,
            Operation::Change { .. }
                | Operation::Add { .. }
                | Operation::Delete { .. }
                | Operation::Restore { .. }
        );
        if of_records {
            self.truth = None;
        }
        self.vendor.apply(operation).map_err(|why| anyhow!(why))
    }

    /// What the vendor has now, read as a careful client would, over a key of the oracle's own.
    ///
    /// # Errors
    /// When the vendor refuses, or says two things at once.
    pub async fn truth(&mut self) -> Result<Arc<Truth>> {
        if let Some(truth) = &self.truth {
            return Ok(Arc::clone(truth));
        }
        let truth = Arc::new(Truth::read(&self.vendor).await?);
        self.truth = Some(Arc::clone(&truth));
        Ok(truth)
    }

    /// Asks the oracle about an integration whose last sync should have ended with the truth.
    ///
    /// # Errors
    /// When it cannot look.
    pub async fn judge(
        &mut self,
        id: &str,
        since: u64,
        expect: oracle::Expect,
    ) -> Result<Vec<String>> {
        let truth = self.truth().await?;
        oracle::judge(self, id, since, &truth, expect).await
    }

    /// The server under the gateways.
    pub fn cluster(&self) -> MutexGuard<'_, Cluster> {
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops Postgres and starts it again.
    ///
    /// # Errors
    /// When it does not stop or start.
    pub async fn restart_postgres(&self, how: Stop, down: Duration) -> Result<()> {
        let cluster = Arc::clone(&self.cluster);
        // Not in place: the gateways end with the thread that started them, and a thread that blocks is replaced.
        tokio::task::spawn_blocking(move || {
            let mut cluster = cluster.lock().unwrap_or_else(PoisonError::into_inner);
            cluster.stop(how)?;
            std::thread::sleep(down);
            cluster.start_again()
        })
        .await?
    }

    /// Takes an integration out of the way: disabled, its rows and history gone, so that a thousand cases fit one disk.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn forget(&mut self, id: &str) -> Result<()> {
        let path = format!("/v1/admin/integrations/{id}/disable");
        self.admin()?.post(&path, None).await?;
        for table in ["record", "faults_history"] {
            sqlx::query(sqlx::AssertSqlSafe(format!(
                "delete from {table} where integration_id = $1"
            )))
            .bind(id)
            .execute(&self.pool)
            .await?;
        }
        Ok(())
    }

    /// What the replicas logged last as warnings and errors.
    #[must_use]
    pub fn complaints(&self) -> String {
        let tails: Vec<String> = self.replicas.iter().map(Replica::log_tail).collect();
        let lines = tails.iter().flat_map(|tail| tail.lines());
        let loud = lines.filter(|line| line.contains("ERROR") || line.contains("WARN"));
        loud.collect::<Vec<_>>().join("\n")
    }

    /// The index of the replica whose process id begins a worker's name.
    #[must_use]
    pub fn replica_of(&self, worker: &str) -> Option<usize> {
        let pid: u32 = worker.split('-').next()?.parse().ok()?;
        self.replicas
            .iter()
            .position(|replica| replica.pid() == Some(pid))
    }
}

/// The role of a replica.
fn role(number: usize) -> String {
    format!("replica_{number}")
}

fn write_private(path: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::File::options()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)?;
    Ok(writeln!(file, "{text}")?)
}
