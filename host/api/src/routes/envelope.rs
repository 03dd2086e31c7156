//! The two envelopes of every answer that is not a record: `{meta, results}` with many and with one.

use axum::Json;
use portcullis_service::{InputProblem, ServiceError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;
use crate::query;

/// A page of many.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Many<T> {
    meta: ManyMeta,
    results: Vec<T>,
}

/// Where the page stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ManyMeta {
    /// Results passed by.
    offset: u64,
    /// Most results on the page.
    limit: u64,
    /// The order, as one object per field.
    #[serde(rename = "orderBy")]
    #[schema(value_type = Vec<Object>)]
    order_by: serde_json::Value,
    /// Whether there are more after this page.
    #[serde(rename = "hasMore")]
    has_more: bool,
    /// Results in all.
    total: u64,
}

/// One.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct One<T> {
    meta: OneMeta,
    results: T,
}

/// Nothing to say about one.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct OneMeta {
    /// Always empty.
    #[serde(rename = "orderBy")]
    #[schema(value_type = Vec<Object>)]
    order_by: [(); 0],
}

/// The public convention's other envelope, used by data access.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResultOf<T> {
    pub(crate) result: T,
}

pub(crate) fn one<T>(results: T) -> Json<One<T>> {
    Json(One {
        meta: OneMeta::default(),
        results,
    })
}

/// Which page of an admin list is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) limit: u64,
    pub(crate) offset: u64,
}

impl Window {
    /// The window itself, and the parameters that are not about it, of which only those named in `more` may be there.
    ///
    /// # Errors
    ///
    /// Every parameter that is unknown or out of range.
    pub(crate) fn parse(
        raw: Option<&str>,
        more: &[&'static str],
    ) -> Result<(Self, Vec<(String, String)>), Problem> {
        let mut window = Self {
            limit: u64::from(portcullis_service::LIMIT_DEFAULT),
            offset: 0,
        };
        let (mut rest, mut problems) = (Vec::new(), Vec::new());
        for (name, value) in query::parse(raw)? {
            let digits = value.bytes().all(|b| b.is_ascii_digit());
            let number = value.parse::<u64>().ok().filter(|_| digits);
            let limit_max = u64::from(portcullis_service::LIMIT_MAX);
            match (name.as_str(), number) {
                ("limit", Some(limit)) if (1..=limit_max).contains(&limit) => window.limit = limit,
                ("offset", Some(offset)) if offset <= portcullis_service::OFFSET_MAX => {
                    window.offset = offset;
                }
                ("limit", _) => problems.push(InputProblem::parameter(
                    name,
                    "invalid_limit",
                    format!("`limit` must be a whole number from 1 to {limit_max}."),
                )),
                ("offset", _) => problems.push(InputProblem::parameter(
                    name,
                    "invalid_offset",
                    format!(
                        "`offset` must be a whole number from 0 to {}.",
                        portcullis_service::OFFSET_MAX
                    ),
                )),
                (known, _) if more.contains(&known) => rest.push((name, value)),
                _ => {
                    let mut allowed = vec!["limit", "offset"];
                    allowed.extend_from_slice(more);
                    problems.push(InputProblem::unknown_parameter(&name, &allowed));
                }
            }
        }
        if problems.is_empty() {
            Ok((window, rest))
        } else {
            Err(ServiceError::Invalid(problems).into())
        }
    }

    /// A page of what was found, newest first.
    pub(crate) fn page<T>(self, results: Vec<T>, total: u64) -> Json<Many<T>> {
        let order = serde_json::json!([{"created_at": "desc"}, {"id": "asc"}]);
        self.page_by(order, results, total)
    }

    /// A page of what was found, in this order.
    pub(crate) fn page_by<T>(
        self,
        order_by: serde_json::Value,
        results: Vec<T>,
        total: u64,
    ) -> Json<Many<T>> {
        let shown = u64::try_from(results.len()).unwrap_or(u64::MAX);
        Json(Many {
            meta: ManyMeta {
                offset: self.offset,
                limit: self.limit,
                order_by,
                has_more: self.offset.saturating_add(shown) < total,
                total,
            },
            results,
        })
    }
}

/// Lines that follow one another: a page begins after the last line of the one before.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Following<T> {
    meta: FollowingMeta,
    results: Vec<T>,
}

/// Where the page stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FollowingMeta {
    /// The line after which the page begins.
    after: i64,
    /// Most results on the page.
    limit: u64,
    /// Whether there are more after this page by now.
    #[serde(rename = "hasMore")]
    has_more: bool,
}

impl<T> Following<T> {
    /// The line after which to begin (0 unless said), and most results.
    ///
    /// # Errors
    ///
    /// Every parameter that is unknown or out of range.
    pub(crate) fn parse(raw: Option<&str>) -> Result<(i64, u64), Problem> {
        let parameters = query::parse(raw)?;
        let after = parameters.iter().find(|(name, _)| name == "after");
        let after = match after.map(|(_, value)| value.parse::<i64>()) {
            None => 0,
            Some(Ok(after)) if after >= 0 => after,
            Some(_) => {
                return Err(ServiceError::invalid(InputProblem::parameter(
                    "after",
                    "invalid_filter_value",
                    "`after` must be the id of a line, a whole number.",
                ))
                .into());
            }
        };
        let (window, _) = Window::parse(raw, &["after"])?;
        if window.offset > 0 {
            return Err(ServiceError::invalid(InputProblem::parameter(
                "offset",
                "unknown_parameter",
                "`offset` is not known here. Allowed: limit, after.",
            ))
            .into());
        }
        Ok((after, window.limit))
    }

    pub(crate) fn of(results: Vec<T>, after: i64, limit: u64, has_more: bool) -> Self {
        Self {
            meta: FollowingMeta {
                after,
                limit,
                has_more,
            },
            results,
        }
    }
}
