//! What a caller asks of the cache itself: `Cache-Control` of a request, and how often that is granted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http::{HeaderMap, header};

/// Most keys of whom it is remembered how often they asked. Only those who asked within a minute count.
const ASKING_MAX: u64 = 100_000;

/// For how long a granted wish counts.
const WINDOW: Duration = Duration::from_secs(60);

/// What a caller asks of the cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Whatever is good.
    #[default]
    Any,
    /// An answer made after this request came.
    Fresh,
    /// The same, asked for too often: as good as [`Wish::Any`], and said so.
    FreshTooOften,
    /// Whatever is good, but what is made for this request is not kept.
    Unkept,
}

impl Wish {
    /// What a request's `Cache-Control` says. Other directives than `no-cache` and `no-store` change nothing: what is
    /// served is never older than the newest sync in any case.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut wish = Self::Any;
        let values = headers.get_all(header::CACHE_CONTROL).iter();
        for directive in values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
        {
            if directive.eq_ignore_ascii_case("no-store") {
                return Self::Unkept;
            }
            if directive.eq_ignore_ascii_case("no-cache") {
                wish = Self::Fresh;
            }
        }
        wish
    }
}

/// How often each key may have fresh answers made: so many within a minute of the first.
#[derive(Debug, Clone)]
pub(crate) struct Quota {
    per_minute: u32,
    granted: moka::future::Cache<String, Arc<AtomicU32>>,
}

impl Quota {
    pub(crate) fn new(per_minute: u32) -> Self {
        let granted = moka::future::Cache::builder()
            .max_capacity(ASKING_MAX)
            .time_to_live(WINDOW)
            .build();
        Self {
            per_minute,
            granted,
        }
    }

    /// The wish, as far as it is granted to this key.
    pub(crate) async fn granted(&self, wish: Wish, key_id: &str) -> Wish {
        if wish != Wish::Fresh {
            return wish;
        }
        let none = async { Arc::default() };
        let count = self.granted.get_with_by_ref(key_id, none).await;
        if count.fetch_add(1, Ordering::Relaxed) < self.per_minute {
            Wish::Fresh
        } else {
            Wish::FreshTooOften
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_directives_are_read_and_the_others_passed_by() {
        for (sent, expected) in [
            ("no-cache", Wish::Fresh),
            ("max-age=0, No-Cache", Wish::Fresh),
            ("no-cache, no-store", Wish::Unkept),
            ("no-store", Wish::Unkept),
            ("max-age=0", Wish::Any),
            ("no-cached", Wish::Any),
            ("", Wish::Any),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CACHE_CONTROL, sent.parse().unwrap());
            assert_eq!(Wish::of(&headers), expected, "{sent}");
        }
        assert_eq!(Wish::of(&HeaderMap::new()), Wish::Any);
    }

    #[tokio::test]
    async fn each_key_has_a_quota_of_its_own() {
        let quota = Quota::new(2);
        for _ in 0..2 {
            assert_eq!(quota.granted(Wish::Fresh, "key_1").await, Wish::Fresh);
        }
        assert_eq!(
            quota.granted(Wish::Fresh, "key_1").await,
            Wish::FreshTooOften
        );
        assert_eq!(quota.granted(Wish::Any, "key_1").await, Wish::Any);
        assert_eq!(quota.granted(Wish::Fresh, "key_2").await, Wish::Fresh);
    }
}
