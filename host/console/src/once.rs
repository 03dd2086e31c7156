//! What may happen once: a secret that is shown, a form that is carried out.
//!
//! Both live in memory, for half an hour. A secret that was lost with its process is made anew by its owner; a form
//! that is sent twice to two processes is carried out twice.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use maud::{Markup, PreEscaped};
use moka::future::Cache;
use secrecy::{ExposeSecret, SecretString};

/// How long something is remembered.
const KEPT_FOR: Duration = Duration::from_secs(1800);
/// Most that is remembered of each kind.
const KEPT: u64 = 10_000;

fn cache<T: Clone + Send + Sync + 'static>() -> Cache<String, T> {
    Cache::builder()
        .max_capacity(KEPT)
        .time_to_live(KEPT_FOR)
        .build()
}

/// A name that nobody can guess.
pub(crate) fn name() -> String {
    BASE64URL_NOPAD.encode(&rand::random::<[u8; 16]>())
}

/// Parts of pages that are shown once, each to one user: a new key, a link. A form that makes one answers with a
/// redirect to a page that shows it, so that loading that page again makes no second one.
#[derive(Debug, Clone)]
pub(crate) struct Reveals {
    kept: Cache<String, Arc<(String, SecretString)>>,
}

impl Reveals {
    pub(crate) fn new() -> Self {
        Self { kept: cache() }
    }

    /// Keeps a part until its page is loaded; gives its name.
    pub(crate) async fn keep(&self, user_id: &str, part: Markup) -> String {
        let name = name();
        let kept = (user_id.to_owned(), SecretString::from(part.into_string()));
        self.kept.insert(name.clone(), Arc::new(kept)).await;
        name
    }

    /// Takes a part away, for the user it was kept for.
    pub(crate) async fn take(&self, name: &str, user_id: &str) -> Option<Markup> {
        // Whoever asks for another's leaves it there.
        self.kept.get(name).await.filter(|it| it.0 == user_id)?;
        let kept = self.kept.remove(name).await?;
        Some(PreEscaped(kept.1.expose_secret().to_owned()))
    }
}

/// Forms that were sent, by the name that each has of its own: a second click sends it once more and is led to where the
/// first one led.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    to: Cache<String, String>,
}

impl Sent {
    pub(crate) fn new() -> Self {
        Self { to: cache() }
    }

    /// Carries a form out, unless it was or is being carried out: then this waits, and gives the same path. A form that
    /// was refused may be sent again.
    ///
    /// # Errors
    ///
    /// Those of the work, shared by all that wait for it.
    pub(crate) async fn carry_out<E: Send + Sync + 'static>(
        &self,
        user_id: &str,
        name: &str,
        work: impl Future<Output = Result<String, E>>,
    ) -> Result<String, Arc<E>> {
        if name.is_empty() {
            return work.await.map_err(Arc::new);
        }
        self.to
            .try_get_with(format!("{user_id} {name}"), work)
            .await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_part_is_shown_to_its_user_and_once() {
        let reveals = Reveals::new();
        let name = reveals.keep("usr_1", PreEscaped("a key".to_owned())).await;
        assert!(reveals.take(&name, "usr_2").await.is_none());
        let part = reveals.take(&name, "usr_1").await;
        assert_eq!(part.map(PreEscaped::into_string).as_deref(), Some("a key"));
        assert!(reveals.take(&name, "usr_1").await.is_none());
    }

    #[tokio::test]
    async fn a_form_that_is_sent_twice_at_once_is_carried_out_once() {
        let sent = Sent::new();
        let count = AtomicUsize::new(0);
        let work = || async {
            tokio::task::yield_now().await;
            let n = count.fetch_add(1, Ordering::Relaxed);
            if n == 0 {
                Err("refused")
            } else {
                Ok(format!("/{n}"))
            }
        };
        let first = sent.carry_out("usr_1", "form", work()).await;
        assert_eq!(first.map_err(|error| *error), Err("refused"));
        let (a, b) = tokio::join!(
            sent.carry_out("usr_1", "form", work()),
            sent.carry_out("usr_1", "form", work())
        );
        assert_eq!((a.as_deref(), b.as_deref()), (Ok("/1"), Ok("/1")));
        let other = sent.carry_out("usr_2", "form", work()).await;
        assert_eq!(other.as_deref(), Ok("/2"));
    }
}
