//! Other credentials for an integration: they replace the old ones only when the vendor takes them.

use std::collections::BTreeMap;

use portcullis_store::StoreError;
use portcullis_store::vault::Candidate;
use serde_json::{Map, Value, json};

use crate::access::DataAccessView;
use crate::audit::Action;
use crate::error::{Refusal, ServiceError};
use crate::principal::Principal;
use crate::{Service, fields, integrations};

impl Service {
    /// Has new credentials checked. They take the place of the old ones when the vendor takes them, for the same
    /// customer; until then, and if it does not, the old ones stay. `data_access` shows how far the check is.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, `integration_archived`, `connector_missing`,
    /// `access_check_running`; [`ServiceError::Invalid`] with every problem of the fields; the database's.
    pub async fn replace_credentials(
        &self,
        principal: &Principal,
        integration_id: &str,
        credentials: &Map<String, Value>,
    ) -> Result<DataAccessView, ServiceError> {
        principal.admin("replacing credentials")?;
        let row = self.own_integration(principal, integration_id).await?;
        integrations::not_archived(&row)?;
        let Some(connector) = self.connector_of(&row).await? else {
            return Err(integrations::connector_missing(&row));
        };
        let mut problems = Vec::new();
        let Some((settings, secrets)) = fields::credentials(&connector, credentials, &mut problems)
        else {
            return Err(ServiceError::Invalid(problems));
        };
        // Of a secret only its name is ever written down.
        let fields: BTreeMap<&str, Vec<&String>> = BTreeMap::from([
            ("settings", settings.keys().collect()),
            ("secrets", secrets.keys().collect()),
        ]);
        let detail = json!(fields);
        let candidate = Candidate {
            settings: Value::Object(settings),
            secrets,
        };
        let proposed = self
            .vault
            .propose(&row.account_id, &row.id, &candidate)
            .await;
        let check_id = match proposed {
            Ok(check_id) => check_id,
            Err(StoreError::Conflict {
                what: "check_running",
            }) => {
                return Err(ServiceError::refused(
                    Refusal::AccessCheckRunning,
                    "A check of this integration's access is running. It ends within 60 seconds; send the credentials then.",
                ));
            }
            Err(error) => return Err(integrations::conflict(error, &row)),
        };
        let mut detail = detail;
        detail["check_id"] = json!(check_id);
        self.audit(principal, Action::ReplaceCredentials, &row.id, detail)
            .await?;
        self.data_access(principal, integration_id).await
    }
}
