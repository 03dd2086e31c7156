//! TLS on the gateway's own port: certificates that can be replaced, and a listener that shakes hands.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use axum::serve::Listener;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::task::AbortOnDropHandle;

use crate::config::TlsFiles;
use crate::failure::Failure;

/// How often the files are looked at: a renewed certificate has days.
const LOOK: Duration = Duration::from_secs(5);
/// How long a client may take to shake hands.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Handshakes at once; whoever comes beyond waits in the system's queue.
const HANDSHAKES: usize = 256;
/// The pause after the system had no connection to give, most often for want of file descriptors.
const PAUSE: Duration = Duration::from_secs(1);

/// The certificate that is shown to whoever connects now. Connections that stand keep theirs.
#[derive(Debug)]
pub(crate) struct Certificates {
    files: TlsFiles,
    current: ArcSwap<CertifiedKey>,
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

impl Certificates {
    /// Reads the files.
    pub(crate) fn read(files: TlsFiles) -> Result<Arc<Self>, Failure> {
        let current = ArcSwap::from_pointee(certified(&files)?);
        Ok(Arc::new(Self { files, current }))
    }

    /// Reads the files again whenever they have changed, and at SIGHUP. Files that do not fit leave what was shown
    /// before, and the log says so.
    pub(crate) async fn keep(self: Arc<Self>) {
        let mut hangup = match signal(SignalKind::hangup()) {
            Ok(hangup) => hangup,
            Err(error) => {
                tracing::warn!(%error, "tls.sighup_not_received");
                return;
            }
        };
        let mut seen = self.stamps();
        loop {
            let asked = tokio::select! {
                _ = hangup.recv() => true,
                () = tokio::time::sleep(LOOK) => false,
            };
            let now = self.stamps();
            if asked || now != seen {
                seen = now;
                match certified(&self.files) {
                    Ok(certified) => {
                        self.current.store(Arc::new(certified));
                        tracing::info!("tls.certificate_reloaded");
                    }
                    Err(failure) => {
                        tracing::warn!(
                            code = failure.code(),
                            "tls.certificate_kept: {}",
                            failure.sentence()
                        );
                    }
                }
            }
        }
    }

    fn stamps(&self) -> [Option<(SystemTime, u64)>; 2] {
        let stamp = |path: &Path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        [stamp(&self.files.cert), stamp(&self.files.key)]
    }
}

/// Reads certificate and key, and makes sure that they belong together.
pub(crate) fn certified(files: &TlsFiles) -> Result<CertifiedKey, Failure> {
    let (cert, key) = (&files.cert, &files.key);
    let chain = CertificateDer::pem_slice_iter(&bytes(cert)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| invalid(cert, &format!("is no PEM file: {error}")))?;
    if chain.is_empty() {
        return Err(invalid(cert, "holds no certificate"));
    }
    let private = PrivateKeyDer::from_pem_slice(&bytes(key)?)
        .map_err(|error| invalid(key, &format!("holds no private key: {error}")))?;
    let private = ring::sign::any_supported_type(&private)
        .map_err(|error| invalid(key, &format!("holds a key that cannot be used: {error}")))?;
    let certified = CertifiedKey::new(chain, private);
    match certified.keys_match() {
        // What cannot be compared is for the clients to judge.
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {
            Ok(certified)
        }
        Err(rustls::Error::InconsistentKeys(_)) => Err(Failure::new(
            "tls_key_mismatch",
            format!(
                "the private key in {} does not belong to the certificate in {}; give the two that were issued together",
                key.display(),
                cert.display()
            ),
        )),
        Err(error) => Err(invalid(
            cert,
            &format!("holds a certificate that cannot be used: {error}"),
        )),
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| {
        Failure::new(
            "file_unreadable",
            format!("{} cannot be read: {error}", path.display()),
        )
    })
}

fn invalid(path: &Path, what: &str) -> Failure {
    Failure::new("tls_file_invalid", format!("{} {what}", path.display()))
}

/// Connections that have shaken hands: slow ones hold up nobody.
pub(crate) struct TlsListener {
    address: SocketAddr,
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    /// With it go the handshakes under way.
    _accepting: AbortOnDropHandle<()>,
    _keeping: AbortOnDropHandle<()>,
}

impl TlsListener {
    /// Begins to accept on `tcp`.
    pub(crate) fn new(tcp: TcpListener, certificates: Arc<Certificates>) -> Result<Self, Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new("internal_error", format!("TLS did not start: {error}"))
        };
        let address = tcp.local_addr().map_err(|error| failed(&error))?;
        let keeping = tokio::spawn(Arc::clone(&certificates).keep());
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&error))?
            .with_no_client_auth()
            .with_cert_resolver(certificates);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let (sender, ready) = mpsc::channel(1);
        let accepting = accept(tcp, TlsAcceptor::from(Arc::new(config)), sender);
        Ok(Self {
            address,
            ready,
            _accepting: AbortOnDropHandle::new(tokio::spawn(accepting)),
            _keeping: AbortOnDropHandle::new(keeping),
        })
    }
}

async fn accept(
    tcp: TcpListener,
    acceptor: TlsAcceptor,
    ready: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    let places = Arc::new(Semaphore::new(HANDSHAKES));
    let mut handshakes = JoinSet::new();
    loop {
        while handshakes.try_join_next().is_some() {}
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let (stream, peer) = match tcp.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::debug!(%error, "tls.accept_failed");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let (acceptor, ready) = (acceptor.clone(), ready.clone());
        handshakes.spawn(async move {
            // An answer is written when it is finished: there is nothing to gather.
            let _ = stream.set_nodelay(true);
            match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => {
                    let _ = ready.send((stream, peer)).await;
                }
                Ok(Err(error)) => tracing::debug!(%error, "tls.handshake_failed"),
                Err(_) => tracing::debug!("tls.handshake_too_slow"),
            }
            drop(place);
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        match self.ready.recv().await {
            Some(ready) => ready,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}
