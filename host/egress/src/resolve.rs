//! Host names to addresses, none of which is dialled before it was checked.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

use crate::address::{is_loopback, is_public};

/// Turns a host name into addresses. What it says is checked, so it need not be trusted.
pub trait Resolver: Send + Sync {
    /// All addresses of a name.
    ///
    /// # Errors
    ///
    /// Whatever the lookup says; the caller learns only that there is no address.
    fn resolve(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The resolver of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Why a name leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ResolveError {
    #[error("{host} resolves to {address}")]
    Refused { host: String, address: IpAddr },
    #[error("no address")]
    NoAddress,
}

/// The only resolver a client has: a connection is opened to exactly the addresses that it lets through.
///
/// One address that is not public refuses the whole answer: an honest vendor has none, and a mixed answer is the
/// first half of a rebinding attack.
pub(crate) struct Guarded {
    pub(crate) inner: Arc<dyn Resolver>,
    pub(crate) loopback: bool,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let lookup = self.inner.resolve(host.clone());
        let loopback = self.loopback;
        Box::pin(async move {
            let addresses = lookup.await.map_err(|_| ResolveError::NoAddress)?;
            if addresses.is_empty() {
                return Err(ResolveError::NoAddress.into());
            }
            for &address in &addresses {
                if !(is_public(address) || loopback && is_loopback(address)) {
                    return Err(ResolveError::Refused { host, address }.into());
                }
            }
            // Port 0 stands for the port of the URL.
            let addresses = addresses
                .into_iter()
                .map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
