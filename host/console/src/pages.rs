//! Every page and form of the console.

pub(crate) mod access;
mod actions;
mod connectors;
mod credentials;
mod customer_settings;
pub(crate) mod data;
mod door;
mod held;
pub(crate) mod integration;
mod integrations;
pub(crate) mod job;
pub(crate) mod jobs;
mod keys;
mod new_customer;
mod properties;
mod record;
mod record_table;
mod settings;
mod to;
mod users;
pub(crate) mod vendor;

use axum::Router;
use axum::routing::get;
use portcullis_service::Environment;

use crate::fault::Fault;
use crate::{ConsoleState, live};

pub(crate) fn all() -> Router<ConsoleState> {
    Router::new()
        .route("/", get(integrations::show))
        .route("/vendors/{vendor}/{environment}", get(vendor::show))
        .route("/vendors/{vendor}/{environment}/live", get(live::customers))
        .route(
            "/vendors/{vendor}/{environment}/new",
            get(new_customer::show).post(new_customer::submit),
        )
        .route(
            "/vendors/{vendor}/{environment}/demo",
            get(to::new_customer).post(new_customer::fill),
        )
        .route("/integrations/{id}", get(integration::overview))
        .route("/integrations/{id}/live", get(live::integration))
        .route("/integrations/{id}/jobs", get(jobs::list))
        .route("/integrations/{id}/jobs/live", get(live::jobs_list))
        .route("/integrations/{id}/jobs/{sync}", get(job::show))
        .route("/integrations/{id}/jobs/{sync}/log.txt", get(job::download))
        .route("/integrations/{id}/jobs/{sync}/live", get(live::job))
        .route("/integrations/{id}/settings", get(customer_settings::page))
        .route(
            "/integrations/{id}/settings/schedule",
            get(to::settings_of).post(customer_settings::change_schedule),
        )
        .route(
            "/integrations/{id}/settings/properties",
            get(to::settings_of).post(properties::switch),
        )
        .route(
            "/integrations/{id}/deletions/{model}",
            get(held::ask).post(held::decide),
        )
        .route(
            "/integrations/{id}/settings/models",
            get(to::settings_of).post(customer_settings::switch_models),
        )
        .route(
            "/integrations/{id}/credentials",
            get(credentials::ask).post(credentials::replace),
        )
        .route("/integrations/{id}/events", get(integration::events))
        .route(
            "/integrations/{id}/actions/{action}",
            get(actions::ask).post(actions::act),
        )
        .route("/data", get(data::show))
        .route("/data/live", get(live::records))
        .route("/data/{environment}/{model}/{id}", get(record::show))
        .route("/connectors", get(connectors::show))
        .route(
            "/connectors/{id}/approve",
            get(to::connectors).post(connectors::approve),
        )
        .route("/keys", get(keys::show))
        .route("/keys/new", get(keys::ask).post(keys::create))
        .route("/keys/{id}/revoke", get(keys::confirm).post(keys::revoke))
        .route(
            "/keys/{id}/rotate",
            get(keys::ask_rotation).post(keys::rotate),
        )
        .route("/settings", get(settings::show))
        .route("/settings/theme", get(to::settings).post(settings::theme))
        .route("/account", get(to::start).post(settings::account))
        .route("/help", get(settings::help))
        .route("/users", get(users::show))
        .route("/users/new", get(users::ask).post(users::invite))
        .route("/users/{id}", get(to::users).post(users::change))
        .route(
            "/users/{id}/accounts",
            get(users::ask_accounts).post(users::limit),
        )
        .route("/users/{id}/password", get(to::users).post(users::reset))
        .route("/sign-in", get(door::sign_in).post(door::enter))
        .route("/sign-out", get(to::start).post(door::leave))
        .route("/welcome/{token}", get(door::welcome).post(door::accept))
}

/// The environment that a path names.
pub(crate) fn environment_of(word: &str) -> Result<Environment, Fault> {
    Environment::parse(word).ok_or_else(Fault::missing)
}

/// `Sandbox` or `Production`.
pub(crate) fn environment_name(environment: Environment) -> &'static str {
    match environment {
        Environment::Sandbox => "Sandbox",
        Environment::Production => "Production",
    }
}

/// The path of a list of customers.
pub(crate) fn vendor_path(vendor: &str, environment: &str) -> String {
    format!("/vendors/{}/{environment}", segment(vendor))
}

/// A text as one segment of a path, or one value of a query.
pub(crate) fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
