//! What changed: the history of one record, and counts per day.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use portcullis_model::MODELS;
use portcullis_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Service;
use crate::error::{InputProblem, ServiceError, Thing};
use crate::integrations::signed;
use crate::principal::Principal;

/// Days that are counted where nobody says how many.
const DAYS: u64 = 30;
/// Most days that are counted at once.
const DAYS_MAX: i64 = 366;

/// A record over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecordHistoryView {
    /// Our id.
    pub id: String,
    /// The model.
    pub model: String,
    /// The vendor's id.
    pub x_id: String,
    /// When it was first stored.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Since when complete passes have missed it, without being enough to delete it.
    pub missing_since: Option<DateTime<Utc>>,
    /// When it was deleted.
    pub deleted_at: Option<DateTime<Utc>>,
    /// When it last came back after a deletion.
    pub revived_at: Option<DateTime<Utc>>,
    /// Its changes since the model's first sync, newest first.
    pub changes: Vec<RecordChangeView>,
}

/// One change of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecordChangeView {
    /// Grows with time.
    pub seq: i64,
    /// `upsert` or `delete`.
    pub kind: String,
    /// Names of the fields that changed; null where there was nothing before, and for a deletion.
    pub fields: Option<Vec<String>>,
    /// When it was stored.
    pub at: DateTime<Utc>,
}

/// What syncs did to a model on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DayView {
    /// The day, in UTC, on which the runs began.
    pub day: NaiveDate,
    /// The model.
    pub model: String,
    /// Runs.
    pub runs: i64,
    /// Records that were new.
    pub rows_new: i64,
    /// Records that had changed.
    pub rows_changed: i64,
    /// Records that were deleted.
    pub rows_deleted: i64,
    /// Records that could not be stored.
    pub rows_dead: i64,
}

impl Service {
    /// The history of a record of an integration, deleted ones too, with its newest `limit` changes.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`, `record_not_found`, or the database's.
    pub async fn record_history(
        &self,
        principal: &Principal,
        integration_id: &str,
        record_id: &str,
        limit: u64,
    ) -> Result<RecordHistoryView, ServiceError> {
        principal.may_look("reading the history of a record")?;
        let row = self.own_integration(principal, integration_id).await?;
        let missing = || ServiceError::not_found(Thing::Record, record_id);
        if record_id.contains('\0') {
            return Err(missing());
        }
        let models = MODELS.iter().map(|spec| spec.name);
        let models: Vec<&str> = models.filter(|name| principal.reads(name)).collect();
        let past = match self
            .store
            .record_past(&row.account_id, &row.id, &models, record_id)
            .await
        {
            Ok(past) => past,
            Err(StoreError::NotFound) => return Err(missing()),
            Err(error) => return Err(error.into()),
        };
        let changes = self
            .store
            .record_history(&row.account_id, record_id, signed(limit))
            .await?;
        let changes = changes.into_iter().map(|change| RecordChangeView {
            seq: change.seq,
            kind: change.kind,
            fields: change.fields,
            at: change.at,
        });
        Ok(RecordHistoryView {
            id: record_id.to_owned(),
            model: past.model,
            x_id: past.external_id,
            created_at: past.created_at,
            updated_at: past.updated_at,
            missing_since: past.missing_since,
            deleted_at: past.deleted_at,
            revived_at: past.revived_at,
            changes: changes.collect(),
        })
    }

    /// What the syncs of an integration did, by day and model, newest day first. Both days are inclusive; without them,
    /// the last 30 days.
    ///
    /// # Errors
    ///
    /// `role_insufficient`, `integration_not_found`; [`ServiceError::Invalid`] for days in the wrong order or too many;
    /// the database's.
    pub async fn changes_per_day(
        &self,
        principal: &Principal,
        integration_id: &str,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    ) -> Result<Vec<DayView>, ServiceError> {
        principal.may_look("reading changes per day")?;
        let row = self.own_integration(principal, integration_id).await?;
        let (from, behind) = days(from, to, Utc::now().date_naive())?;
        let rows = self
            .store
            .changes_per_day(&row.account_id, &row.id, from, behind)
            .await?;
        let own = rows.into_iter().filter(|row| principal.reads(&row.model));
        let views = own.map(|row| DayView {
            day: row.day,
            model: row.model,
            runs: row.runs,
            rows_new: row.rows_new,
            rows_changed: row.rows_changed,
            rows_deleted: row.rows_deleted,
            rows_dead: row.rows_dead,
        });
        Ok(views.collect())
    }
}

/// The first moment of the first day, and the first moment behind the last one.
fn days(
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    today: NaiveDate,
) -> Result<(DateTime<Utc>, DateTime<Utc>), ServiceError> {
    let wrong = |detail: &str| {
        ServiceError::invalid(InputProblem::parameter("from", "invalid_window", detail))
    };
    let last = to.unwrap_or(today);
    let first = from
        .or_else(|| last.checked_sub_days(Days::new(DAYS - 1)))
        .ok_or_else(|| wrong("`to` is too far in the past."))?;
    let many = (last - first).num_days();
    if many < 0 {
        return Err(wrong("`from` must not lie behind `to`."));
    }
    if many >= DAYS_MAX {
        return Err(wrong("Ask for at most 366 days at once."));
    }
    let behind = last
        .succ_opt()
        .ok_or_else(|| wrong("`to` is too far in the future."))?;
    let moment = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    Ok((moment(first), moment(behind)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_days_are_inclusive_and_thirty_where_nobody_says() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let today = day("2026-03-02");
        let (first, behind) = days(None, None, today).unwrap();
        assert_eq!(
            (first, behind),
            (at("2026-02-01T00:00:00Z"), at("2026-03-03T00:00:00Z"))
        );
        let one = days(Some(today), Some(today), today).unwrap();
        assert_eq!(
            one,
            (at("2026-03-02T00:00:00Z"), at("2026-03-03T00:00:00Z"))
        );
        for (from, to) in [("2026-03-03", "2026-03-02"), ("2025-01-01", "2026-03-02")] {
            let refused = days(Some(day(from)), Some(day(to)), today).unwrap_err();
            assert_eq!(refused.code(), "invalid_window");
        }
        assert!(days(None, Some(NaiveDate::MIN), today).is_err());
        assert!(days(Some(NaiveDate::MAX), Some(NaiveDate::MAX), today).is_err());
    }
}
