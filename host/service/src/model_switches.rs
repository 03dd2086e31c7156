//! Models on or off.

use std::collections::BTreeMap;

use portcullis_plan::Given;
use portcullis_store::{IntegrationRow, ModelSwitchRow};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::Service;
use crate::audit::Action;
use crate::connectors::Connector;
use crate::error::{InputProblem, ServiceError};
use crate::integrations;
use crate::principal::Principal;
use crate::start::unknown_model;

/// The switches of an integration's models.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ModelSwitchesView {
    /// One per model of the connector, in its order.
    pub models: Vec<ModelSwitchView>,
}

/// A model's switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ModelSwitchView {
    /// The model.
    pub model: String,
    /// Whether it is read, from the next sync on.
    pub enabled: bool,
    /// Whether it is where nobody said otherwise.
    pub enabled_by_default: bool,
    /// The model on whose pages it arrives: it is read only while that one is.
    pub lead: Option<String>,
    /// Whether the vendor has it at all.
    pub supported: bool,
}

impl Service {
    /// Which models of an integration are read.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, `connector_missing`, or the database's.
    pub async fn model_switches(
        &self,
        principal: &Principal,
        integration_id: &str,
    ) -> Result<ModelSwitchesView, ServiceError> {
        principal.may_look("reading the switches of models")?;
        let row = self.own_integration(principal, integration_id).await?;
        let Some(connector) = self.connector_of(&row).await? else {
            return Err(integrations::connector_missing(&row));
        };
        self.switches_view(&row, &connector).await
    }

    /// Switches models on or off, from the next sync on. What was read of a model that is switched off stays readable.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, `integration_archived`, `connector_missing`;
    /// [`ServiceError::Invalid`] for models that there are not; the database's.
    pub async fn switch_models(
        &self,
        principal: &Principal,
        integration_id: &str,
        wanted: BTreeMap<String, bool>,
    ) -> Result<ModelSwitchesView, ServiceError> {
        principal.admin("switching models on or off")?;
        let row = self.own_integration(principal, integration_id).await?;
        integrations::not_archived(&row)?;
        let Some(connector) = self.connector_of(&row).await? else {
            return Err(integrations::connector_missing(&row));
        };
        let names = connector.model_names();
        let problems: Vec<InputProblem> = wanted
            .keys()
            .filter(|model| !names.contains(model))
            .map(|model| {
                let escaped = model.replace('~', "~0").replace('/', "~1");
                unknown_model(format!("/models/{escaped}"), &connector)
            })
            .collect();
        if !problems.is_empty() {
            return Err(ServiceError::Invalid(problems));
        }
        let switches: Vec<ModelSwitchRow> = wanted
            .iter()
            .map(|(model, enabled)| ModelSwitchRow {
                model: model.clone(),
                enabled: *enabled,
            })
            .collect();
        self.store
            .switch_models(&row.account_id, &row.id, &switches)
            .await?;
        let view = self.switches_view(&row, &connector).await?;
        let off: Vec<String> = view
            .models
            .iter()
            .filter(|model| !model.enabled)
            .map(|model| model.model.clone())
            .collect();
        self.store
            .settle_models(&row.account_id, &row.id, &off)
            .await?;
        self.audit(principal, Action::SwitchModels, &row.id, json!(wanted))
            .await?;
        Ok(view)
    }

    async fn switches_view(
        &self,
        row: &IntegrationRow,
        connector: &Connector,
    ) -> Result<ModelSwitchesView, ServiceError> {
        let switches = self.store.model_switches(&row.account_id, &row.id).await?;
        let facts = connector.models();
        let given = Given {
            models: &facts,
            state_format: 0,
            access: &[],
            switches: &switches,
            before: &[],
        };
        let models = facts.iter().map(|model| ModelSwitchView {
            model: model.name.clone(),
            enabled: given.is_on(&model.name),
            enabled_by_default: model.on_by_default,
            lead: model.lead.clone(),
            supported: model.supported,
        });
        Ok(ModelSwitchesView {
            models: models.collect(),
        })
    }
}
