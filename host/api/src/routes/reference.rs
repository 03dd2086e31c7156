//! The reference: `/openapi.json`, its page at `/docs`, and one page for each error code.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::response::Html;
use axum::routing::get;
use utoipa_swagger_ui::SwaggerUi;

use crate::ApiState;
use crate::codes::{self, CodeEntry, Place, page};
use crate::problem::Problem;
use crate::routes::id_of;

pub(crate) fn router(state: &ApiState) -> Router<ApiState> {
    let document = Arc::unwrap_or_clone(Arc::clone(&state.openapi));
    let page = SwaggerUi::new("/docs").external_url_unchecked("/openapi.json", document);
    Router::new()
        .route("/docs/errors", get(all_codes))
        .route("/docs/errors/", get(all_codes))
        .route("/docs/errors/{code}", get(one_code))
        .merge(Router::from(page))
}

async fn all_codes() -> Html<String> {
    let mut body = String::from("<h1>Error codes</h1>");
    for place in Place::ALL {
        // Writing to a `String` cannot fail.
        let _ = write!(body, "<h2>{}</h2><dl>", place.title());
        for entry in codes::all().filter(|entry| entry.place == place) {
            let _ = write!(
                body,
                "<dt><a href=\"/docs/errors/{0}\"><code>{0}</code></a></dt><dd>{1}</dd>",
                entry.code,
                escape(entry.title)
            );
        }
        body.push_str("</dl>");
    }
    Html(html("Error codes", &body))
}

async fn one_code(path: Result<Path<String>, PathRejection>) -> Result<Html<String>, Problem> {
    let code = id_of(path)?;
    let entry = codes::find(&code).ok_or_else(|| Problem::new("error_code_not_found"))?;
    Ok(Html(html(entry.code, &describe(entry))))
}

fn describe(entry: &CodeEntry) -> String {
    format!(
        "<h1>{}</h1><p><code>{}</code>, {}.</p><h2>What happened</h2><p>{}</p><h2>What to do</h2><p>{}</p>\
         <h2>Who must act</h2><p>{}</p><p><a href=\"/docs/errors\">All codes</a></p>",
        escape(entry.title),
        entry.code,
        page::met(entry),
        escape(entry.happened),
        escape(entry.action),
        page::who(entry.who),
    )
}

fn html(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <body style=\"font-family:system-ui;max-width:44rem;margin:2rem auto;padding:0 1rem\">{body}</body></html>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
