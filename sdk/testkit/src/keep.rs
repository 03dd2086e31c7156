//! Everything that a component hands over, as texts.

use portcullis_runtime::contract::{Error, Identity, Next, Page, Verdict};

pub(crate) fn texts_of_identity(identity: &Identity) -> Vec<&str> {
    let both = identity.account_id.iter().chain(&identity.display_name);
    both.map(String::as_str).collect()
}

pub(crate) fn texts_of_verdict(verdict: &Verdict) -> Vec<&str> {
    match verdict {
        Verdict::Granted(finding) | Verdict::Partial(finding) => {
            let sample = finding.sample.iter().map(|key| key.external_id.as_str());
            let reasons = finding.restrictions.iter().flat_map(|restriction| {
                let subjects = restriction.subjects.iter().map(String::as_str);
                subjects.chain(restriction.reason.as_deref())
            });
            sample.chain(reasons).collect()
        }
        Verdict::Denied(words) | Verdict::NotLicensed(words) | Verdict::Unknown(words) => {
            vec![words]
        }
        Verdict::Empty | Verdict::Unsupported => Vec::new(),
    }
}

pub(crate) fn texts_of_error(error: &Error) -> Vec<&str> {
    let code = error.code.as_deref();
    code.into_iter().chain([error.message.as_str()]).collect()
}

pub(crate) fn texts_of_page(page: &Page) -> Vec<&str> {
    let mut texts: Vec<&str> = next_text(&page.next).into_iter().collect();
    for batch in &page.batches {
        for upsert in &batch.upserts {
            texts.push(&upsert.key.external_id);
            texts.extend(upsert.key.scope.as_deref());
            texts.push(&upsert.payload);
            texts.extend(upsert.original.as_deref());
        }
        for tombstone in &batch.tombstones {
            texts.push(&tombstone.key.external_id);
        }
        for omission in &batch.omissions {
            texts.push(&omission.message);
        }
    }
    texts.extend(page.extras.iter().map(|(_, value)| value.as_str()));
    texts
}

/// The cursor or the watermark.
pub(crate) fn next_text(next: &Next) -> Option<&str> {
    match next {
        Next::More(cursor) => Some(cursor),
        Next::Complete(watermark) => watermark.as_deref(),
    }
}

pub(crate) fn bytes_of(page: &Page) -> usize {
    texts_of_page(page).iter().map(|text| text.len()).sum()
}
