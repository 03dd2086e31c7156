//! The word of a sync from the words of its runs.

use crate::Status;

/// How a sync ended whose runs ended so.
///
/// Cancelled wins when somebody asked for it. Runs that all read everything make it `succeeded`, or `succeeded_empty`
/// when there was nothing at all. Anything else beside something read is `partial`. With nothing read, a failure is a
/// failure, and a sync that only skipped takes the reason of the skip.
#[must_use]
pub fn sync_result(cancel_requested: bool, runs: &[Status]) -> Status {
    let any = |status: Status| runs.contains(&status);
    if cancel_requested {
        return Status::Cancelled;
    }
    let read = |s: &Status| matches!(s, Status::Succeeded | Status::SucceededEmpty);
    if !runs.is_empty() && runs.iter().all(read) {
        return if any(Status::Succeeded) {
            Status::Succeeded
        } else {
            Status::SucceededEmpty
        };
    }
    if runs.iter().any(|s| read(s) || *s == Status::Partial) {
        return Status::Partial;
    }
    [
        Status::Failed,
        Status::Abandoned,
        Status::Cancelled,
        Status::SkippedNoAccess,
        Status::SkippedNotLicensed,
        Status::SkippedUnsupported,
    ]
    .into_iter()
    .find(|s| any(*s))
    // A sync without a single run that ended has not read anything.
    .unwrap_or(Status::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words() {
        use Status::{
            Abandoned, Cancelled, Failed, Partial, SkippedNoAccess as NoAccess,
            SkippedNotLicensed as NotLicensed, SkippedUnsupported as Unsupported, Succeeded,
            SucceededEmpty as Empty,
        };
        let table: &[(bool, &[Status], Status)] = &[
            (false, &[Succeeded, Succeeded], Succeeded),
            (false, &[Succeeded, Empty], Succeeded),
            (false, &[Empty, Empty], Empty),
            (false, &[Succeeded, NoAccess], Partial),
            (false, &[Empty, NoAccess], Partial),
            (false, &[Succeeded, Unsupported], Partial),
            (false, &[Succeeded, Failed], Partial),
            (false, &[Succeeded, Partial], Partial),
            (false, &[Partial], Partial),
            (false, &[Partial, Failed], Partial),
            (false, &[Succeeded, Abandoned], Partial),
            (false, &[Failed, Failed], Failed),
            (false, &[Failed, NoAccess], Failed),
            (false, &[Failed, Abandoned], Failed),
            (false, &[Abandoned], Abandoned),
            (false, &[NoAccess, NoAccess], NoAccess),
            (false, &[NotLicensed, Unsupported], NotLicensed),
            (false, &[], Failed),
            (true, &[Succeeded, Cancelled], Cancelled),
            (true, &[Succeeded], Cancelled),
            (true, &[Failed], Cancelled),
        ];
        for (cancel, runs, want) in table {
            assert_eq!(sync_result(*cancel, runs), *want, "{cancel} {runs:?}");
        }
    }

    proptest! {
        #[test]
        fn success_is_never_said_of_less_than_all(cancel: bool, picks in proptest::collection::vec(0..Status::ALL.len(), 0..8)) {
            let runs: Vec<Status> = picks.into_iter().map(|i| Status::ALL[i]).filter(|s| s.is_final()).collect();
            let word = sync_result(cancel, &runs);
            prop_assert!(word.is_final());
            if matches!(word, Status::Succeeded | Status::SucceededEmpty) {
                prop_assert!(!cancel && runs.iter().all(|s| matches!(s, Status::Succeeded | Status::SucceededEmpty)));
            }
        }
    }
}
