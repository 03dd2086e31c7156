//! Sessions in the database, for all replicas.

use super::SessionBook;
use futures_util::future::BoxFuture;
use portcullis_store::vault::Vault;
use portcullis_store::{NewSession, SessionTake, SessionWant, Store, StoreError};

/// Keeps sessions in the database, their secrets sealed.
#[derive(Debug, Clone)]
pub struct StoredSessions {
    store: Store,
    vault: Vault,
}

impl StoredSessions {
    /// Sessions of an installation.
    #[must_use]
    pub fn new(store: Store, vault: Vault) -> Self {
        Self { store, vault }
    }
}

impl SessionBook for StoredSessions {
    fn take<'a>(
        &'a self,
        want: &'a SessionWant,
        over: Option<&'a str>,
    ) -> BoxFuture<'a, Result<SessionTake, StoreError>> {
        Box::pin(self.vault.take_session(want, over))
    }

    fn keep<'a>(
        &'a self,
        id: &'a str,
        holder: &'a str,
        new: &'a NewSession,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(self.vault.keep_session(id, holder, new))
    }

    fn drop_opening<'a>(
        &'a self,
        id: &'a str,
        unheard: bool,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.store.drop_session(id, unheard))
    }

    fn touch<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.store.touch_session(id))
    }

    fn left<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(self.store.session_left(id))
    }
}
