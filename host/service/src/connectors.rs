//! Loaded connectors, as far as the use cases need them: what a manifest declares.

use portcullis_manifest::{FieldKind, Manifest};
use portcullis_plan::ModelFacts;
use portcullis_store::{ConnectorStatus, ConnectorVersionRow, IntegrationRow};

use crate::integrations::ConnectorRef;
use crate::principal::Environment;
use crate::vendors::{EnvironmentView, FieldGroupView, FieldView};
use crate::{Service, ServiceError};

/// A version of a connector with its manifest.
#[derive(Debug)]
pub(crate) struct Connector {
    pub(crate) row: ConnectorVersionRow,
    manifest: Manifest,
}

impl Connector {
    /// Reads the manifest of a stored version.
    ///
    /// # Errors
    ///
    /// [`ServiceError::Internal`] for a manifest that this version of the gateway cannot read.
    pub(crate) fn read(row: ConnectorVersionRow) -> Result<Self, ServiceError> {
        let manifest =
            serde_json::from_value(row.manifest.clone()).map_err(ServiceError::internal)?;
        Ok(Self { row, manifest })
    }

    pub(crate) fn reference(&self) -> ConnectorRef {
        ConnectorRef {
            id: self.row.connector_id.clone(),
            version: self.row.version.clone(),
            digest: self.row.digest.clone(),
        }
    }

    pub(crate) fn models(&self) -> Vec<ModelFacts> {
        portcullis_plan::models_of(&self.manifest)
    }

    pub(crate) fn model_names(&self) -> Vec<String> {
        self.models().into_iter().map(|model| model.name).collect()
    }

    /// What the customer has to grant for a model. A companion without a word of its own needs what its lead needs.
    pub(crate) fn access_help(&self, name: &str) -> Option<String> {
        let find = |name: &str| self.manifest.models.iter().find(|it| it.name == name);
        let model = find(name)?;
        let lead = || find(model.with.as_deref()?)?.access_help.as_ref();
        model.access_help.as_ref().or_else(lead).cloned()
    }

    pub(crate) fn state_format(&self) -> i32 {
        // A format beyond the column's range is unequal to every stored one, so runs start afresh.
        i32::try_from(self.manifest.state_format).unwrap_or(-1)
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(crate) fn offers(&self, environment: Environment) -> bool {
        self.manifest
            .environments
            .keys()
            .any(|offered| offered.as_str() == environment.as_str())
    }

    pub(crate) fn environments(&self) -> Vec<EnvironmentView> {
        let environments = self.manifest.environments.iter();
        environments
            .map(|(environment, address)| EnvironmentView {
                name: environment.as_str(),
                base_url: address.base_url.clone(),
            })
            .collect()
    }

    pub(crate) fn fields(&self) -> Vec<FieldView> {
        let fields = self.manifest.fields.iter().map(|field| FieldView {
            name: field.name.clone(),
            label: field.label.clone(),
            help: field.help.clone(),
            help_url: field.help_url.clone(),
            secret: field.kind == FieldKind::Secret,
            required: field.required,
            pattern: field.pattern.clone(),
            group: field.group.clone(),
        });
        fields.collect()
    }

    pub(crate) fn field_groups(&self) -> Vec<FieldGroupView> {
        let groups = self.manifest.groups.iter().map(|group| FieldGroupView {
            name: group.name.clone(),
            label: group.label.clone(),
            one_of: group.one_of.clone(),
        });
        groups.collect()
    }
}

impl Service {
    /// Every connector that serves now.
    pub(crate) async fn active_connectors(&self) -> Result<Vec<Connector>, ServiceError> {
        self.store
            .list_connectors()
            .await?
            .into_iter()
            .filter(|row| row.status == ConnectorStatus::Active)
            .map(Connector::read)
            .collect()
    }

    /// The connector that serves an integration, if it is loaded.
    pub(crate) async fn connector_of(
        &self,
        row: &IntegrationRow,
    ) -> Result<Option<Connector>, ServiceError> {
        let active = self.store.active_connector(&row.connector_id).await?;
        active.map(Connector::read).transpose()
    }

    /// The connector that offers a vendor, if one is loaded.
    pub(crate) async fn connector_by_vendor(
        &self,
        vendor: &str,
    ) -> Result<Option<Connector>, ServiceError> {
        if vendor.is_empty() || vendor.contains('\0') {
            return Ok(None);
        }
        let active = self.store.active_connector_by_vendor(vendor).await?;
        active.map(Connector::read).transpose()
    }
}
