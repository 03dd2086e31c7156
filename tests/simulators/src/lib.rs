//! Simulated property management systems for tests, demonstrations and benchmarks.
//!
//! A simulator is as unkind as the vendor it stands for: a connector that works here for a wrong reason is a defect of
//! the simulator. Its data are computed from a seed and never stored, so that any size starts at once and two runs
//! serve the same bytes. What tests ask and change goes over a second listener, described in [`shared::control`],
//! that connectors are not told of.
//!
//! Each vendor has a folder of its own; [`shared`] holds what all of them need.

pub mod appfolio;
pub mod buildium;
pub mod entrata;
pub mod login;
pub mod mri;
pub mod pinegrove;
pub mod rent_manager;
pub mod shared;
pub mod yardi_voyager;

use anyhow::Context as _;
use appfolio::AppFolio;
use buildium::Buildium;
use clap::ValueEnum;
use entrata::Entrata;
use mri::Mri;
use pinegrove::Pinegrove;
use rent_manager::RentManager;
use serde::Serialize;
use shared::control::Operation;
use shared::ledger::Ledger;
use shared::limiter::Limit;
use shared::server::Listener;
use shared::shape::Shape;
use shared::tls::Tls;
use shared::{Fields, Vendor};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use yardi_voyager::YardiVoyager;

/// Which vendor a simulator stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VendorKind {
    /// AppFolio: a filter that every list wants, the next page in the body, odd statuses.
    #[value(name = "appfolio")]
    AppFolio,
    /// Buildium: two key headers, offset and total.
    Buildium,
    /// Entrata: the method in the body, errors within HTTP 200, three rate windows.
    Entrata,
    /// MRI: a user name put together from parts, absolute links, every value a text.
    Mri,
    /// Pinegrove, which does not exist: tokens, signed requests, a cursor in the body.
    Pinegrove,
    /// Rent Manager: a session with few tokens, 206 and `Link`, a query language.
    RentManager,
    /// Yardi Voyager: SOAP, a licence for each interface, errors within HTTP 200.
    YardiVoyager,
}

impl VendorKind {
    /// The vendor with a portfolio and one set of credentials that may read all of it.
    fn make(self, shape: Shape, client_id: &str, secret: &str) -> Arc<dyn Vendor> {
        match self {
            Self::AppFolio => Arc::new(AppFolio::new(shape, client_id, secret)),
            Self::Buildium => Arc::new(Buildium::new(shape, client_id, secret)),
            Self::Entrata => Arc::new(Entrata::new(shape, client_id, secret)),
            Self::Mri => Arc::new(Mri::new(shape, client_id, secret)),
            Self::Pinegrove => Arc::new(Pinegrove::new(shape, client_id, secret)),
            Self::RentManager => Arc::new(RentManager::new(shape, client_id, secret)),
            Self::YardiVoyager => Arc::new(YardiVoyager::new(shape, client_id, secret)),
        }
    }
}

/// How to start a simulator.
#[derive(Clone)]
pub struct Options {
    /// The vendor.
    pub vendor: VendorKind,
    /// Address of the vendor's listener; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Address of the control plane; port 0 takes a free one.
    pub control: SocketAddr,
    /// Seed of all data.
    pub seed: u64,
    /// Number of properties, at least 1.
    pub properties: u32,
    /// Number of units.
    pub units: u32,
    /// Number of residents; 1.4 for each lease when absent.
    pub residents: Option<u32>,
    /// Latency of each answer in milliseconds.
    pub latency_ms: u64,
    /// Rate limit of each client; absent means none. [`DOCUMENTED_LIMIT`] stands for the limits that the vendor
    /// documents, whatever they are; any other takes their place.
    pub limit: Option<Limit>,
    /// Client id of the first key.
    pub client_id: String,
    /// Client secret of the first key.
    pub secret: String,
}

/// The limits that the vendor documents; the numbers are Buildium's: 10 requests a second, and no more than that at
/// once.
pub const DOCUMENTED_LIMIT: Limit = Limit {
    requests: 10,
    window_ms: 1000,
    concurrent: 10,
};

/// Client id of the first key unless told otherwise.
pub const DEMO_CLIENT_ID: &str = "demo-client-id-7c1f4e2a";

/// Client secret of the first key unless told otherwise. It opens nothing but a simulator.
pub const DEMO_SECRET: &str = "demo-secret-Qm7vT2kXw9ZbR4nLc8HsJd3F";

