//! Where an address leads that only forms are sent to: a form that was refused leaves the browser there, and loading it
//! again is a question like any other.

use axum::extract::Path;
use axum::response::Redirect;

use crate::pages::{segment, vendor_path};

pub(crate) async fn start() -> Redirect {
    Redirect::to("/")
}

pub(crate) async fn connectors() -> Redirect {
    Redirect::to("/connectors")
}

pub(crate) async fn settings() -> Redirect {
    Redirect::to("/settings")
}

pub(crate) async fn users() -> Redirect {
    Redirect::to("/users")
}

pub(crate) async fn settings_of(Path(id): Path<String>) -> Redirect {
    Redirect::to(&format!("/integrations/{}/settings", segment(&id)))
}

pub(crate) async fn new_customer(Path((vendor, environment)): Path<(String, String)>) -> Redirect {
    let list = vendor_path(&vendor, &segment(&environment));
    Redirect::to(&format!("{list}/new"))
}
