//! The vendor's own records, as they came, for integrations that keep them.

use crate::connection::Tx;
use crate::lease::RunLease;
use crate::{RecordWrite, Store, StoreError, Wake};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use sha2::{Digest as _, Sha256};
use std::io::{Read as _, Write as _};

/// The largest original, in bytes: no page is larger.
const LARGEST: u64 = 16 << 20;

/// A vendor's record, compressed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Packed(Vec<u8>);

impl Packed {
    /// The JSON text.
    ///
    /// # Errors
    /// `Corrupt` when the table was written by something else.
    pub fn text(&self) -> Result<String, StoreError> {
        let mut text = String::new();
        let mut reader = ZlibDecoder::new(self.0.as_slice()).take(LARGEST);
        match reader.read_to_string(&mut text) {
            Ok(_) => Ok(text),
            Err(_) => Err(StoreError::Corrupt("an original cannot be unpacked")),
        }
    }
}

/// A vendor's record to be stored beside the unified one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    hash: [u8; 16],
    packed: Packed,
}

impl Original {
    /// Packs a JSON text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut hash = [0; 16];
        hash.copy_from_slice(&Sha256::digest(text)[..16]);
        let mut packer = ZlibEncoder::new(Vec::with_capacity(text.len() / 2), Compression::fast());
        // Writing to memory cannot fail.
        let _ = packer.write_all(text.as_bytes());
        Self {
            hash,
            packed: Packed(packer.finish().unwrap_or_default()),
        }
    }
}

/// Those that differ from what is stored. The others are found by primary key and stay untouched.
const WRITE: &str = "
insert into record_original as o (account_id, model, id, integration_id, hash, body)
select $1, $2, u.id, $3, u.hash, u.body
from unnest($4::text[], $5::bytea[], $6::bytea[]) as u(id, hash, body)
left join lateral (
    select true as same from record_original r
    where r.account_id = $1 and r.model = $2 and r.id = u.id and r.hash = u.hash
    offset 0) k on true
where k.same is null
on conflict (account_id, model, id) do update set hash = excluded.hash, body = excluded.body, stored_at = now()";

/// Writes the originals of a batch that differ; says how many did.
pub(crate) async fn write_originals(
    tx: &mut Tx,
    held: &RunLease,
    model: &str,
    batch: &[RecordWrite],
) -> Result<i64, sqlx::Error> {
    let (mut ids, mut hashes, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    for row in batch {
        if let Some(original) = &row.original {
            ids.push(row.id.as_str());
            hashes.push(original.hash.as_slice());
            bodies.push(original.packed.0.as_slice());
        }
    }
    if ids.is_empty() {
        return Ok(0);
    }
    let done = sqlx::query(WRITE)
        .bind(&held.account_id)
        .bind(model)
        .bind(&held.integration_id)
        .bind(ids)
        .bind(hashes)
        .bind(bodies)
        .execute(tx.one())
        .await?;
    Ok(i64::try_from(done.rows_affected()).unwrap_or(i64::MAX))
}

impl Store {
    /// Says whether an integration keeps the vendor's own records. Those that it kept go when it does not any more;
    /// answers that held them are told to be old.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable` or `Database`.
    pub async fn keep_originals(
        &self,
        account_id: &str,
        integration_id: &str,
        keeps: bool,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "update integration set keeps_originals = $3, updated_at = now() where account_id = $1 and id = $2",
        )
        .bind(account_id)
        .bind(integration_id)
        .bind(keeps)
        .execute(tx.one())
        .await?;
        if done.rows_affected() == 0 {
            return Err(StoreError::NotFound);
        }
        if !keeps {
            // As long as it takes: a large integration has millions of them.
            sqlx::query("set local statement_timeout = 0")
                .execute(tx.one())
                .await?;
            sqlx::query(
                "delete from record_original where account_id = $1 and integration_id = $2",
            )
            .bind(account_id)
            .bind(integration_id)
            .execute(tx.one())
            .await?;
            crate::erase::move_generations(&mut tx, account_id, integration_id).await?;
            tx.notify(&Wake::Generations).await?;
        }
        tx.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_as_it_was() {
        for text in ["{}", r#"{"Id":7,"Name":"Elm é"}"#, &"[1,2]".repeat(9_000)] {
            let original = Original::of(text);
            assert_eq!(original.packed.text().unwrap(), text);
            assert_eq!(original, Original::of(text));
        }
        assert_ne!(Original::of("1").hash, Original::of("2").hash);
        assert!(Packed(b"no zlib".to_vec()).text().is_err());
    }
}
