//! Properties on or off.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::Service;
use crate::audit::Action;
use crate::error::{InputProblem, ServiceError};
use crate::integrations::{self, signed};
use crate::principal::Principal;

/// Most properties that are switched at once.
const AT_ONCE_MAX: usize = 10_000;
/// Longest id of a property, in bytes.
const ID_MAX: usize = 500;

/// A property and its switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PropertyView {
    /// The vendor's id.
    pub x_id: String,
    /// Our id, if it was ever read.
    pub id: Option<String>,
    /// Its name, if the vendor gave one.
    pub name: Option<String>,
    /// Whether what belongs to it is read.
    pub enabled: bool,
    /// When somebody switched it; null while it follows `new_properties_are_enabled`.
    pub switched_at: Option<DateTime<Utc>>,
}

/// Whether properties that appear from now on are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NewPropertiesView {
    /// Whether they are.
    pub new_properties_are_enabled: bool,
}

/// Switches to set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PropertySwitches {
    /// Whether properties that appear from now on are read; `None` leaves it.
    pub new_properties_are_enabled: Option<bool>,
    /// By the vendor's id of a property. Those that are not named stay as they are.
    pub properties: BTreeMap<String, bool>,
}

impl Service {
    /// The properties of an integration with their switches, in the order of the vendor's ids, and how many there are.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, or the database's.
    pub async fn properties(
        &self,
        principal: &Principal,
        integration_id: &str,
        limit: u64,
        offset: u64,
    ) -> Result<(Vec<PropertyView>, u64), ServiceError> {
        principal.may_look("reading the switches of properties")?;
        let row = self.own_integration(principal, integration_id).await?;
        let (rows, total) = self
            .store
            .list_properties(&row.account_id, &row.id, signed(limit), signed(offset))
            .await?;
        let views = rows.into_iter().map(|row| PropertyView {
            x_id: row.property,
            id: row.id,
            name: row.name,
            enabled: row.enabled,
            switched_at: row.switched_at,
        });
        Ok((views.collect(), u64::try_from(total).unwrap_or(0)))
    }

    /// Whether properties that appear from now on are read.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, or the database's.
    pub async fn new_properties(
        &self,
        principal: &Principal,
        integration_id: &str,
    ) -> Result<NewPropertiesView, ServiceError> {
        principal.may_look("reading the switches of properties")?;
        let row = self.own_integration(principal, integration_id).await?;
        let filter = self.store.property_filter(&row.account_id, &row.id).await?;
        Ok(NewPropertiesView {
            new_properties_are_enabled: filter.on_by_default,
        })
    }

    /// Switches properties on or off, from the next run on. What was read of a property that is switched off stays
    /// readable and is not deleted for its absence; one that is switched on is read in full.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, `integration_archived`; [`ServiceError::Invalid`] for ids that no
    /// vendor can have, and for too many; the database's.
    pub async fn switch_properties(
        &self,
        principal: &Principal,
        integration_id: &str,
        wanted: &PropertySwitches,
    ) -> Result<NewPropertiesView, ServiceError> {
        principal.admin("switching properties on or off")?;
        let row = self.own_integration(principal, integration_id).await?;
        integrations::not_archived(&row)?;
        check(wanted)?;
        // What is known stays as it is when the rule for new ones changes; a switch of the same request comes after.
        if let Some(enabled) = wanted.new_properties_are_enabled {
            self.store
                .enable_new_properties(&row.account_id, &row.id, enabled)
                .await?;
        }
        for enabled in [true, false] {
            let of_these: Vec<String> = wanted
                .properties
                .iter()
                .filter(|(_, wanted)| **wanted == enabled)
                .map(|(id, _)| id.clone())
                .collect();
            if !of_these.is_empty() {
                self.store
                    .switch_properties(&row.account_id, &row.id, &of_these, enabled)
                    .await?;
            }
        }
        let detail = json!({
            "new_properties_are_enabled": wanted.new_properties_are_enabled,
            "properties": wanted.properties,
        });
        self.audit(principal, Action::SwitchProperties, &row.id, detail)
            .await?;
        self.new_properties(principal, integration_id).await
    }
}

fn check(wanted: &PropertySwitches) -> Result<(), ServiceError> {
    if wanted.properties.len() > AT_ONCE_MAX {
        return Err(ServiceError::invalid(InputProblem::pointer(
            "/properties",
            "invalid_length",
            format!("Switch at most {AT_ONCE_MAX} properties at once."),
        )));
    }
    let problems: Vec<InputProblem> = wanted
        .properties
        .keys()
        .filter(|id| id.is_empty() || id.len() > ID_MAX || id.contains('\0'))
        .map(|id| {
            let shown: String = id.chars().take(100).collect();
            let escaped = shown.replace('~', "~0").replace('/', "~1");
            InputProblem::pointer(
                format!("/properties/{escaped}"),
                "invalid_length",
                format!("A property's id has 1 to {ID_MAX} bytes, and no zero byte."),
            )
        })
        .collect();
    match problems.is_empty() {
        true => Ok(()),
        false => Err(ServiceError::Invalid(problems)),
    }
}
