//! The gateway's port: plain or with TLS, and the address under which it is known.

use std::convert::Infallible;
use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use axum::serve::ListenerExt as _;
use axum::{Extension, ServiceExt};
use portcullis_front::Front;
use portcullis_sealed::SendingListener;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tower::{Layer as _, Service};

use crate::config::Config;
use crate::failure::Failure;
use crate::open_files;
use crate::tls::{Certificates, TlsListener};

/// A port that is taken, on which nobody answers yet.
pub(crate) struct Listening {
    tcp: TcpListener,
    certificates: Option<Arc<Certificates>>,
    address: SocketAddr,
    front: Front,
}

impl Listening {
    /// Takes the port, and reads what TLS needs.
    pub(crate) async fn on(config: &Config) -> Result<Self, Failure> {
        open_files::raise_limit();
        let server = &config.server;
        let certificates = server.tls_files()?.map(Certificates::read).transpose()?;
        let tcp = bind(server.listen, "--listen").await?;
        let address = tcp.local_addr().map_err(|error| {
            Failure::new(
                "internal_error",
                format!("the listener has no address: {error}"),
            )
        })?;
        let front = Front {
            public_url: server.public_url()?,
            trusted_proxies: server.trusted_proxies.clone(),
            tls: certificates.is_some(),
        };
        Ok(Self {
            tcp,
            certificates,
            address,
            front,
        })
    }

    /// What stands before the gateway.
    pub(crate) fn front(&self) -> &Front {
        &self.front
    }

    /// The address on this machine.
    pub(crate) fn here(&self) -> String {
        let scheme = if self.front.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The address that people and programs use.
    pub(crate) fn base_url(&self) -> String {
        let public = self.front.public_url.as_ref();
        public.map_or_else(|| self.here(), ToString::to_string)
    }

    /// Answers until `stop`; ends when the last request in flight is answered.
    pub(crate) fn answer<S>(
        self,
        answers: S,
        stop: CancellationToken,
    ) -> Result<AbortOnDropHandle<std::io::Result<()>>, Failure>
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        let service = Extension(Arc::new(self.front)).layer(answers);
        let service =
            ServiceExt::<Request>::into_make_service_with_connect_info::<SocketAddr>(service);
        let stop = stop.cancelled_owned();
        // The taps do nothing; with them the listeners' addresses reach the requests.
        let answering = match self.certificates {
            None => {
                let listener = SendingListener::on(self.tcp);
                let served = axum::serve(listener.tap_io(|_| {}), service);
                tokio::spawn(served.with_graceful_shutdown(stop).into_future())
            }
            Some(certificates) => {
                let listener = TlsListener::new(self.tcp, certificates)?;
                let served = axum::serve(listener.tap_io(|_| {}), service);
                tokio::spawn(served.with_graceful_shutdown(stop).into_future())
            }
        };
        Ok(AbortOnDropHandle::new(answering))
    }
}

/// Takes a port; `choice` is where the operator says which.
pub(crate) async fn bind(address: SocketAddr, choice: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => Failure::new(
            "address_in_use",
            format!(
                "another program listens on {address}; stop it, or choose another address with {choice} (port 0 takes any free one)"
            ),
        ),
        _ => Failure::new(
            "address_unusable",
            format!("cannot listen on {address}: {error}; choose another address with {choice}"),
        ),
    })
}
