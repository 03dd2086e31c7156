//! Vendors: what the loaded connectors offer, what waits for approval, what was refused.

use chrono::{DateTime, Utc};
use portcullis_store::{ConnectorRefusalRow, ConnectorStatus, ConnectorVersionRow, StoreError};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::Service;
use crate::audit::Action;
use crate::connectors::Connector;
use crate::error::{InputProblem, Refusal, ServiceError, Thing};
use crate::integrations::ConnectorRef;
use crate::principal::Principal;

/// All vendors, and the files that are none.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VendorsView {
    /// By the vendor's word.
    pub vendors: Vec<VendorView>,
    /// Files in the connectors folder that were refused, whichever vendor they are for.
    pub refused_files: Vec<RefusedFile>,
}

/// A vendor, as the connector that serves it describes it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VendorView {
    /// The vendor's word, which an integration names.
    pub vendor: String,
    /// The vendor's name for people.
    pub name: String,
    /// `active`, or `pending_approval` while no version was ever approved.
    pub status: &'static str,
    /// The connector and its version.
    pub connector: ConnectorRef,
    /// When this version was loaded.
    pub loaded_at: DateTime<Utc>,
    /// Where people read about the vendor's API or credentials.
    pub help_url: Option<String>,
    /// The vendor's logo as a `data:` URL.
    pub logo: Option<String>,
    /// Who made the connector.
    pub publisher: String,
    /// The models that the connector knows of.
    pub models: Vec<ModelView>,
    /// The environments that integrations can be made in.
    pub environments: Vec<EnvironmentView>,
    /// The fields of the form for a new customer, in order.
    pub credential_fields: Vec<FieldView>,
    /// Rules over groups of fields.
    pub field_groups: Vec<FieldGroupView>,
    /// What it may do, for people.
    #[serde(skip)]
    pub grants: Option<Value>,
    /// A version that waits for approval.
    pub pending_approval: Option<PendingView>,
    /// This vendor's files that were refused.
    pub refused_files: Vec<RefusedFile>,
}

/// A model that a connector knows of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ModelView {
    /// Its name.
    pub name: String,
    /// Whether the connector can read it.
    pub supported: bool,
    /// The model on whose pages it arrives, for a companion.
    pub lead: Option<String>,
    /// What the customer has to grant so that it can be read, in the words of the vendor's own settings.
    pub access_help: Option<String>,
}

/// An environment of a vendor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EnvironmentView {
    /// `sandbox` or `production`.
    pub name: &'static str,
    /// Where the vendor's API is; null where a field says so.
    pub base_url: Option<String>,
}

/// A field of the form for a new customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldView {
    /// Its name under `credentials`.
    pub name: String,
    /// What people read before it.
    pub label: String,
    /// Where one gets it.
    pub help: Option<String>,
    /// Page that explains it.
    pub help_url: Option<String>,
    /// Whether it is masked, sealed and never shown again.
    pub secret: bool,
    /// Whether it must be filled in, as far as no group says otherwise.
    pub required: bool,
    /// A regular expression that the whole value must match.
    pub pattern: Option<String>,
    /// The group it belongs to.
    pub group: Option<String>,
}

/// A rule over groups of fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldGroupView {
    /// The group's name.
    pub name: String,
    /// What people read above it.
    pub label: String,
    /// Groups with the same word here are alternatives, of which exactly one is filled in; null for a group that may be
    /// left out.
    pub one_of: Option<String>,
}

/// A version that asks for more than was approved.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PendingView {
    /// Its version.
    pub version: String,
    /// SHA-256 of its file in hex: what an approval names.
    pub digest: String,
    /// What it asks for beyond what was approved.
    #[schema(value_type = Object)]
    pub difference: Option<Value>,
    /// All that it asks for.
    #[schema(value_type = Object)]
    pub grants: Value,
    /// When it was loaded.
    pub loaded_at: DateTime<Utc>,
}

/// A file that is no connector, or not one that is accepted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RefusedFile {
    /// Its name in the connectors folder.
    pub file: String,
    /// SHA-256 in hex.
    pub digest: String,
    /// The connector that it says to be.
    pub connector_id: Option<String>,
    /// The vendor that it says to be for.
    pub vendor: Option<String>,
    /// A stable word for the reason.
    pub code: String,
    /// The reason, and what to do.
    pub detail: String,
    /// When it was refused.
    pub at: DateTime<Utc>,
}

impl From<ConnectorRefusalRow> for RefusedFile {
    fn from(row: ConnectorRefusalRow) -> Self {
        Self {
            file: row.file,
            digest: row.digest,
            connector_id: row.connector_id,
            vendor: row.vendor,
            code: row.code,
            detail: row.detail,
            at: row.at,
        }
    }
}

