//! A claimed access check, from the store and back to it.

use crate::access::{CheckSink, Credentials, ModelAccess, check, evidence_json};
use crate::worker::{NotCallable, Shared};
use futures_util::future::BoxFuture;
use portcullis_egress::Exchange;
use portcullis_runtime::CancellationToken;
use portcullis_store::vault::Candidate;
use portcullis_store::{
    CheckLease, ClaimedCheck, CredentialsState, CredentialsVerdict, IntegrationRow, NewVerdict,
    StoreError,
};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a connector is waited for: after a start or an approval the API offers it some moments before this
/// process has it at hand.
const CONNECTOR_PATIENCE: Duration = Duration::from_secs(5);

/// Runs the check and stores what it finds, as it finds it.
pub(crate) async fn work_check(
    shared: &Shared,
    claimed: ClaimedCheck,
    cancel: &CancellationToken,
) -> Result<(), StoreError> {
    let left = (claimed.deadline_at - claimed.now)
        .to_std()
        .unwrap_or_default();
    let deadline = Instant::now() + left;
    let patience = Instant::now() + CONNECTOR_PATIENCE.min(left);
    while shared.connector(&claimed.integration).is_err()
        && Instant::now() < patience
        && !cancel.is_cancelled()
    {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let candidate = match claimed.candidate {
        true => Some(shared.vault.open_candidate(&claimed.lease).await?),
        false => None,
    };
    let caller = match &candidate {
        None => shared.caller(&claimed.integration).await,
        Some(candidate) => {
            let integration = IntegrationRow {
                settings: candidate.settings.clone(),
                ..claimed.integration.clone()
            };
            shared.caller_with(&integration, candidate.secrets.clone())
        }
    };
    let caller = match caller {
        Ok(caller) => caller,
        Err(NotCallable::Store(error)) => return Err(error),
        Err(error) => {
            let message = error.to_string();
            return shared
                .store
                .finish_access_check(&claimed.lease, "failed", Some(&message))
                .await;
        }
    };
    let (outcome, message) = match &candidate {
        None => {
            let sink = Stored {
                shared,
                lease: &claimed.lease,
            };
            outcome(check(&caller, deadline, cancel, &sink).await)
        }
        Some(candidate) => {
            let kept = Kept::default();
            let found = check(&caller, deadline, cancel, &kept).await;
            let fingerprint = caller.fingerprints().session.as_str();
            decide(shared, &claimed, (candidate, fingerprint), found, kept).await?
        }
    };
    shared
        .store
        .finish_access_check(&claimed.lease, outcome, message.as_deref())
        .await
}

fn outcome(found: Credentials) -> (&'static str, Option<String>) {
    match found {
        Credentials::Valid { .. } => ("valid", None),
        Credentials::Rejected(cause) => ("rejected", Some(cause.message)),
        Credentials::Unknown(cause) => ("unknown", Some(cause.message)),
    }
}

/// New credentials take the place of the old ones only if the vendor takes them, and for the same customer: the records
/// of two customers must not become one integration's.
async fn decide(
    shared: &Shared,
    claimed: &ClaimedCheck,
    (candidate, fingerprint): (&Candidate, &str),
    found: Credentials,
    kept: Kept,
) -> Result<(&'static str, Option<String>), StoreError> {
    let Credentials::Valid { account_id, .. } = &found else {
        return Ok(outcome(found));
    };
    let known = claimed.integration.vendor_account_id.as_ref();
    if let (Some(known), Some(other)) = (known, account_id)
        && known != other
    {
        let message = format!(
            "The vendor takes them, but they belong to another customer ({other}, not {known}). The old ones stay."
        );
        return Ok(("other_account", Some(message)));
    }
    let state = state(&found);
    if let Some(state) = state {
        shared
            .vault
            .adopt_candidate(&claimed.lease, candidate, fingerprint, &state)
            .await?;
    }
    for (model, verdict) in kept.into_verdicts() {
        shared
            .store
            .save_verdict(&claimed.lease, &model, verdict)
            .await?;
    }
    Ok(outcome(found))
}

/// What is written down about credentials; nothing where nothing was found out.
fn state(found: &Credentials) -> Option<CredentialsState> {
    match found {
        Credentials::Valid {
            account_id,
            account_name,
        } => Some(CredentialsState {
            verdict: CredentialsVerdict::Valid,
            message: None,
            code: None,
            vendor_account_id: account_id.clone(),
            vendor_account_name: account_name.clone(),
        }),
        Credentials::Rejected(cause) => Some(CredentialsState {
            verdict: CredentialsVerdict::Rejected,
            message: Some(cause.message.clone()),
            code: Some(cause.code.to_owned()),
            vendor_account_id: None,
            vendor_account_name: None,
        }),
        // A vendor that is down says nothing about credentials: what was known stays.
        Credentials::Unknown(_) => None,
    }
}

fn verdict(found: &ModelAccess) -> NewVerdict {
    NewVerdict {
        verdict: found.word,
        message: found.message.clone(),
        record_count: found
            .count
            .map(|count| i64::try_from(count).unwrap_or(i64::MAX)),
        sample: None,
        restrictions: serde_json::to_value(&found.restrictions).unwrap_or_default(),
        evidence: found.evidence.iter().map(evidence_json).collect(),
    }
}

/// Keeps what is found out about credentials that may not be taken.
#[derive(Default)]
struct Kept(Mutex<Vec<(String, NewVerdict)>>);

impl Kept {
    fn into_verdicts(self) -> Vec<(String, NewVerdict)> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CheckSink for Kept {
    fn credentials<'a>(&'a self, _: &'a Credentials, _: &'a [Exchange]) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }

    fn model<'a>(&'a self, model: &'a str, found: &'a ModelAccess) -> BoxFuture<'a, ()> {
        let kept = (model.to_owned(), verdict(found));
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(kept);
        Box::pin(async {})
    }
}

/// Stores each result when it comes.
struct Stored<'s> {
    shared: &'s Shared,
    lease: &'s CheckLease,
}

impl CheckSink for Stored<'_> {
    fn credentials<'a>(
        &'a self,
        found: &'a Credentials,
        _evidence: &'a [Exchange],
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let Some(state) = state(found) else {
                return;
            };
            let (account, integration) = (&self.lease.account_id, &self.lease.integration_id);
            if let Err(error) = self
                .shared
                .store
                .set_credentials_state(account, integration, state)
                .await
            {
                tracing::warn!(error = %error, "the word on the credentials could not be stored");
            }
        })
    }

    fn model<'a>(&'a self, model: &'a str, found: &'a ModelAccess) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if let Err(error) = self
                .shared
                .store
                .save_verdict(self.lease, model, verdict(found))
                .await
            {
                tracing::warn!(model, error = %error, "a verdict could not be stored");
            }
        })
    }
}
