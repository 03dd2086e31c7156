//! Lists: which rows a key sees, which pass the filters, and in which order.
//!
//! Unless an order names the id, rows that tie come in another order with every request, as the vendor warns: who
//! pages without a unique order misses rows and reads others twice. The vendor's own default order is not by id.

use super::data::Data;
use super::keys::Refusal;
use super::query::{Filter, ListQuery, day, seconds};
use crate::shared::seed::mix;
use crate::shared::shape::{Model, kind};
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// How many orders are kept: a sync pages through one at a time.
const KEPT: usize = 16;

/// The rows of a list in order: number of the tie group, index. Groups ascend.
pub(super) type Ordered = Arc<Vec<(u32, u32)>>;

/// Orders that were computed for the present state, the latest last.
#[derive(Default)]
pub(super) struct Orders {
    kept: Mutex<VecDeque<(String, Ordered)>>,
}

/// A page: the rows' indexes and the number of rows of the whole list.
pub(super) struct Page {
    pub(super) rows: Vec<u32>,
    pub(super) total: usize,
}

impl Orders {
    /// The page that a query asks for.
    pub(super) fn page(
        &self,
        data: &Data,
        model: Model,
        properties: Option<&BTreeSet<i64>>,
        query: &ListQuery,
        salt: u64,
    ) -> Result<Page, Refusal> {
        let order = fields(model, &query.order)?;
        let by_id = order
            .first()
            .filter(|(field, _)| *field == "Id")
            .map(|(_, descends)| *descends);
        let plain = properties.is_none()
            && query.filters.is_empty()
            && data.overlay(model).changes.is_empty();
        if let (Some(descends), true) = (by_id, plain) {
            // Ids ascend with the index, so the page is known without any list.
            let total = data.extent(model) as usize;
            let last = total.saturating_sub(1);
            let rows = (query.offset.min(total)
                ..query.offset.saturating_add(query.limit).min(total))
                .filter_map(|place| u32::try_from(if descends { last - place } else { place }).ok())
                .collect();
            return Ok(Page { rows, total });
        }
        let name = format!(
            "{} {model:?} {properties:?} {order:?} {:?}",
            data.version, query.filters
        );
        let ordered = self.ordered(&name, || compute(data, model, properties, query, &order));
        Ok(cut(&ordered, query, mix(data.shape.seed, kind::TIE, salt)))
    }

    /// The order of that name, computed unless it is kept.
    pub(super) fn ordered(&self, name: &str, compute: impl FnOnce() -> Vec<(u32, u32)>) -> Ordered {
        self.kept(name).unwrap_or_else(|| {
            let ordered = Arc::new(compute());
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= KEPT {
                kept.pop_front();
            }
            kept.push_back((name.to_owned(), Arc::clone(&ordered)));
            ordered
        })
    }

    fn kept(&self, name: &str) -> Option<Ordered> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .find(|(other, _)| other == name)
            .map(|(_, ordered)| Arc::clone(ordered))
    }
}

/// Cuts a page out, with the ties that reach into it shuffled by the salt.
pub(super) fn cut(ordered: &[(u32, u32)], query: &ListQuery, salt: u64) -> Page {
    let total = ordered.len();
    let (from, to) = (
        query.offset.min(total),
        query.offset.saturating_add(query.limit).min(total),
    );
    if from >= to {
        return Page {
            rows: Vec::new(),
            total,
        };
    }
    let (first, last) = (ordered[from].0, ordered[to - 1].0);
    let start = ordered.partition_point(|(group, _)| *group < first);
    let end = ordered.partition_point(|(group, _)| *group <= last);
    let mut window = ordered[start..end].to_vec();
    window.sort_by_key(|(group, index)| (*group, mix(salt, 0, u64::from(*index))));
    Page {
        rows: window[from - start..to - start]
            .iter()
            .map(|(_, index)| *index)
            .collect(),
        total,
    }
}

