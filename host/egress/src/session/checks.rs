//! What must hold before a request leaves.

use secrecy::SecretString;
use tokio::time::Instant;

use super::{PATIENCE, Session, lock};
use crate::{
    limiter::{Limit, Permit},
    policy::AllowedUrl,
    secrets::BoundSecret,
    types::{Capture, HttpError},
};

impl Session {
    pub(super) fn check_captures(&self, captures: &[Capture]) -> Result<(), HttpError> {
        let invalid = |reason: String| Err(HttpError::InvalidRequest(reason));
        let Some(sink) = &self.config.sink else {
            return match captures {
                [] => Ok(()),
                _ => invalid("captures belong to session.open".to_owned()),
            };
        };
        match captures
            .iter()
            .find(|capture| sink.hosts(&capture.secret).is_none())
        {
            Some(capture) => invalid(format!("secret {:?} cannot be captured", capture.secret)),
            None => Ok(()),
        }
    }

    /// The value of a secret, if there is one of this name and this host may see it.
    pub(super) fn secret(&self, name: &str, url: &AllowedUrl) -> Result<SecretString, HttpError> {
        let captured = lock(&self.live).captured.get(name).cloned();
        let Some(secret) = captured.or_else(|| self.config.secrets.get(name)) else {
            return Err(HttpError::InvalidRequest(format!("no secret {name:?}")));
        };
        let bound = |secret: &BoundSecret| {
            let mut hosts = secret.hosts.iter();
            hosts.any(|rule| rule.matches(url.host(), url.port()))
        };
        if bound(&secret) {
            Ok(secret.value)
        } else {
            let host = url.host();
            Err(HttpError::InvalidRequest(format!(
                "secret {name:?} is not bound to {host}"
            )))
        }
    }

    pub(super) fn limits(&self, buckets: &[String]) -> Result<Vec<&Limit>, HttpError> {
        if buckets.is_empty() {
            return Ok(self.config.buckets.default.iter().collect());
        }
        let mut limits = Vec::with_capacity(buckets.len());
        for bucket in buckets {
            let limit = self.config.buckets.get(bucket);
            limits.push(
                limit.ok_or_else(|| HttpError::InvalidRequest(format!("no limit {bucket:?}")))?,
            );
        }
        // One order for everybody, so that two requests never wait for each other.
        limits.sort_by(|a, b| a.key.cmp(&b.key));
        limits.dedup_by(|a, b| a.key == b.key);
        Ok(limits)
    }

    pub(super) async fn permits(&self, limits: &[&Limit]) -> Result<Vec<Permit>, HttpError> {
        let until = (Instant::now() + PATIENCE).min(self.config.budget.deadline);
        let mut permits = Vec::with_capacity(limits.len());
        for limit in limits {
            let patience = until.saturating_duration_since(Instant::now());
            match self.config.limiter.acquire(limit, patience).await {
                Ok(permit) => permits.push(permit),
                Err(throttled) => {
                    permits.into_iter().for_each(Permit::unused);
                    return Err(HttpError::Throttled(throttled.ms));
                }
            }
        }
        Ok(permits)
    }
}
