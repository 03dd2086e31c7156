//! I7: the secret in no log, and in no file of the database but encrypted.

use crate::stage::Stage;
use anyhow::Result;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// The secret as it may be written: plain, in hex, in base64 at each of the three places it may begin.
#[must_use]
pub fn forms(secret: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.as_bytes().to_vec(), hex(secret).into_bytes()];
    for lead in 0..3 {
        let shifted = [&vec![b'x'; lead][..], secret.as_bytes()].concat();
        let text = base64(&shifted);
        // What depends on the neighbours is left out at both ends.
        let inner = &text.as_bytes()[4.min(text.len())..text.len().saturating_sub(4)];
        forms.push(inner.to_vec());
    }
    forms
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let block = chunk
            .iter()
            .chain([&0, &0])
            .take(3)
            .fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        for place in (0..=chunk.len()).map(|place| 18 - 6 * place) {
            text.push(char::from(SIGNS[block >> place & 63]));
        }
    }
    text
}

fn holds(bytes: &[u8], forms: &[Vec<u8>]) -> bool {
    forms.iter().any(|form| {
        bytes
            .windows(form.len())
            .any(|window| window == form.as_slice())
    })
}

/// What the gateways logged since the last look.
pub(super) fn logs(stage: &mut Stage, found: &mut Vec<String>) -> Result<()> {
    let forms = forms(&stage.canary);
    for (replica, searched) in stage.replicas.iter().zip(&mut stage.searched) {
        let Ok(mut log) = File::open(replica.log_path()) else {
            continue;
        };
        // A secret that was half written at the last look begins before it.
        log.seek(SeekFrom::Start(searched.saturating_sub(128)))?;
        let mut bytes = Vec::new();
        log.read_to_end(&mut bytes)?;
        *searched = log.stream_position()?;
        if holds(&bytes, &forms) {
            found.push(format!(
                "I7: the log of {} holds the secret",
                replica.setup.role
            ));
        }
    }
    Ok(())
}

/// Every file of the server, tables, indexes and log of changes alike.
pub(super) fn files(stage: &Stage, found: &mut Vec<String>) -> Result<()> {
    let forms = forms(&stage.canary);
    let mut folders = vec![stage.cluster().data()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let Ok(entry) = entry else { continue };
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if file_holds(&path, &forms) {
                found.push(format!("I7: {} holds the secret", path.display()));
            }
        }
    }
    Ok(())
}

/// Reads in pieces that overlap, so that no place between two is missed.
fn file_holds(path: &Path, forms: &[Vec<u8>]) -> bool {
    // A file that went away meanwhile holds nothing any more.
    let Ok(mut file) = File::open(path) else {
        return false;
    };
    let mut piece = vec![0; 4 << 20];
    let mut kept = 0;
    while let Ok(read) = file.read(&mut piece[kept..]) {
        if read == 0 {
            return false;
        }
        let filled = kept + read;
        if finds(&piece[..filled], forms) {
            return true;
        }
        kept = filled.min(128);
        piece.copy_within(filled - kept..filled, 0);
    }
    false
}

/// As [`holds`], fast enough for gigabytes: looks for the first byte first.
fn finds(bytes: &[u8], forms: &[Vec<u8>]) -> bool {
    forms.iter().any(|form| {
        let Some(first) = form.first() else {
            return false;
        };
        let mut from = 0;
        while let Some(at) = bytes[from..].iter().position(|byte| byte == first) {
            let at = from + at;
            if bytes[at..].starts_with(form) {
                return true;
            }
            from = at + 1;
        }
        false
    })
}
