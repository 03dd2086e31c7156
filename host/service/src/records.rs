//! Records: lists and single ones, for whoever has a key of the account and environment.

mod cursor;
pub(crate) mod expand;
pub(crate) mod query;

use chrono::{DateTime, Days, NaiveDate, Utc};
use portcullis_model::{FieldType, Filter as ModelFilter, FilterKind, ModelSpec};
use portcullis_store::{
    Column, DocType, Filter, Followed, ListQuery, Operand, Order, OrderBy as StoreOrder,
    ReachedSum, StoreError, SyncStateRow, Target,
};
use serde::Serialize;

pub use portcullis_store::{Packed, RecordRow};

use crate::Service;
use crate::error::{InputProblem, ServiceError, Thing};
use crate::principal::Principal;
use crate::records::query::{FilterValue, OrderBy, RecordQuery, Served};

/// How far an integration is with a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncStateWord {
    /// It was read once, or is known not to be readable.
    Settled,
    /// It was not, and a sync is under way.
    FirstSyncRunning,
    /// It was not, and no sync is under way.
    NotSynced,
}

/// How far an integration is with a model, as an answer tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SyncState {
    /// The integration.
    pub integration_id: String,
    /// The model.
    pub model: &'static str,
    /// How far it is.
    pub state: SyncStateWord,
    /// When every record of the model was last read.
    pub last_complete_full_at: Option<DateTime<Utc>>,
}

/// A page of records. All of one snapshot.
#[derive(Debug)]
pub struct RecordPage {
    /// The records.
    pub rows: Vec<RecordRow>,
    /// Whether another page follows.
    pub has_more: bool,
    /// Where it begins, for this caller and this question alone.
    pub next_cursor: Option<String>,
    /// How many records match.
    pub total: i64,
    /// Whether there are more than `total`.
    pub total_is_lower_bound: bool,
    /// What the answer says: the integration that the query names; without one, those that are not settled. The list's
    /// own model first, then those that are expanded.
    pub sync_state: Vec<SyncState>,
    /// How far the integrations that the query reaches are with the list's own model, settled ones too: each word once,
    /// `NotSynced` also where a first sync runs.
    pub reached: Vec<SyncStateWord>,
    /// The records to expand into these.
    pub expanded: Followed,
    /// When the snapshot was taken, by the database's clock.
    pub data_as_of: DateTime<Utc>,
}

/// Records that arrive, all of one snapshot.
#[derive(Debug)]
pub struct RecordExport {
    /// When the snapshot was taken, by the database's clock.
    pub data_as_of: DateTime<Utc>,
    rows: portcullis_store::Export,
}

impl RecordExport {
    /// The next records; `None` behind the last one, and only there.
    ///
    /// # Errors
    ///
    /// The database's, and the patience that ends for whoever does not read on. Nothing follows an error.
    pub async fn next(&mut self) -> Option<Result<Vec<RecordRow>, ServiceError>> {
        Some(self.rows.next().await?.map_err(ServiceError::from))
    }
}

/// One record. All of one snapshot.
#[derive(Debug)]
pub struct SingleRecord {
    /// The record.
    pub row: RecordRow,
    /// How far its integration is: with the record's own model first, then with those that are expanded.
    pub sync_state: Vec<SyncState>,
    /// The records to expand into it.
    pub expanded: Followed,
    /// When the snapshot was taken, by the database's clock.
    pub data_as_of: DateTime<Utc>,
}

impl Service {
    /// A page of records.
    ///
    /// # Errors
    ///
    /// `model_out_of_scope`, also for a model that is expanded; `invalid_cursor` for a cursor that was not given to this
    /// caller for this question; `unknown_integration` where the query names one that is not the caller's;
    /// `expansion_too_large`; the database's.
    pub async fn list_records(
        &self,
        principal: &Principal,
        query: &RecordQuery,
    ) -> Result<RecordPage, ServiceError> {
        let list = self.list_query(principal, query)?;
        let found = self.store.list_records(&list).await.map_err(refused)?;
        known(query.integration_id(), &found.reached.sum)?;
        let last = found.rows.last().filter(|_| found.has_more);
        Ok(RecordPage {
            has_more: found.has_more,
            next_cursor: last.map(|row| cursor::seal(&self.cursors, principal, query, row)),
            total: found.total.n,
            total_is_lower_bound: found.total.is_lower_bound,
            sync_state: found.reached.sync_state.iter().filter_map(state).collect(),
            reached: words(&found.reached.sum),
            expanded: found.followed,
            data_as_of: found.snapshot_at,
            rows: found.rows,
        })
    }

