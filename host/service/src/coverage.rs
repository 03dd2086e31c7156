//! Which fields of which models a vendor fills: what its connector declares, beside what was stored.

use portcullis_model::MODELS;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Thing;
use crate::integrations::ConnectorRef;
use crate::principal::Principal;
use crate::{Service, ServiceError};

/// The coverage of a vendor.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CoverageView {
    /// The vendor's word.
    pub vendor: String,
    /// The vendor's name for people.
    pub name: String,
    /// The connector and its version.
    pub connector: ConnectorRef,
    /// Every model of the API, and those that the connector has of its own.
    pub models: Vec<ModelCoverageView>,
}

/// The coverage of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ModelCoverageView {
    /// Its name.
    pub name: String,
    /// Whether the connector reads it.
    pub supported: bool,
    /// Stored records that were looked at: some two thousand at most, of the newest integrations of this account and
    /// environment.
    pub records: i64,
    /// Its fields, in the order of the model.
    pub fields: Vec<FieldCoverageView>,
}

/// The coverage of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldCoverageView {
    /// Its name.
    pub name: String,
    /// What is known of it.
    pub state: FieldState,
    /// In how many of the records that were looked at it has a value.
    pub filled: i64,
}

/// What is known of a field of a vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldState {
    /// At least one record has a value.
    Filled,
    /// There are records, and none has a value.
    Empty,
    /// The connector does not read the model.
    Unsupported,
    /// There is no record to tell from.
    Unknown,
}

impl Service {
    /// What a vendor fills, as far as the principal's own records tell.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `vendor_not_found` or the database's.
    pub async fn vendor_coverage(
        &self,
        principal: &Principal,
        vendor: &str,
    ) -> Result<CoverageView, ServiceError> {
        principal.may_look("looking at a vendor's coverage")?;
        let connector = self
            .connector_by_vendor(vendor)
            .await?
            .ok_or_else(|| ServiceError::not_found(Thing::Vendor, vendor))?;
        let declared = connector.models();
        let supported = |name: &str| declared.iter().any(|it| it.name == name && it.supported);
        let known = MODELS.iter().map(|spec| spec.name.to_owned());
        let own = declared
            .iter()
            .map(|model| model.name.clone())
            .filter(|name| MODELS.iter().all(|spec| spec.name != name));
        let names: Vec<String> = known.chain(own).collect();
        let read: Vec<String> = names
            .iter()
            .filter(|name| supported(name) && principal.reads(name))
            .cloned()
            .collect();
        let mut seen = self
            .store
            .field_coverage(
                &principal.account_id,
                principal.environment,
                vendor,
                &read,
                principal.integrations().map(|own| &own[..]),
            )
            .await?;
        let models = names.into_iter().map(|name| {
            let supported = supported(&name);
            let seen = seen.remove(&name).unwrap_or_default();
            let spec = MODELS.iter().find(|spec| spec.name == name);
            // Of a model of the connector's own no more is known than what it filled.
            let fields: Vec<String> = match spec {
                Some(spec) => spec
                    .payload_fields
                    .iter()
                    .map(|&field| field.to_owned())
                    .collect(),
                None => seen.filled.keys().cloned().collect(),
            };
            let field = |name: String| {
                let filled = seen.filled.get(&name).copied().unwrap_or_default();
                FieldCoverageView {
                    state: match (supported, seen.records, filled) {
                        (false, _, _) => FieldState::Unsupported,
                        (true, 0, _) => FieldState::Unknown,
                        (true, _, 0) => FieldState::Empty,
                        (true, _, _) => FieldState::Filled,
                    },
                    name,
                    filled,
                }
            };
            ModelCoverageView {
                fields: fields.into_iter().map(field).collect(),
                name,
                supported,
                records: seen.records,
            }
        });
        Ok(CoverageView {
            vendor: vendor.to_owned(),
            name: connector.row.name.clone(),
            connector: connector.reference(),
            models: models.collect(),
        })
    }
}
