//! A claimed access check, from the store and back to it.

use crate::access::{CheckSink, Credentials, ModelAccess, check, evidence_json};
use crate::worker::{NotCallable, Shared};
use futures_util::future::BoxFuture;
use portcullis_egress::Exchange;
use portcullis_runtime::CancellationToken;
use portcullis_store::{
    CheckLease, ClaimedCheck, CredentialsState, CredentialsVerdict, NewVerdict, StoreError,
};
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
    let caller = match shared.caller(&claimed.integration).await {
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
    let sink = Stored {
        shared,
        lease: &claimed.lease,
    };
    let (outcome, message) = match check(&caller, deadline, cancel, &sink).await {
        Credentials::Valid { .. } => ("valid", None),
        Credentials::Rejected(cause) => ("rejected", Some(cause.message)),
        Credentials::Unknown(cause) => ("unknown", Some(cause.message)),
    };
    shared
        .store
        .finish_access_check(&claimed.lease, outcome, message.as_deref())
        .await
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
            let state = match found {
                Credentials::Valid {
                    account_id,
                    account_name,
                } => CredentialsState {
                    verdict: CredentialsVerdict::Valid,
                    message: None,
                    code: None,
                    vendor_account_id: account_id.clone(),
                    vendor_account_name: account_name.clone(),
                },
                Credentials::Rejected(cause) => CredentialsState {
                    verdict: CredentialsVerdict::Rejected,
                    message: Some(cause.message.clone()),
                    code: Some(cause.code.to_owned()),
                    vendor_account_id: None,
                    vendor_account_name: None,
                },
                // A vendor that is down says nothing about credentials: what was known stays.
                Credentials::Unknown(_) => return,
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
            let verdict = NewVerdict {
                verdict: found.word,
                message: found.message.clone(),
                record_count: found
                    .count
                    .map(|count| i64::try_from(count).unwrap_or(i64::MAX)),
                sample: None,
                restrictions: serde_json::to_value(&found.restrictions).unwrap_or_default(),
                evidence: found.evidence.iter().map(evidence_json).collect(),
            };
            if let Err(error) = self
                .shared
                .store
                .save_verdict(self.lease, model, verdict)
                .await
            {
                tracing::warn!(model, error = %error, "a verdict could not be stored");
            }
        })
    }
}