impl Default for Options {
    fn default() -> Self {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            vendor: VendorKind::Buildium,
            listen: loopback,
            control: loopback,
            seed: 1,
            properties: 100,
            units: 2000,
            residents: None,
            latency_ms: 0,
            limit: Some(DOCUMENTED_LIMIT),
            client_id: DEMO_CLIENT_ID.to_owned(),
            secret: DEMO_SECRET.to_owned(),
        }
    }
}

/// What a caller needs to use a running simulator.
#[derive(Clone, Serialize)]
pub struct Ready {
    /// Base URL of the vendor, without a path and a trailing slash.
    pub url: String,
    /// Base URL of the control plane, without a path and a trailing slash.
    pub control_url: String,
    /// Client id of the first key.
    pub client_id: String,
    /// Client secret of the first key.
    pub secret: String,
    /// What a customer would type into the connector's form, by the names of the manifest's fields.
    pub fields: Fields,
}

/// Starts simulators.
pub struct Simulator;

/// A running simulator; dropping it ends it with all its connections.
pub struct Running {
    /// Where it listens and with which credentials.
    pub ready: Ready,
    listener: Arc<Listener>,
    runtime: Option<Runtime>,
}

impl Simulator {
    /// Starts a simulator on threads of its own, so that it may be called inside or outside of an async runtime.
    ///
    /// # Errors
    /// When an address cannot be bound or threads cannot be started.
    pub fn start(options: Options) -> anyhow::Result<Running> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("simulator")
            .enable_all()
            .build()
            .context("start the threads of the simulator")?;
        let shape = Shape::new(
            options.seed,
            options.properties,
            options.units,
            options.residents,
        );
        let vendor = options
            .vendor
            .make(shape, &options.client_id, &options.secret);
        let limits = match options.limit {
            Some(DOCUMENTED_LIMIT) => vendor.limits(),
            other => other.into_iter().collect(),
        };
        let fields = vendor.fields();
        let listener = Arc::new(Listener::new(
            vendor,
            options.seed,
            options.latency_ms,
            limits,
        ));
        let guard = runtime.enter();
        let (socket, url) = bind(options.listen)?;
        let (control, control_url) = bind(options.control)?;
        drop(guard);
        runtime.spawn(Arc::clone(&listener).serve(socket, None));
        let controlled = Arc::clone(&listener);
        runtime.spawn(async move {
            if let Err(error) = axum::serve(control, shared::control::router(controlled)).await {
                tracing::error!(%error, "the control plane ended");
            }
        });
        let ready = Ready {
            url,
            control_url,
            client_id: options.client_id,
            secret: options.secret,
            fields,
        };
        Ok(Running {
            ready,
            listener,
            runtime: Some(runtime),
        })
    }
}

fn bind(address: SocketAddr) -> anyhow::Result<(tokio::net::TcpListener, String)> {
    let socket = TcpListener::bind(address).with_context(|| format!("listen on {address}"))?;
    socket.set_nonblocking(true)?;
    let bound = socket.local_addr()?;
    Ok((
        tokio::net::TcpListener::from_std(socket)?,
        format!("http://{bound}"),
    ))
}

impl Running {
    /// Base URL of the vendor.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.ready.url
    }

    /// Serves the same vendor behind TLS too, under the name `localhost`; gives its base URL and the certificate of the
    /// authority that vouches for it, as PEM. Its [`Operation::Tls`] makes the handshakes fail.
    ///
    /// # Errors
    /// When a certificate cannot be made or no port be had.
    pub fn serve_tls(&self) -> anyhow::Result<(String, String)> {
        let runtime = self.runtime.as_ref().context("it runs")?;
        let tls = Arc::new(Tls::new()?);
        let authority = tls.authority.clone();
        let guard = runtime.enter();
        let (socket, _) = bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        drop(guard);
        let port = socket.local_addr()?.port();
        runtime.spawn(Arc::clone(&self.listener).serve(socket, Some(tls)));
        Ok((format!("https://localhost:{port}"), authority))
    }

    /// Every request so far, for tests that watch it from within the same process.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.listener.ledger
    }

    /// Applies one mutation, as the control plane does.
    ///
    /// # Errors
    /// A sentence for the test's author.
    pub fn apply(&self, operation: Operation) -> Result<serde_json::Value, String> {
        self.listener.apply(operation)
    }

    /// Base URL of the control plane.
    #[must_use]
    pub fn control_url(&self) -> &str {
        &self.ready.control_url
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Does not block, as a test may drop it inside its own runtime.
            runtime.shutdown_background();
        }
    }
}