fn compute(
    data: &Data,
    model: Model,
    properties: Option<&BTreeSet<i64>>,
    query: &ListQuery,
    order: &[(&'static str, bool)],
) -> Vec<(u32, u32)> {
    let rows = (0..data.extent(model)).filter(|index| {
        data.lives(model, *index)
            && data.visible(model, *index, properties)
            && passes(data, model, *index, query)
    });
    if order.is_empty() {
        // Some order of the vendor's own, with about four rows to each tie.
        let groups = u64::from(data.extent(model) / 4 + 1);
        let mut rows: Vec<(u32, u32)> = rows
            .map(|index| {
                let group = data.shape.mix(kind::ORDER + model.number(), index) % groups;
                (u32::try_from(group).unwrap_or(0), index)
            })
            .collect();
        rows.sort_unstable();
        return rows;
    }
    let mut keyed: Vec<(Vec<SortKey>, u32)> = rows
        .map(|index| {
            let tree = if order.iter().all(|(field, _)| *field == "Id") {
                Value::Null
            } else {
                data.tree(model, index)
            };
            let keys = order
                .iter()
                .map(|(field, _)| match *field {
                    "Id" => SortKey::Number(data.shape.id(model, index) as f64),
                    field => SortKey::of(&tree[field]),
                })
                .collect();
            (keys, index)
        })
        .collect();
    let compare = |left: &[SortKey], right: &[SortKey]| {
        order
            .iter()
            .zip(left.iter().zip(right))
            .map(|((_, descends), (left, right))| {
                let ordering = left.compare(right);
                if *descends {
                    ordering.reverse()
                } else {
                    ordering
                }
            })
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    };
    keyed.sort_by(|left, right| compare(&left.0, &right.0));
    let mut group = 0;
    let mut ordered = Vec::with_capacity(keyed.len());
    for (place, (keys, index)) in keyed.iter().enumerate() {
        if place > 0 && compare(&keyed[place - 1].0, keys).is_ne() {
            group += 1;
        }
        ordered.push((group, *index));
    }
    ordered
}

pub(super) enum SortKey {
    Null,
    Number(f64),
    Text(String),
}

impl SortKey {
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Bool(flag) => Self::Number(f64::from(u8::from(*flag))),
            Value::Number(number) => number.as_f64().map_or(Self::Null, Self::Number),
            Value::String(text) => Self::Text(text.to_lowercase()),
            Value::Null | Value::Array(_) | Value::Object(_) => Self::Null,
        }
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => left.total_cmp(right),
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            (Self::Null, Self::Null) => Ordering::Equal,
            (Self::Null, _) | (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (_, Self::Null) | (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

/// Fields that a list can be ordered by.
fn sortable(model: Model) -> &'static [&'static str] {
    match model {
        Model::Properties => &[
            "Id",
            "Name",
            "StructureDescription",
            "NumberUnits",
            "IsActive",
            "Reserve",
            "YearBuilt",
            "RentalType",
            "RentalSubType",
            "OperatingBankAccountId",
        ],
        Model::Units => &[
            "Id",
            "PropertyId",
            "BuildingName",
            "UnitNumber",
            "Description",
            "MarketRent",
            "UnitBedrooms",
            "UnitBathrooms",
            "UnitSize",
            "IsUnitListed",
            "IsUnitOccupied",
        ],
        Model::Leases => &[
            "Id",
            "PropertyId",
            "UnitId",
            "UnitNumber",
            "LeaseFromDate",
            "LeaseToDate",
            "LeaseType",
            "LeaseStatus",
            "IsEvictionPending",
            "TermType",
            "CreatedDateTime",
            "LastUpdatedDateTime",
            "PaymentDueDay",
        ],
        Model::Tenants => &[
            "Id",
            "FirstName",
            "LastName",
            "Email",
            "CreatedDateTime",
            "DateOfBirth",
        ],
        Model::Applicants => &[
            "Id",
            "ApplicantGroupId",
            "PropertyId",
            "UnitId",
            "TenantId",
            "FirstName",
            "LastName",
            "Email",
            "Status",
            "LastUpdatedDateTime",
        ],
    }
}

/// The order with the vendor's spelling of the names, which count in any case.
fn fields(model: Model, order: &[(String, bool)]) -> Result<Vec<(&'static str, bool)>, Refusal> {
    order
        .iter()
        .map(|(name, descends)| {
            sortable(model)
                .iter()
                .find(|field| field.eq_ignore_ascii_case(name))
                .map(|field| (*field, *descends))
                .ok_or_else(|| {
                    Refusal::of(
                        422,
                        "orderby",
                        format!("'{name}' is not a field to order by."),
                    )
                })
        })
        .collect()
}

/// Filters on parents and stamps need no row; all others look at the row as it would be sent.
fn passes(data: &Data, model: Model, index: u32, query: &ListQuery) -> bool {
    if query.filters.is_empty() {
        return true;
    }
    let mut tree = None;
    let mut names: Vec<&str> = query.filters.iter().map(|(name, _)| *name).collect();
    names.dedup();
    names.into_iter().all(|name| {
        // Values of one repeated parameter are alternatives.
        query
            .filters
            .iter()
            .filter(|(other, _)| *other == name)
            .any(|(_, value)| match (name, value) {
                ("propertyids", Filter::Number(id)) => data
                    .property_of(model, index)
                    .is_some_and(|property| data.shape.id(Model::Properties, property) == *id),
                ("lastupdatedfrom", Filter::Number(from)) => data.stamp(model, index) >= *from,
                ("lastupdatedto", Filter::Number(to)) => data.stamp(model, index) <= *to,
                ("buildingstatuses", Filter::Text(word)) => data
                    .property_of(model, index)
                    .map(|property| {
                        data.tree(Model::Properties, property)["IsActive"] == (word == "Active")
                    })
                    .unwrap_or(false),
                _ => shows(
                    tree.get_or_insert_with(|| data.tree(model, index)),
                    model,
                    name,
                    value,
                ),
            })
    })
}

fn shows(row: &Value, model: Model, name: &str, value: &Filter) -> bool {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
    let any = |list: &Value, test: &dyn Fn(&Value) -> bool| {
        list.as_array().is_some_and(|list| list.iter().any(test))
    };
    let person = |row: &Value| format!("{} {}", text(&row["FirstName"]), text(&row["LastName"]));
    match value {
        Filter::Text(wanted) => {
            let part = wanted.to_lowercase();
            match (name, model) {
                ("location", _) => ["City", "State"]
                    .iter()
                    .any(|field| text(&row["Address"][*field]).contains(&part)),
                ("types", _) => row["RentalType"] == **wanted,
                ("subtypes", _) => row["RentalSubType"] == **wanted,
                ("status", _) => row["IsActive"] == (wanted == "Active"),
                ("leasetypes", _) => row["LeaseType"] == **wanted,
                ("leasestatuses", _) => row["LeaseStatus"] == **wanted,
                ("leasetermstatuses", _) => {
                    any(&row["Leases"], &|lease| lease["LeaseStatus"] == **wanted)
                }
                ("unitnumber", Model::Tenants) => any(&row["Leases"], &|lease| {
                    text(&lease["UnitNumber"]).contains(&part)
                }),
                ("unitnumber", _) => text(&row["UnitNumber"]).contains(&part),
                ("tenantname", _) => any(&row["CurrentTenants"], &|tenant| {
                    person(tenant).contains(&part)
                }),
                ("name", _) => person(row).contains(&part),
                ("email", _) => text(&row["Email"]).contains(&part),
                ("phone", _) => any(&row["PhoneNumbers"], &|phone| {
                    text(&phone["Number"]).contains(&part)
                }),
                ("applicationstatuses", _) => any(&row["Applications"], &|application| {
                    application["ApplicationStatus"] == **wanted
                }),
                // No owners are simulated: only properties can be the entity.
                ("entitytype", _) => wanted == "Rental",
                _ => false,
            }
        }
        Filter::Number(wanted) => {
            let at = |value: &Value, read: fn(&str) -> Option<i64>| value.as_str().and_then(read);
            let submitted = |test: &dyn Fn(i64) -> bool| {
                any(&row["Applications"], &|one| {
                    at(&one["ApplicationSubmittedDateTime"], seconds).is_some_and(test)
                })
            };
            match (name, model) {
                ("leasedatefrom", _) => {
                    at(&row["LeaseFromDate"], day).is_some_and(|day| day >= *wanted)
                }
                ("leasedateto", _) => {
                    at(&row["LeaseToDate"], day).is_some_and(|day| day <= *wanted)
                }
                ("createddatetimefrom", _) => {
                    at(&row["CreatedDateTime"], seconds).is_some_and(|time| time >= *wanted)
                }
                ("createddatetimeto", _) => {
                    at(&row["CreatedDateTime"], seconds).is_some_and(|time| time <= *wanted)
                }
                ("unitids", Model::Tenants) => {
                    any(&row["Leases"], &|lease| lease["UnitId"] == *wanted)
                }
                ("unitids", _) => row["UnitId"] == *wanted,
                ("entityid", _) => row["PropertyId"] == *wanted,
                ("applicationsubmittedstartdate", _) => submitted(&|time| time >= *wanted),
                ("applicationsubmittedenddate", _) => submitted(&|time| time <= *wanted),
                // No owners are simulated: none of their ids owns anything.
                _ => false,
            }
        }
    }
}
