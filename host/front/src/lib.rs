//! What stands before the gateway: under which address it is known, which proxies speak for their clients, and so who
//! a request comes from; and in which form it wants its answer.
//!
//! API and console ask [`Arrival`] and read no such header themselves. A header counts only if the machine at the
//! other end of the connection is a proxy that the operator named ([`Front::trusted_proxies`]); anybody else's is
//! what a stranger says about himself.

mod coding;
mod forwarded;
mod public_url;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use http::request::Parts;
use http::uri::Authority;
use http::{Extensions, HeaderMap, Uri, header};
use ipnet::IpNet;

pub use coding::Coding;
pub use public_url::{PublicUrl, PublicUrlError};

use crate::forwarded::Told;

/// What the operator says about the way to the gateway. Every request carries it as an extension.
#[derive(Debug, Clone, Default)]
pub struct Front {
    /// The address under which people and programs know the gateway; without one it is what each request asked for.
    pub public_url: Option<PublicUrl>,
    /// Where proxies stand whose headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether the gateway itself speaks TLS.
    pub tls: bool,
}

impl Front {
    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies
            .iter()
            .any(|proxies| proxies.contains(&address))
    }
}

/// Who a request comes from, and to which address it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The client's address; `None` where there is no connection, as in a test of the router alone.
    pub client: Option<IpAddr>,
    /// Whether the client's side of the way is TLS, so that cookies may demand it.
    pub is_secure: bool,
    base_url: String,
}

impl Arrival {
    /// Reads it off a request's head.
    pub fn of(extensions: &Extensions, uri: &Uri, headers: &HeaderMap) -> Self {
        let unknown = Arc::default();
        let front: &Arc<Front> = extensions.get().unwrap_or(&unknown);
        let peer = peer(extensions);
        let told = told(front, peer, headers);
        let public = front.public_url.as_ref();
        let is_secure = front.tls
            || told.as_ref().is_some_and(|told| told.is_secure)
            || public.is_some_and(PublicUrl::is_secure);
        let base_url = match public {
            Some(public) => public.as_str().to_owned(),
            None => {
                let scheme = if is_secure { "https" } else { "http" };
                let authority = told
                    .as_ref()
                    .and_then(|told| told.authority.clone())
                    .or_else(|| authority_of(uri, headers));
                let authority = authority
                    .as_ref()
                    .map_or("localhost:8080", Authority::as_str);
                format!("{scheme}://{authority}")
            }
        };
        Self {
            client: told.map(|told| told.client).or(peer),
            is_secure,
            base_url,
        }
    }

    /// The gateway's address as this client should use it, without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

impl<S: Sync> FromRequestParts<S> for Arrival {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions, &parts.uri, &parts.headers))
    }
}

/// The client's address alone, for the log: cheaper than a whole [`Arrival`].
pub fn client(extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
    let peer = peer(extensions);
    let front: Option<&Arc<Front>> = extensions.get();
    let told = front.and_then(|front| told(front, peer, headers));
    told.map(|told| told.client).or(peer)
}

fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let peer: &ConnectInfo<SocketAddr> = extensions.get()?;
    // An IPv4 client of a socket that listens on both.
    Some(peer.0.ip().to_canonical())
}

/// What a trusted proxy says.
fn told(front: &Front, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<Told> {
    let peer = peer.filter(|peer| front.trusts(*peer))?;
    forwarded::told(headers, peer, |address| front.trusts(address))
}

/// The authority that a request names: in its line for HTTP/2, in its `Host` for HTTP/1.1.
fn authority_of(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let host = || forwarded::authority(headers.get(header::HOST)?.to_str().ok()?);
    uri.authority().cloned().or_else(host)
}

#[cfg(test)]
mod tests;
