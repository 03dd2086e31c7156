//! `[server]`: where the API listens, and how the way there looks from outside.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use portcullis_front::PublicUrl;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::ConfigError;

/// The HTTP server of API and console.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    /// Address and port. Only this machine can reach the default; a port of 0 takes any free one.
    pub(crate) listen: SocketAddr,
    /// The address under which people and programs know the gateway, such as `https://portcullis.example.com`: links,
    /// the OpenAPI document and cookies go by it. Default: the address that each request names.
    pub(crate) public_url: Option<String>,
    /// Addresses and networks of the proxies before the gateway, such as `["10.0.0.0/8", "::1"]` (in a variable with
    /// commas between). Only from them `X-Forwarded-For`, `-Proto` and `-Host`, or `Forwarded`, are believed.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    #[serde(deserialize_with = "networks", serialize_with = "as_texts")]
    pub(crate) trusted_proxies: Vec<IpNet>,
    pub(crate) tls: Tls,
}

/// TLS on the gateway's own port.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    /// A PEM file with the certificate, followed by those that lead to its root. With it the gateway serves HTTPS. Read
    /// again when it changes and at SIGHUP. Default: none, plain HTTP.
    pub(crate) cert_file: Option<PathBuf>,
    /// A PEM file with the certificate's private key. Default: none.
    pub(crate) key_file: Option<PathBuf>,
}

/// The two files of a server that speaks TLS.
#[derive(Debug, Clone)]
pub(crate) struct TlsFiles {
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            trusted_proxies: Vec::new(),
            tls: Tls::default(),
        }
    }
}

impl Server {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.public_url()?;
        self.tls_files().map(drop)
    }

    /// The address under which the gateway is known.
    pub(crate) fn public_url(&self) -> Result<Option<PublicUrl>, ConfigError> {
        let parsed = self
            .public_url
            .as_ref()
            .map(|text| text.parse())
            .transpose();
        parsed.map_err(|error: portcullis_front::PublicUrlError| {
            ConfigError::value("server.public_url", &error.to_string())
        })
    }

    /// The files for TLS, if the gateway speaks it.
    pub(crate) fn tls_files(&self) -> Result<Option<TlsFiles>, ConfigError> {
        match (&self.tls.cert_file, &self.tls.key_file) {
            (None, None) => Ok(None),
            (Some(cert), Some(key)) => Ok(Some(TlsFiles {
                cert: cert.clone(),
                key: key.clone(),
            })),
            _ => Err(ConfigError::value(
                "server.tls",
                "takes both cert_file and key_file, or neither",
            )),
        }
    }
}

/// Each network as a text.
fn as_texts<S: Serializer>(networks: &[IpNet], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(networks.iter().map(IpNet::to_string))
}

/// Deserialises networks from a list of texts, or from one text with commas.
fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    deserializer.deserialize_any(Networks)
}

struct Networks;

impl<'de> Visitor<'de> for Networks {
    type Value = Vec<IpNet>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("addresses or networks such as \"10.0.0.0/8\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<IpNet>, E> {
        let texts = text.split(',').map(str::trim).filter(|it| !it.is_empty());
        texts.map(network).collect()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<IpNet>, A::Error> {
        let mut networks = Vec::new();
        while let Some(text) = seq.next_element::<String>()? {
            networks.push(network::<A::Error>(text.trim())?);
        }
        Ok(networks)
    }
}

fn network<E: Error>(text: &str) -> Result<IpNet, E> {
    let alone = || Some(IpNet::from(text.parse::<IpAddr>().ok()?));
    text.parse()
        .ok()
        .or_else(alone)
        .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &Networks))
}
