//! Keys, and what they seal: a blob opens with its own key, in its own place, or not at all.

use crate::StoreError;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const FORMAT: u8 = 1;
pub(super) const KEY_ID: usize = 8;
const NONCE: usize = 24;
const HEADER: usize = 1 + KEY_ID + NONCE;

/// 32 bytes of key that are wiped when dropped and never printed.
pub(super) struct Key(pub(super) Zeroizing<[u8; 32]>);

impl Key {
    pub(super) fn random() -> Self {
        Self(Zeroizing::new(rand::random()))
    }

    /// Derived from the key by a hash: names it without telling it.
    pub(super) fn id(&self) -> [u8; KEY_ID] {
        let digest = Sha256::new()
            .chain_update(b"portcullis key id")
            .chain_update(self.0.as_slice())
            .finalize();
        let mut id = [0; KEY_ID];
        id.copy_from_slice(&digest[..KEY_ID]);
        id
    }

    pub(super) fn seal(&self, place: &Place<'_>, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let nonce: [u8; NONCE] = rand::random();
        let cipher = XChaCha20Poly1305::new(&(*self.0).into());
        let sealed = cipher
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: plain,
                    aad: &place.associated_data(),
                },
            )
            .map_err(|_| StoreError::Corrupt("a secret is too large to seal"))?;
        let mut blob = Vec::with_capacity(HEADER + sealed.len());
        blob.push(FORMAT);
        blob.extend_from_slice(&self.id());
        blob.extend_from_slice(&nonce);
        blob.extend_from_slice(&sealed);
        Ok(blob)
    }

    pub(super) fn open(
        &self,
        place: &Place<'_>,
        blob: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        const BROKEN: StoreError = StoreError::Corrupt("a sealed value does not open");
        if blob.len() < HEADER || blob[0] != FORMAT || blob[1..=KEY_ID] != self.id() {
            return Err(BROKEN);
        }
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&blob[1 + KEY_ID..HEADER]);
        XChaCha20Poly1305::new(&(*self.0).into())
            .decrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: &blob[HEADER..],
                    aad: &place.associated_data(),
                },
            )
            .map(Zeroizing::new)
            .map_err(|_| BROKEN)
    }
}

/// Where a blob belongs.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) account_id: &'a str,
    pub(super) integration_id: &'a str,
    pub(super) environment: &'a str,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) data_key_version: i32,
}

/// The id of the key that a blob was sealed with.
pub(super) fn sealed_with(blob: &[u8]) -> Option<&[u8]> {
    blob.get(1..=KEY_ID)
}

impl<'a> Place<'a> {
    /// The place of what belongs to the installation as a whole.
    pub(super) const fn of_installation(kind: &'a str, name: &'a str) -> Self {
        Self {
            account_id: "",
            integration_id: "",
            environment: "",
            kind,
            name,
            data_key_version: 0,
        }
    }

    /// Every part with its length before it, so that no two places give the same bytes.
    fn associated_data(&self) -> Vec<u8> {
        let version = self.data_key_version.to_be_bytes();
        let parts: [&[u8]; 7] = [
            &[FORMAT],
            self.account_id.as_bytes(),
            self.integration_id.as_bytes(),
            self.environment.as_bytes(),
            self.kind.as_bytes(),
            self.name.as_bytes(),
            &version,
        ];
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(byte: u8) -> Key {
        Key(Zeroizing::new([byte; 32]))
    }

    proptest! {
        #[test]
        fn opens_only_in_its_own_place(parts in proptest::array::uniform5("[a-z]{0,6}"), version in 0..9i32, other in 0..6usize,
                                       changed in "[a-z]{0,6}", plain in proptest::collection::vec(any::<u8>(), 0..64)) {
            let here = Place { account_id: &parts[0], integration_id: &parts[1], environment: &parts[2],
                               kind: &parts[3], name: &parts[4], data_key_version: version };
            let mut there = here;
            match other {
                0 => there.account_id = &changed,
                1 => there.integration_id = &changed,
                2 => there.environment = &changed,
                3 => there.kind = &changed,
                4 => there.name = &changed,
                _ => there.data_key_version += 1,
            }
            let blob = key(7).seal(&here, &plain).unwrap();
            let opened = key(7).open(&here, &blob).unwrap();
            prop_assert_eq!(opened.as_slice(), plain.as_slice());
            let same = other < 5 && parts[other] == changed;
            prop_assert_eq!(key(7).open(&there, &blob).is_ok(), same);
            prop_assert!(key(8).open(&here, &blob).is_err());
        }

        #[test]
        fn parts_cannot_slide_into_each_other(a in "[a-z]{1,6}", b in "[a-z]{1,6}") {
            let joined = format!("{a}{b}");
            let place = Place { account_id: &a, integration_id: &b, environment: "", kind: "", name: "", data_key_version: 1 };
            let slid = Place { account_id: &joined, integration_id: "", ..place };
            prop_assert_ne!(place.associated_data(), slid.associated_data());
        }

        #[test]
        fn any_flipped_bit_is_noticed(plain in proptest::collection::vec(any::<u8>(), 1..64), at in any::<prop::sample::Index>(), bit in 0..8u8) {
            let place = Place { account_id: "a", integration_id: "i", environment: "sandbox", kind: "secret", name: "n", data_key_version: 1 };
            let mut blob = key(7).seal(&place, &plain).unwrap();
            let at = at.index(blob.len());
            blob[at] ^= 1 << bit;
            prop_assert!(key(7).open(&place, &blob).is_err());
        }
    }
}
