//! The same vendor behind TLS, with certificates that are good or bad in one way each.

use data_encoding::BASE64;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// What a vendor shows in the handshake.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    /// A certificate for `localhost` by the authority that [`Tls::authority`] names.
    #[default]
    Valid,
    /// The same, but its time is over.
    Expired,
    /// By the same authority, for another name.
    WrongName,
    /// For `localhost`, by itself.
    SelfSigned,
    /// The connection is reset before the handshake has ended.
    Reset,
}

/// Everything that the handshakes need.
pub struct Tls {
    /// The certificate of the authority, as PEM: who trusts it can speak to the vendor in its valid mode.
    pub authority: String,
    configs: HashMap<TlsMode, Arc<ServerConfig>>,
}

type Made = Result<(Vec<CertificateDer<'static>>, KeyPair), rcgen::Error>;

impl Tls {
    /// Makes an authority and a certificate for each mode.
    ///
    /// # Errors
    /// When a certificate cannot be made or used.
    pub fn new() -> anyhow::Result<Self> {
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate()?;
        let certificate = BASE64.encode(params.self_signed(&key)?.der());
        let authority = Issuer::new(params, key);
        let signed = |name: &str, expired: bool| -> Made {
            let mut params = CertificateParams::new(vec![name.to_owned()])?;
            if expired {
                params.not_before = date_time_ymd(2020, 1, 1);
                params.not_after = date_time_ymd(2021, 1, 1);
            }
            let key = KeyPair::generate()?;
            let certificate = params.signed_by(&key, &authority)?;
            Ok((vec![certificate.der().clone()], key))
        };
        let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
        let chains = [
            (TlsMode::Valid, signed("localhost", false)?),
            (TlsMode::Expired, signed("localhost", true)?),
            (TlsMode::WrongName, signed("elsewhere.example", false)?),
            (
                TlsMode::SelfSigned,
                (vec![own.cert.der().clone()], own.signing_key),
            ),
        ];
        let mut configs = HashMap::new();
        for (mode, (chain, key)) in chains {
            let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let mut config = ServerConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()?
                .with_no_client_auth()
                .with_single_cert(chain, key)?;
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            configs.insert(mode, Arc::new(config));
        }
        Ok(Self {
            authority: format!(
                "-----BEGIN CERTIFICATE-----\n{certificate}\n-----END CERTIFICATE-----\n"
            ),
            configs,
        })
    }

    /// The configuration of a mode; nothing for a connection that is reset.
    #[must_use]
    pub fn config(&self, mode: TlsMode) -> Option<Arc<ServerConfig>> {
        self.configs.get(&mode).cloned()
    }
}
