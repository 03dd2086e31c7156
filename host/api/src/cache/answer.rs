//! A finished answer: its bytes once, and once more compressed when somebody wants them so.

use std::io::{self, Write as _};

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderValue;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::core::Stamp;
use super::headers::ascii;
use portcullis_front::Coding;
use portcullis_sealed::seal;

/// Bodies below this many bytes stay as they are: one packet carries them either way.
const WORTH_CODING: usize = 1024;

/// A finished answer.
#[derive(Debug)]
pub(crate) struct Answer {
    plain: Bytes,
    /// Made when it is asked for first; `None` inside where it would not be smaller.
    gzip: OnceCell<Option<Bytes>>,
    /// Quoted, strong, and of one coding alone.
    plain_etag: HeaderValue,
    gzip_etag: HeaderValue,
    /// When the database took the snapshot, by its own clock, as a header says it.
    pub(crate) data_as_of: HeaderValue,
    pub(crate) stamp: Stamp,
}

/// An answer in one coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form<'a> {
    pub(crate) bytes: &'a Bytes,
    pub(crate) etag: &'a HeaderValue,
    pub(crate) coding: Coding,
}

impl Answer {
    /// Seals the bytes with their tags.
    pub(crate) fn new(bytes: Vec<u8>, data_as_of: DateTime<Utc>, stamp: Stamp) -> Self {
        let digest = Sha256::digest(&bytes);
        let tag = data_encoding::HEXLOWER.encode(&digest[..16]);
        Self {
            plain: bytes.into(),
            gzip: OnceCell::new(),
            plain_etag: ascii(format!("\"{tag}\"")),
            gzip_etag: ascii(format!("\"{tag}-gzip\"")),
            data_as_of: ascii(data_as_of.to_rfc3339_opts(SecondsFormat::Millis, true)),
            stamp,
        }
    }

    /// As it is kept, so that it can be sent often.
    pub(crate) fn kept(self) -> Self {
        Self {
            plain: seal(self.plain),
            ..self
        }
    }

    /// The bytes as they are.
    pub(crate) fn plain(&self) -> Form<'_> {
        Form {
            bytes: &self.plain,
            etag: &self.plain_etag,
            coding: Coding::Identity,
        }
    }

    /// The form in this coding, if it need not be made first.
    pub(crate) fn ready(&self, coding: Coding) -> Option<Form<'_>> {
        if coding == Coding::Identity || self.plain.len() < WORTH_CODING {
            return Some(self.plain());
        }
        let form = self.gzip.get()?.as_ref().map(|bytes| Form {
            bytes,
            etag: &self.gzip_etag,
            coding: Coding::Gzip,
        });
        Some(form.unwrap_or(self.plain()))
    }

    /// Makes the compressed form, once for all who want it. Returns whether it was made here.
    pub(crate) async fn compress(&self) -> bool {
        let mut made_here = false;
        self.gzip
            .get_or_init(|| {
                made_here = true;
                let plain = self.plain.clone();
                async move {
                    // A page of 250 records takes some milliseconds, too long for a thread that serves others.
                    let made = tokio::task::spawn_blocking(move || compressed(&plain)).await;
                    made.ok().and_then(Result::ok).flatten()
                }
            })
            .await;
        made_here
    }

    /// The tag of this answer that the caller knows already, in whatever form.
    pub(crate) fn tag_among<'a>(
        &self,
        mut known: impl Iterator<Item = &'a [u8]>,
    ) -> Option<&HeaderValue> {
        let tags = [&self.plain_etag, &self.gzip_etag];
        known.find_map(|tag| tags.into_iter().find(|own| own.as_bytes() == tag))
    }

    /// What all its forms take, in bytes.
    pub(crate) fn weight(&self) -> usize {
        let gzip = self.gzip.get().and_then(Option::as_ref);
        self.plain.len() + gzip.map_or(0, Bytes::len)
    }
}

/// The compressed bytes, or nothing where they would not be fewer by a tenth.
fn compressed(plain: &Bytes) -> io::Result<Option<Bytes>> {
    let room = Vec::with_capacity(plain.len() / 4);
    let mut encoder = GzEncoder::new(room, Compression::default());
    encoder.write_all(plain)?;
    let bytes = encoder.finish()?;
    Ok((bytes.len() <= plain.len() / 10 * 9).then(|| seal(bytes.into())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;
    use std::time::Duration;

    fn answer(bytes: Vec<u8>) -> Answer {
        let snapshot = Duration::ZERO;
        Answer::new(bytes, Utc::now(), Stamp { snapshot })
    }

    #[tokio::test]
    async fn the_compressed_form_is_made_once_and_says_the_same_under_a_tag_of_its_own() {
        let text = "{\"number\": \"1A\"}".repeat(500).into_bytes();
        let answer = answer(text.clone());
        assert!(answer.ready(Coding::Gzip).is_none());
        let alone = answer.weight();
        let (one, other) = tokio::join!(answer.compress(), answer.compress());
        assert!(one != other, "one of two makes it");
        assert!(!answer.compress().await);
        let gzip = answer.ready(Coding::Gzip).unwrap();
        assert_eq!(gzip.coding, Coding::Gzip);
        assert_eq!(answer.weight(), alone + gzip.bytes.len());
        let mut back = Vec::new();
        flate2::read::GzDecoder::new(gzip.bytes.as_ref())
            .read_to_end(&mut back)
            .unwrap();
        assert_eq!(back, text);
        assert_ne!(gzip.etag, answer.plain().etag);
        for form in [gzip, answer.plain()] {
            let known = answer.tag_among([b"\"x\"".as_slice(), form.etag.as_bytes()].into_iter());
            assert_eq!(known, Some(form.etag));
        }
        assert_eq!(answer.tag_among([b"\"x\"".as_slice()].into_iter()), None);
    }

    #[tokio::test]
    async fn what_is_small_or_does_not_shrink_stays_as_it_is() {
        let small = answer(vec![b' '; WORTH_CODING - 1]);
        assert_eq!(small.ready(Coding::Gzip).unwrap().coding, Coding::Identity);
        let noise: Vec<u8> = (0..4096).map(|_| rand::random()).collect();
        let noise = answer(noise);
        assert!(noise.compress().await);
        assert_eq!(noise.ready(Coding::Gzip).unwrap().coding, Coding::Identity);
    }
}
