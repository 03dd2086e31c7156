//! Slows down whoever guesses passwords: so many wrong ones for an address, then a pause.
//!
//! Counted in this process alone: with several of them a guesser has as many times the tries, which is still few.

use std::time::{Duration, Instant};

/// Wrong passwords that are answered at once.
const FREE: u32 = 10;
/// The pause after them, from the last wrong one.
const PAUSE: Duration = Duration::from_secs(300);
/// Most addresses that are remembered.
const REMEMBERED: u64 = 50_000;

#[derive(Debug, Clone)]
pub(crate) struct Throttle {
    wrong: moka::future::Cache<String, (u32, Instant)>,
}

impl Throttle {
    pub(crate) fn new() -> Self {
        let wrong = moka::future::Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(PAUSE)
            .build();
        Self { wrong }
    }

    /// How long this address has to wait before another password is looked at.
    pub(crate) async fn wait(&self, email: &str) -> Option<Duration> {
        let (times, last) = self.wrong.get(&key(email)).await?;
        let left = PAUSE.checked_sub(last.elapsed())?;
        (times >= FREE).then_some(left)
    }

    /// Notes a wrong password.
    pub(crate) async fn wrong(&self, email: &str) {
        self.wrong
            .entry(key(email))
            .and_upsert_with(|known| {
                let times = known.map_or(0, |known| known.into_value().0);
                std::future::ready((times.saturating_add(1), Instant::now()))
            })
            .await;
    }

    /// Forgets the wrong ones, since the right one came.
    pub(crate) async fn right(&self, email: &str) {
        self.wrong.invalidate(&key(email)).await;
    }
}

fn key(email: &str) -> String {
    email.trim().to_lowercase().chars().take(320).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ten_wrong_ones_are_free_and_a_right_one_forgives_them() {
        let throttle = Throttle::new();
        for _ in 0..FREE {
            assert_eq!(throttle.wait("A@b.c").await, None);
            throttle.wrong("a@b.c ").await;
        }
        assert!(
            throttle
                .wait("a@B.c")
                .await
                .is_some_and(|left| left <= PAUSE)
        );
        assert_eq!(throttle.wait("x@b.c").await, None);
        throttle.right("a@b.c").await;
        assert_eq!(throttle.wait("a@b.c").await, None);
    }
}
