//! What proxies say about their clients: `X-Forwarded-For` with its companions, and `Forwarded` of RFC 7239.
//!
//! Each proxy appends whom it got the request from. Read from the end, the first address that is no trusted proxy is
//! the client; whatever stands before it the client may have written himself.
//! A proxy that writes one kind of header passes the other through as the client sent it. So where both are there and
//! do not agree, neither is believed.

use std::net::{IpAddr, SocketAddr};

use http::uri::Authority;
use http::{HeaderMap, HeaderName};

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Hops that are looked at: no real chain is longer.
const HOPS: usize = 20;

/// What the proxies say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) client: IpAddr,
    pub(crate) is_secure: bool,
    pub(crate) authority: Option<Authority>,
}

/// One proxy's word: who spoke to it, and how.
#[derive(Debug, Default)]
struct Hop<'a> {
    client: Option<IpAddr>,
    proto: Option<&'a str>,
    host: Option<&'a str>,
}

/// What the headers say, given that `peer`, who sent them, is trusted.
pub(crate) fn told(
    headers: &HeaderMap,
    peer: IpAddr,
    is_trusted: impl Fn(IpAddr) -> bool,
) -> Option<Told> {
    let usual = usual(headers, peer, &is_trusted);
    let standard = standard(headers, peer, &is_trusted);
    match (usual, standard) {
        (Some(usual), Some(standard)) => (usual.client == standard.client
            && usual.is_secure == standard.is_secure)
            .then_some(usual),
        (usual, standard) => usual.or(standard),
    }
}

/// `X-Forwarded-For`; scheme and host are those that the last proxy wrote.
fn usual(headers: &HeaderMap, peer: IpAddr, is_trusted: impl Fn(IpAddr) -> bool) -> Option<Told> {
    if !headers.contains_key(FOR) && !headers.contains_key(PROTO) && !headers.contains_key(HOST) {
        return None;
    }
    let mut client = peer;
    for text in values(headers, &FOR).take(HOPS) {
        let Some(address) = address(text) else { break };
        client = address;
        if !is_trusted(address) {
            break;
        }
    }
    Some(Told {
        client,
        is_secure: is_https(values(headers, &PROTO).next()),
        authority: values(headers, &HOST).next().and_then(authority),
    })
}

/// `Forwarded`; scheme and host are those of the hop that had the client before it.
fn standard(
    headers: &HeaderMap,
    peer: IpAddr,
    is_trusted: impl Fn(IpAddr) -> bool,
) -> Option<Told> {
    let mut told: Option<Told> = None;
    for text in values(headers, &http::header::FORWARDED).take(HOPS) {
        let hop = hop(text);
        told = Some(Told {
            client: hop
                .client
                .unwrap_or_else(|| told.as_ref().map_or(peer, |told| told.client)),
            is_secure: is_https(hop.proto),
            authority: hop.host.and_then(authority),
        });
        match hop.client {
            Some(client) if is_trusted(client) => {}
            _ => break,
        }
    }
    told
}

/// The items of a header that is a list, last first.
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines: Vec<&str> = headers
        .get_all(name)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .collect();
    lines
        .into_iter()
        .rev()
        .flat_map(|line| line.rsplit(','))
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

fn hop(element: &str) -> Hop<'_> {
    let mut hop = Hop::default();
    for pair in element.split(';') {
        let Some((name, value)) = pair.split_once('=') else {
            continue;
        };
        let value = value.trim().trim_matches('"');
        match name.trim() {
            name if name.eq_ignore_ascii_case("for") => hop.client = address(value),
            name if name.eq_ignore_ascii_case("proto") => hop.proto = Some(value),
            name if name.eq_ignore_ascii_case("host") => hop.host = Some(value),
            _ => {}
        }
    }
    hop
}

/// An address with or without a port, IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let alone = bare.unwrap_or(text).parse::<IpAddr>().ok();
    let with_port = || Some(text.parse::<SocketAddr>().ok()?.ip());
    alone
        .or_else(with_port)
        .map(|address| address.to_canonical())
}

fn is_https(proto: Option<&str>) -> bool {
    proto.is_some_and(|proto| proto.eq_ignore_ascii_case("https"))
}

/// A host with or without a port, and no user.
pub(crate) fn authority(text: &str) -> Option<Authority> {
    let authority: Authority = text.parse().ok()?;
    (!text.contains('@') && !authority.host().is_empty()).then_some(authority)
}
