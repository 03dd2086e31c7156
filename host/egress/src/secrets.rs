//! What a session needs to know about secrets, and where captured ones go.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use crate::host_rule::HostRule;

/// A secret and the hosts that may see it.
#[derive(Clone)]
pub struct BoundSecret {
    /// The value.
    pub value: SecretString,
    /// Requests to other hosts cannot carry it.
    pub hosts: Vec<HostRule>,
}

impl std::fmt::Debug for BoundSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BoundSecret")
            .field("hosts", &self.hosts)
            .finish_non_exhaustive()
    }
}

/// The secrets of the integration that a call serves, and of no other.
pub trait SecretSource: Send + Sync {
    /// The secret of this name.
    fn get(&self, name: &str) -> Option<BoundSecret>;

    /// The names of all of them: every one is masked in every response.
    fn names(&self) -> Vec<String>;
}

/// A secret that was taken out of a response.
#[derive(Clone)]
pub struct CapturedSecret {
    /// Its name in the manifest.
    pub name: String,
    /// Its value.
    pub value: SecretString,
    /// When the vendor says that it ends; if none, the manifest's lifetime holds.
    pub expires_at: Option<DateTime<Utc>>,
}

impl std::fmt::Debug for CapturedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CapturedSecret")
            .field("name", &self.name)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Takes captured secrets in.
pub trait SecretSink: Send + Sync {
    /// The hosts to which a captured secret of this name is bound; none if the manifest declares no such one.
    fn hosts(&self, name: &str) -> Option<Vec<HostRule>>;

    /// Keeps the secret until the caller makes it durable. A later one of the same name wins.
    fn keep(&self, secret: CapturedSecret);
}
