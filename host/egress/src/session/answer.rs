//! From the vendor's answer to the guest's: captures come out, secrets are masked.

use std::{borrow::Cow, time::Duration};

use chrono::Utc;
use secrecy::SecretString;

use super::{Session, lock};
use crate::{
    capture,
    limiter::{Limit, RateLimit},
    policy::AllowedUrl,
    secrets::{BoundSecret, CapturedSecret},
    tap::Answer,
    types::{Request, Response},
};

/// How long everybody waits after a vendor's "too many" that does not say how long.
const UNSAID_WAIT: Duration = Duration::from_secs(1);

impl Session {
    /// Takes captures out of an answer and masks the rest.
    pub(super) fn finish(
        &self,
        request: &Request,
        url: &AllowedUrl,
        limits: &[&Limit],
        raw: Answer,
    ) -> Response {
        let now = Utc::now();
        let retry_after_ms = capture::retry_after_ms(&raw.headers, now);
        if raw.status == 429 {
            let said = RateLimit {
                retry_after: Some(retry_after_ms.map_or(UNSAID_WAIT, Duration::from_millis)),
                ..RateLimit::default()
            };
            for limit in limits {
                self.config.limiter.feedback(&limit.key, said);
            }
        }
        let captured = if (200..300).contains(&raw.status) {
            self.capture(request, &raw)
        } else {
            Vec::new()
        };
        let masker = self.masker();
        let headers = raw
            .headers
            .iter()
            .map(|(name, value)| {
                let value = masker.bytes(value.as_bytes());
                (
                    name.as_str().to_owned(),
                    String::from_utf8_lossy(&value).into_owned(),
                )
            })
            .collect();
        let masked = match masker.bytes(&raw.body) {
            Cow::Owned(masked) => Some(masked),
            Cow::Borrowed(_) => None,
        };
        if masked.is_some() {
            tracing::debug!(host = url.host(), "a secret came back and was masked");
        }
        Response {
            status: raw.status,
            headers,
            body: masked.unwrap_or(raw.body),
            captured,
            received_at: now.timestamp_millis(),
            retry_after_ms,
        }
    }

    fn capture(&self, request: &Request, raw: &Answer) -> Vec<String> {
        let mut names = Vec::new();
        let Some(sink) = &self.config.sink else {
            return names;
        };
        for wanted in &request.captures {
            let found = capture::find(&wanted.source, &raw.headers, &raw.body);
            let (Some(value), Some(hosts)) = (
                found.filter(|value| capture::is_secret(value)),
                sink.hosts(&wanted.secret),
            ) else {
                continue;
            };
            let value = SecretString::from(value);
            let expires_at = wanted
                .lifetime
                .as_ref()
                .and_then(|lifetime| capture::ends(lifetime, &raw.headers, &raw.body, Utc::now()));
            if let Some(tap) = &self.tap {
                tap.captured(&value);
            }
            sink.keep(CapturedSecret {
                name: wanted.secret.clone(),
                value: value.clone(),
                expires_at,
            });
            let mut live = lock(&self.live);
            live.values.push(value.clone());
            live.captured
                .insert(wanted.secret.clone(), BoundSecret { value, hosts });
            live.masker = None;
            names.push(wanted.secret.clone());
        }
        names
    }
}
