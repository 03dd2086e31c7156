//! Every path of the API, each with and without a trailing slash.

pub(crate) mod access;
pub(crate) mod audit;
pub(crate) mod changes;
pub(crate) mod deletions;
pub(crate) mod envelope;
pub(crate) mod events;
pub(crate) mod history;
pub(crate) mod integrations;
pub(crate) mod keys;
pub(crate) mod operations;
pub(crate) mod order;
pub(crate) mod properties;
pub(crate) mod records;
pub(crate) mod reference;
pub(crate) mod schedule;
pub(crate) mod syncs;
pub(crate) mod users;
pub(crate) mod vendors;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::routing::{MethodRouter, get, post, put};
use axum::{Router, middleware};
use portcullis_model::MODELS;

use crate::ApiState;
use crate::edge;
use crate::problem::Problem;

/// The admin paths below `/v1/admin`.
fn admin() -> Vec<(&'static str, MethodRouter<ApiState>)> {
    vec![
        ("/audit", get(audit::list)),
        ("/api-keys", get(keys::list).post(keys::create)),
        ("/api-keys/{id}", get(keys::single).delete(keys::revoke)),
        ("/api-keys/{id}/rotate", post(keys::rotate)),
        ("/users", get(users::list).post(users::invite)),
        ("/users/{id}", put(users::change)),
        ("/vendors", get(vendors::list)),
        ("/vendors/{vendor}", get(vendors::single)),
        ("/vendors/{vendor}/coverage", get(vendors::coverage)),
        ("/connectors/{id}/approve", post(vendors::approve)),
        (
            "/integrations",
            get(integrations::list).post(integrations::create),
        ),
        (
            "/integrations/{id}",
            get(integrations::single)
                .put(integrations::update)
                .delete(integrations::archive),
        ),
        ("/integrations/{id}/erase", post(integrations::erase)),
        ("/integrations/{id}/enable", post(integrations::enable)),
        ("/integrations/{id}/disable", post(integrations::disable)),
        (
            "/integrations/{id}/data-access",
            get(access::show).post(access::check),
        ),
        ("/integrations/{id}/credentials", put(access::replace)),
        ("/integrations/{id}/manual-sync", post(syncs::start)),
        ("/integrations/{id}/back-sync", post(syncs::back_sync)),
        (
            "/integrations/{id}/schedule",
            get(schedule::show).put(schedule::replace),
        ),
        (
            "/integrations/{id}/models",
            get(schedule::models).put(schedule::switch),
        ),
        (
            "/integrations/{id}/properties",
            get(properties::list).put(properties::switch),
        ),
        ("/integrations/{id}/held-deletes", get(deletions::list)),
        (
            "/integrations/{id}/held-deletes/{model}/confirm",
            post(deletions::confirm),
        ),
        (
            "/integrations/{id}/held-deletes/{model}/reject",
            post(deletions::reject),
        ),
        (
            "/integrations/{id}/dead-letters",
            get(deletions::dead_letters),
        ),
        (
            "/integrations/{id}/dead-letters/retry",
            post(deletions::retry),
        ),
        ("/integrations/{id}/changes-per-day", get(history::per_day)),
        (
            "/integrations/{id}/records/{record_id}/history",
            get(history::of_record),
        ),
        ("/integrations/{id}/syncs", get(syncs::list)),
        ("/integrations/{id}/events", get(events::of_integration)),
        ("/syncs/{sync_id}", get(syncs::single)),
        ("/syncs/{sync_id}/cancel", post(syncs::cancel)),
        ("/syncs/{sync_id}/log", get(syncs::log)),
        ("/syncs/{sync_id}/events", get(events::of_sync)),
        ("/syncs/{sync_id}/dead-letters", get(syncs::dead_letters)),
    ]
}

/// The paths outside `/v1` that are part of the contract.
fn operations() -> [(&'static str, MethodRouter<ApiState>); 3] {
    [
        ("/healthz", get(operations::healthz)),
        ("/readyz", get(operations::readyz)),
        ("/metrics", get(operations::metrics)),
    ]
}

/// Every path of the contract, without its trailing slash.
#[cfg(test)]
pub(crate) fn patterns() -> Vec<String> {
    let models = MODELS.iter().flat_map(|spec| {
        [
            format!("/v1/{}", spec.path),
            format!("/v1/{}/{{id}}", spec.path),
        ]
    });
    let admin = admin()
        .into_iter()
        .map(|(path, _)| format!("/v1/admin{path}"));
    let operations = operations().map(|(path, _)| path.to_owned());
    let feed = ["/v1/changes".to_owned()];
    models.chain(feed).chain(admin).chain(operations).collect()
}

/// Everything that is served, without the edge around it.
pub(crate) fn all(state: &ApiState) -> Router<ApiState> {
    let mut router = Router::new();
    for spec in &MODELS {
        let path = format!("/v1/{}", spec.path);
        router = both(router, &path, get(records::list(spec)));
        router = both(
            router,
            &format!("{path}/{{id}}"),
            get(records::single(spec)),
        );
    }
    let mut admins = Router::new();
    for (path, methods) in admin() {
        admins = both(admins, &format!("/v1/admin{path}"), methods);
    }
    // Around all of them, so that none can be forgotten.
    let audited = middleware::from_fn_with_state(state.clone(), crate::audit::audited);
    let mut others = admins.route_layer(audited);
    others = both(others, "/v1/changes", get(changes::list));
    for (path, methods) in operations() {
        others = others.route(path, methods);
    }
    // Around everything that could have a POST: the models have none, and their lists are asked for most.
    let idempotent = middleware::from_fn_with_state(state.clone(), crate::idempotency::idempotent);
    router
        .merge(
            others
                .merge(reference::router(state))
                .route_layer(idempotent),
        )
        .fallback(edge::no_such_route)
}

fn both(router: Router<ApiState>, path: &str, methods: MethodRouter<ApiState>) -> Router<ApiState> {
    router
        .route(path, methods.clone())
        .route(&format!("{path}/"), methods)
}

/// The two ids in a path.
///
/// # Errors
///
/// `path_not_utf8`.
pub(crate) fn ids_of(
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<(String, String), Problem> {
    match path {
        Ok(Path(ids)) => Ok(ids),
        Err(_) => Err(Problem::new("path_not_utf8")),
    }
}

/// The id in a path.
///
/// # Errors
///
/// `path_not_utf8`.
pub(crate) fn id_of(path: Result<Path<String>, PathRejection>) -> Result<String, Problem> {
    match path {
        Ok(Path(id)) => Ok(id),
        Err(_) => Err(Problem::new("path_not_utf8")),
    }
}
