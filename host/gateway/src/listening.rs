//! The gateway's port: plain or with TLS, and the address under which it is known.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use portcullis_front::Front;
use portcullis_sealed::SendingListener;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tower::Service;

use crate::config::Config;
use crate::failure::Failure;
use crate::open_files;
use crate::serving::serve;
use crate::tls::{Certificates, TlsListener};

/// A port that is taken, on which nobody answers yet.
pub(crate) struct Listening {
    tcp: TcpListener,
    certificates: Option<Arc<Certificates>>,
    address: SocketAddr,
    front: Front,
    /// Connections at once.
    most: usize,
}

impl Listening {
    /// Takes the port, and reads what TLS needs.
    pub(crate) async fn on(config: &Config) -> Result<Self, Failure> {
        // The other half is for vendors, the database and answers that are kept.
        let most = usize::try_from(open_files::raise_limit() / 2).unwrap_or(usize::MAX);
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
            most,
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
    ) -> Result<AbortOnDropHandle<()>, Failure>
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send,
    {
        let (front, most) = (Arc::new(self.front), self.most);
        let answering = match self.certificates {
            None => {
                let listener = SendingListener::on(self.tcp);
                tokio::spawn(serve(listener, answers, front, most, stop))
            }
            Some(certificates) => {
                let listener = TlsListener::new(self.tcp, certificates)?;
                tokio::spawn(serve(listener, answers, front, most, stop))
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