    /// Every record of a query, of one snapshot, as it arrives from the database; `place` is dropped when that is done
    /// with it.
    ///
    /// # Errors
    ///
    /// `model_out_of_scope`; `unknown_integration` where the query names one that is not the caller's; the database's.
    pub async fn export_records(
        &self,
        principal: &Principal,
        query: &RecordQuery,
        place: impl Send + 'static,
    ) -> Result<RecordExport, ServiceError> {
        let list = self.list_query(principal, query)?;
        let rows = self.store.export_records(list, place).await?;
        known(query.integration_id(), &rows.reached.sum)?;
        Ok(RecordExport {
            data_as_of: rows.snapshot_at,
            rows,
        })
    }

    fn list_query(
        &self,
        principal: &Principal,
        query: &RecordQuery,
    ) -> Result<ListQuery, ServiceError> {
        Ok(ListQuery {
            filters: query
                .filters
                .iter()
                .filter_map(|(filter, value)| condition(query.model, filter, value))
                .collect(),
            order: order(query),
            limit: i64::from(query.limit),
            offset: crate::integrations::signed(query.offset),
            after: cursor::open(&self.cursors, principal, query)?,
            with_deleted: query.with_deleted,
            with_states: query.with_states,
            ..reach(principal, query.model, query.served())?
        })
    }

    /// One record by our id, with what `served` asks for beside it.
    ///
    /// # Errors
    ///
    /// `model_out_of_scope`, also for a model that is expanded; `record_not_found`, whosever it may be;
    /// `expansion_too_large`; the database's.
    pub async fn get_record(
        &self,
        principal: &Principal,
        model: &'static ModelSpec,
        id: &str,
        served: &Served,
    ) -> Result<SingleRecord, ServiceError> {
        let missing = || ServiceError::not_found(Thing::Record, id);
        if id.contains('\0') {
            return Err(missing());
        }
        let found = self
            .store
            .get_record(&reach(principal, model, served)?, id)
            .await
            .map_err(refused)?;
        Ok(SingleRecord {
            row: found.row.ok_or_else(missing)?,
            sync_state: found.sync_state.iter().filter_map(state).collect(),
            expanded: found.followed,
            data_as_of: found.snapshot_at,
        })
    }
}

/// What a caller reaches of a model, and of the models that are expanded into it: the one place in which a principal
/// becomes conditions. The store applies them to both alike.
///
/// # Errors
///
/// `model_out_of_scope`.
fn reach(
    principal: &Principal,
    model: &ModelSpec,
    served: &Served,
) -> Result<ListQuery, ServiceError> {
    principal.may_read(model.name)?;
    for expanded in &served.expand {
        principal.may_read(expanded.model)?;
    }
    Ok(ListQuery {
        within: principal.integrations().cloned(),
        with_originals: served.raw,
        follow: served.expand.iter().map(|it| it.follow()).collect(),
        ..ListQuery::of(&principal.account_id, principal.environment, model.name)
    })
}

fn refused(error: StoreError) -> ServiceError {
    match error {
        StoreError::Conflict {
            what: "too_many_references",
        } => ServiceError::invalid(expand::too_large()),
        other => other.into(),
    }
}

/// # Errors
///
/// `unknown_integration` where one is named that the query does not reach.
fn known(named: Option<&str>, reached: &ReachedSum) -> Result<(), ServiceError> {
    if named.is_some() && reached.integrations == 0 {
        return Err(ServiceError::invalid(InputProblem::parameter(
            "integration_id",
            "unknown_integration",
            "There is no such integration in this account and environment. `GET /v1/admin/integrations/` lists them.",
        )));
    }
    Ok(())
}

/// How far the integrations that are reached are with the query's own model, each word once.
fn words(reached: &ReachedSum) -> Vec<SyncStateWord> {
    [
        (reached.settled, SyncStateWord::Settled),
        (reached.first_sync_running, SyncStateWord::FirstSyncRunning),
        (reached.unsettled, SyncStateWord::NotSynced),
    ]
    .into_iter()
    .filter_map(|(is_so, word)| is_so.then_some(word))
    .collect()
}

fn word(row: &SyncStateRow) -> SyncStateWord {
    if row.settled {
        SyncStateWord::Settled
    } else if row.first_sync_running {
        SyncStateWord::FirstSyncRunning
    } else {
        SyncStateWord::NotSynced
    }
}

/// `None` for a model that is none of ours, and none such is asked for.
fn state(row: &SyncStateRow) -> Option<SyncState> {
    Some(SyncState {
        integration_id: row.integration_id.clone(),
        model: portcullis_model::model(&row.model)?.name,
        state: word(row),
        last_complete_full_at: row.last_complete_full_at,
    })
}

