//! What a process that serves must keep up with: generations of data, and keys.
//!
//! These look-ups are no part of answering a request, so they are counted as background work.

use chrono::{DateTime, Utc};
use portcullis_store::{GenerationRow, KeyRow, Listener};

use crate::{Service, ServiceError};

impl Service {
    /// The database's clock.
    ///
    /// # Errors
    ///
    /// [`ServiceError::Unavailable`] or [`ServiceError::Internal`], as for every function here.
    pub async fn database_now(&self) -> Result<DateTime<Utc>, ServiceError> {
        Ok(self.background.database_now().await?)
    }

    /// Generations that moved since a time of the database's clock; some from a little before it, too.
    ///
    /// # Errors
    ///
    /// As for [`Service::database_now`].
    pub async fn generations_since(
        &self,
        since: DateTime<Utc>,
    ) -> Result<Vec<GenerationRow>, ServiceError> {
        Ok(self.background.generations_changed_since(since).await?)
    }

    /// Keys that changed since a time of the database's clock, with their hashes.
    ///
    /// # Errors
    ///
    /// As for [`Service::database_now`].
    pub async fn keys_since(
        &self,
        since: DateTime<Utc>,
    ) -> Result<Vec<(KeyRow, Vec<u8>)>, ServiceError> {
        Ok(self.background.keys_changed_since(since).await?)
    }

    /// The key with this SHA-256 hash, whether it is still good or not.
    ///
    /// # Errors
    ///
    /// As for [`Service::database_now`].
    pub async fn find_key(&self, hash: [u8; 32]) -> Result<Option<KeyRow>, ServiceError> {
        Ok(self.background.find_key_by_hash(hash).await?)
    }

    /// Notes when keys (account, id) were last used.
    ///
    /// # Errors
    ///
    /// As for [`Service::database_now`].
    pub async fn touch_keys(
        &self,
        uses: &[(String, String, DateTime<Utc>)],
    ) -> Result<(), ServiceError> {
        Ok(self.background.touch_keys(uses).await?)
    }

    /// Starts to hear of changes. A wake-up is a hint to look; looking alone tells the truth.
    ///
    /// # Errors
    ///
    /// As for [`Service::database_now`].
    pub async fn listen(&self) -> Result<Listener, ServiceError> {
        Ok(self.background.listen().await?)
    }

    /// Whether the database answers and has the schema of this program.
    ///
    /// # Errors
    ///
    /// As for [`Service::database_now`].
    pub async fn is_ready(&self) -> Result<bool, ServiceError> {
        let version = self.background.schema_version().await?;
        Ok(version == portcullis_store::Store::newest_schema_version())
    }
}