impl Service {
    /// The vendors that the loaded connectors offer.
    ///
    /// # Errors
    ///
    /// `role_insufficient` or the database's.
    pub async fn list_vendors(&self, principal: &Principal) -> Result<VendorsView, ServiceError> {
        principal.may_look("listing vendors")?;
        let rows = self.store.list_connectors().await?;
        let refused_files: Vec<RefusedFile> = self
            .store
            .list_refusals()
            .await?
            .into_iter()
            .map(RefusedFile::from)
            .collect();
        let pending: Vec<&ConnectorVersionRow> = rows
            .iter()
            .filter(|row| row.status == ConnectorStatus::PendingApproval)
            .collect();
        let mut vendors = Vec::new();
        // Active versions first: a pending one speaks for a vendor only where nothing serves it.
        let active = rows
            .iter()
            .filter(|row| row.status == ConnectorStatus::Active);
        for row in active.chain(pending.iter().copied()) {
            if vendors
                .iter()
                .any(|known: &VendorView| known.connector.id == row.connector_id)
            {
                continue;
            }
            let waiting = pending
                .iter()
                .find(|other| other.connector_id == row.connector_id);
            vendors.push(view(row, waiting.copied(), &refused_files)?);
        }
        vendors.sort_by(|a, b| (&a.vendor, &a.connector.id).cmp(&(&b.vendor, &b.connector.id)));
        Ok(VendorsView {
            vendors,
            refused_files,
        })
    }

    /// One vendor.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `vendor_not_found` or the database's.
    pub async fn get_vendor(
        &self,
        principal: &Principal,
        vendor: &str,
    ) -> Result<VendorView, ServiceError> {
        let all = self.list_vendors(principal).await?;
        all.vendors
            .into_iter()
            .find(|known| known.vendor == vendor)
            .ok_or_else(|| ServiceError::not_found(Thing::Vendor, vendor))
    }

    /// Approves what the pending version of a connector asks for; it serves from then on.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `connector_not_found`, `nothing_pending`, `digest_mismatch` or the database's.
    pub async fn approve_connector(
        &self,
        principal: &Principal,
        connector_id: &str,
        digest: &str,
    ) -> Result<VendorView, ServiceError> {
        principal.admin("approving a connector")?;
        principal.whole_account("approving a connector")?;
        let rows = self.store.list_connectors().await?;
        let versions: Vec<&ConnectorVersionRow> = rows
            .iter()
            .filter(|row| row.connector_id == connector_id)
            .collect();
        if versions.is_empty() {
            return Err(ServiceError::not_found(Thing::Connector, connector_id));
        }
        let pending = versions
            .into_iter()
            .find(|row| row.status == ConnectorStatus::PendingApproval);
        let nothing_pending = || {
            ServiceError::refused(
                Refusal::NothingPending,
                "No version of this connector waits for approval.",
            )
        };
        let pending = pending.ok_or_else(nothing_pending)?;
        if pending.digest != digest {
            return Err(ServiceError::refused(
                Refusal::DigestMismatch,
                "Another version of this connector waits for approval than the digest names. Read the difference again \
                 and approve the digest that is shown there.",
            ));
        }
        let approved = self
            .store
            .approve_connector(connector_id, digest, &principal.key_id)
            .await;
        let row = approved.map_err(|error| match error {
            // It was superseded or removed since it was read above.
            StoreError::Conflict { .. } | StoreError::NotFound => nothing_pending(),
            other => other.into(),
        })?;
        self.audit(
            principal,
            Action::ApproveConnector,
            connector_id,
            json!({"digest": digest}),
        )
        .await?;
        self.get_vendor(principal, &row.vendor).await
    }

    /// What is wrong with a vendor that no connector offers.
    pub(crate) async fn unknown_vendor(&self) -> Result<InputProblem, ServiceError> {
        let mut known: Vec<String> = self
            .active_connectors()
            .await?
            .into_iter()
            .map(|connector| connector.row.vendor)
            .collect();
        known.sort_unstable();
        known.dedup();
        let detail = if known.is_empty() {
            "No connector is loaded yet. Put one into the connectors folder.".to_owned()
        } else {
            format!(
                "No loaded connector offers this vendor. Known: {}.",
                known.join(", ")
            )
        };
        Ok(InputProblem::pointer(
            "/integration_vendor",
            "unknown_vendor",
            detail,
        ))
    }
}

fn view(
    row: &ConnectorVersionRow,
    pending: Option<&ConnectorVersionRow>,
    refused: &[RefusedFile],
) -> Result<VendorView, ServiceError> {
    let connector = Connector::read(row.clone())?;
    let models = connector.models().into_iter().map(|model| ModelView {
        access_help: connector.access_help(&model.name),
        name: model.name,
        supported: model.supported,
        lead: model.lead,
    });
    let of_this = |file: &&RefusedFile| {
        file.connector_id.as_deref() == Some(row.connector_id.as_str())
            || file.vendor.as_deref() == Some(row.vendor.as_str())
    };
    Ok(VendorView {
        vendor: row.vendor.clone(),
        name: row.name.clone(),
        status: row.status.as_str(),
        connector: connector.reference(),
        loaded_at: row.loaded_at,
        help_url: connector.manifest().help_url.clone(),
        logo: connector.manifest().logo.clone(),
        publisher: connector.manifest().publisher.clone(),
        models: models.collect(),
        environments: connector.environments(),
        credential_fields: connector.fields(),
        field_groups: connector.field_groups(),
        grants: Some(row.grants.clone()),
        pending_approval: pending.map(|version| PendingView {
            version: version.version.clone(),
            digest: version.digest.clone(),
            difference: version.difference.clone(),
            grants: version.grants.clone(),
            loaded_at: version.loaded_at,
        }),
        refused_files: refused.iter().filter(of_this).cloned().collect(),
    })
}
