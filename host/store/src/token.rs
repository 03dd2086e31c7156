//! Tokens that leave the house and come back: sealed, so that nobody can read, make or move one.

use chacha20poly1305::aead::{Aead, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::vault::Vault;

const NONCE: usize = 24;

/// Seals and opens the tokens of one purpose, alike in every process of the installation.
///
/// The nonce is a MAC of what is sealed and where it belongs. So the same content gives the same token, an answer that
/// holds one keeps its `ETag`, and no nonce is ever used for two contents.
#[derive(Clone)]
pub struct TokenKey {
    sealing: Zeroizing<[u8; 32]>,
    naming: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey")
    }
}

impl TokenKey {
    /// The key of a purpose.
    #[must_use]
    pub fn new(vault: &Vault, purpose: &str) -> Self {
        Self {
            sealing: vault.derived_key(&format!("token {purpose} sealing")),
            naming: vault.derived_key(&format!("token {purpose} naming")),
        }
    }

    /// The token of `content`, which opens only with the same `bound`.
    ///
    /// # Panics
    ///
    /// Never: the cipher refuses contents of 256 GiB and more only.
    #[must_use]
    pub fn seal(&self, bound: &[&str], content: &[u8]) -> String {
        data_encoding::BASE64URL_NOPAD.encode(&self.seal_bytes(bound, content))
    }

    /// The same without the letters, for what stays in the house.
    ///
    /// # Panics
    ///
    /// Never: the cipher refuses contents of 256 GiB and more only.
    #[must_use]
    pub fn seal_bytes(&self, bound: &[&str], content: &[u8]) -> Vec<u8> {
        let bound = place(bound);
        let nonce = self.nonce(&bound, content);
        let cipher = XChaCha20Poly1305::new(&(*self.sealing).into());
        let payload = Payload {
            msg: content,
            aad: &bound,
        };
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), payload)
            .unwrap_or_default();
        let mut token = nonce.to_vec();
        token.extend_from_slice(&sealed);
        token
    }

    /// What a token holds; `None` when it was not made here, not for this place, or was changed.
    #[must_use]
    pub fn open(&self, bound: &[&str], token: &str) -> Option<Vec<u8>> {
        let token = data_encoding::BASE64URL_NOPAD
            .decode(token.as_bytes())
            .ok()?;
        self.open_bytes(bound, &token)
    }

    /// The same of what [`seal_bytes`](Self::seal_bytes) made.
    #[must_use]
    pub fn open_bytes(&self, bound: &[&str], token: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = token.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let bound = place(bound);
        let payload = Payload {
            msg: sealed,
            aad: &bound,
        };
        XChaCha20Poly1305::new(&(*self.sealing).into())
            .decrypt(&XNonce::from(nonce), payload)
            .ok()
    }

    /// A name for `content` in its place, the same each time, that tells nothing of it to whoever lacks the key.
    #[must_use]
    pub fn name(&self, bound: &[&str], content: &[u8]) -> [u8; NONCE] {
        self.nonce(&place(bound), content)
    }

    fn nonce(&self, bound: &[u8], content: &[u8]) -> [u8; NONCE] {
        let mut nonce = [0; NONCE];
        // A key of 32 bytes always fits.
        if let Ok(mut mac) = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(self.naming.as_slice())
        {
            mac.update(&(bound.len() as u64).to_be_bytes());
            mac.update(bound);
            mac.update(content);
            nonce.copy_from_slice(&mac.finalize().into_bytes()[..NONCE]);
        }
        nonce
    }
}

/// Parts with their lengths before them, so that no two lists read alike.
fn place(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(byte: u8) -> TokenKey {
        TokenKey {
            sealing: Zeroizing::new([byte; 32]),
            naming: Zeroizing::new([byte ^ 0xff; 32]),
        }
    }

    proptest! {
        #[test]
        fn a_token_opens_in_its_place_alone(content in proptest::collection::vec(any::<u8>(), 0..200), flip in any::<prop::sample::Index>()) {
            let token = key(1).seal(&["acc_1", "units"], &content);
            prop_assert_eq!(key(1).open(&["acc_1", "units"], &token), Some(content.clone()));
            prop_assert_eq!(&key(1).seal(&["acc_1", "units"], &content), &token);
            prop_assert_eq!(key(1).open(&["acc_2", "units"], &token), None);
            prop_assert_eq!(key(1).open(&["acc_1units"], &token), None);
            prop_assert_eq!(key(2).open(&["acc_1", "units"], &token), None);
            let mut bytes = data_encoding::BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
            let at = flip.index(bytes.len());
            bytes[at] ^= 1;
            let bent = data_encoding::BASE64URL_NOPAD.encode(&bytes);
            prop_assert_eq!(key(1).open(&["acc_1", "units"], &bent), None);
        }
    }
}
