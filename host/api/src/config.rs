//! What can be set about serving.

use std::time::Duration;

use portcullis_front::PublicUrl;

/// Longest time for which an answer may be kept.
pub const CACHE_TTL_MAX: Duration = Duration::from_secs(900);

/// What can be set about serving.
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// How long an answer is kept, from its snapshot: 900 s unless set, at most 900 s, 0 s for no cache.
    pub cache_ttl: Duration,
    /// How many bytes of answers are kept: 64 MiB unless set.
    pub cache_max_bytes: u64,
    /// Most requests a minute of each key that has no limit of its own, at this process; 0 for no limit.
    pub requests_per_minute: u32,
    /// How often a minute each key may have a kept answer made anew with `Cache-Control: no-cache`: 10 unless set.
    pub no_cache_per_minute: u32,
    /// The address under which the gateway is known, which its OpenAPI document then names. Without one the document
    /// leaves it to where it was read.
    pub public_url: Option<PublicUrl>,
}

/// Most requests a minute of a key, unless set: 100 a second, forty times what the public convention grants. A client that
/// reads whole pages gets 1,500,000 records a minute; one that runs wild does not take the gateway from the others.
pub const REQUESTS_PER_MINUTE: u32 = 6_000;

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            cache_ttl: CACHE_TTL_MAX,
            cache_max_bytes: 64 * 1024 * 1024,
            requests_per_minute: REQUESTS_PER_MINUTE,
            no_cache_per_minute: 10,
            public_url: None,
        }
    }
}

/// A setting that is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiConfigError {
    /// Answers would be kept for too long.
    #[error("cache.ttl is {} s; it can be shortened, but never beyond 900 s", .0.as_secs())]
    CacheTtlTooLong(Duration),
}

impl ApiConfigError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::CacheTtlTooLong(_) => "cache_ttl_too_long",
        }
    }
}

impl ApiConfig {
    pub(crate) fn checked(self) -> Result<Self, ApiConfigError> {
        if self.cache_ttl > CACHE_TTL_MAX {
            return Err(ApiConfigError::CacheTtlTooLong(self.cache_ttl));
        }
        Ok(self)
    }
}