/// The condition that a filter stands for.
fn condition(model: &ModelSpec, filter: &ModelFilter, value: &FilterValue) -> Option<Filter> {
    let dates = |fields: &[&str]| -> Vec<Target> {
        fields.iter().map(|field| target(model, field)).collect()
    };
    Some(match (filter.kind, value) {
        (FilterKind::OwnId, FilterValue::Text(text)) => equals(Target::Column(Column::Id), text),
        (FilterKind::Integration, FilterValue::Text(text)) => {
            equals(Target::Column(Column::IntegrationId), text)
        }
        (FilterKind::Vendor, FilterValue::Text(text)) => {
            equals(Target::Column(Column::Vendor), text)
        }
        // A record has one property and one unit, each in a column; whatever else it refers to lies in one list.
        (FilterKind::Reference { targets, .. }, FilterValue::Text(id)) => match targets {
            ["property_id"] => equals(Target::Column(Column::PropertyId), id),
            ["unit_id"] => equals(Target::Column(Column::UnitId), id),
            _ => Filter::Related { id: id.clone() },
        },
        (
            FilterKind::External { field }
            | FilterKind::Text { field }
            | FilterKind::OneOf { field, .. },
            FilterValue::Text(text),
        ) => equals(target(model, field), text),
        (FilterKind::Bool { field }, FilterValue::Bool(yes)) => Filter::Equals {
            target: target(model, field),
            value: Operand::Bool(*yes),
        },
        // The store's bounds are inclusive, and these are not.
        (FilterKind::DateBefore { fields }, FilterValue::Date(date)) => Filter::DateBefore {
            targets: dates(fields),
            at: day(date.checked_sub_days(Days::new(1)).unwrap_or(*date)),
        },
        (FilterKind::DateAfter { fields }, FilterValue::Date(date)) => Filter::DateAfter {
            targets: dates(fields),
            at: day(date.checked_add_days(Days::new(1)).unwrap_or(*date)),
        },
        (FilterKind::DateAtLeast { field }, FilterValue::Date(date)) => Filter::DateAfter {
            targets: dates(&[field]),
            at: day(*date),
        },
        (FilterKind::DateAtMost { field }, FilterValue::Date(date)) => Filter::DateBefore {
            targets: dates(&[field]),
            at: day(*date),
        },
        (FilterKind::TimeAtLeast { field }, FilterValue::Time(at)) => Filter::DateAfter {
            targets: vec![target(model, field)],
            at: Operand::Time(*at),
        },
        (FilterKind::TimeAtMost { field }, FilterValue::Time(at)) => Filter::DateBefore {
            targets: vec![target(model, field)],
            at: Operand::Time(*at),
        },
        (FilterKind::OnlyNull { fields }, _) => Filter::IsNull {
            targets: fields.iter().map(|field| target(model, field)).collect(),
            null: true,
        },
        // A value is parsed by its filter's kind, so this is a kind of a later model that nobody filters by yet.
        _ => return None,
    })
}

fn equals(target: Target, text: &str) -> Filter {
    Filter::Equals {
        target,
        value: Operand::Text(text.to_owned()),
    }
}

fn day(date: NaiveDate) -> Operand {
    Operand::Text(date.to_string())
}

/// Where a field's value lies.
fn target(model: &ModelSpec, field: &str) -> Target {
    let column = match field {
        "id" => Column::Id,
        "integration_id" => Column::IntegrationId,
        "integration_vendor" => Column::Vendor,
        "x_id" => Column::ExternalId,
        "property_id" => Column::PropertyId,
        "x_property_id" => Column::XPropertyId,
        "unit_id" => Column::UnitId,
        "x_unit_id" => Column::XUnitId,
        "created_at" => Column::CreatedAt,
        "updated_at" => Column::UpdatedAt,
        "x_updated_at" => Column::XUpdatedAt,
        "last_seen" => Column::LastSeen,
        _ => {
            let kind = model
                .fields()
                .iter()
                .find(|known| known.name == field)
                .map(|known| known.kind);
            let kind = match kind {
                Some(FieldType::Integer | FieldType::Number) => DocType::Number,
                Some(FieldType::Boolean) => DocType::Bool,
                _ => DocType::Text,
            };
            return Target::field(field, kind);
        }
    };
    Target::Column(column)
}

/// The order without the `id` that the store appends by itself.
fn order(query: &RecordQuery) -> Vec<StoreOrder> {
    let named = query.order.iter().filter(|order| !order.implied);
    named
        .map(|order: &OrderBy| StoreOrder {
            target: target(query.model, order.field),
            order: if order.descending {
                Order::Descending
            } else {
                Order::Ascending
            },
        })
        .collect()
}
