//! The way in and out: signing in, one-time links, signing out.

use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::SameSite;
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderMap, StatusCode};
use maud::{Markup, html};
use portcullis_front::Arrival;
use portcullis_service::{Choice, InputProblem, Invitation, ServiceError, SignInError};
use serde::Deserialize;

use crate::ConsoleState;
use crate::fault::Fault;
use crate::frame;
use crate::icon::icon;
use crate::parts::{Field, field, notice, problem_at};
use crate::posted::{Fields, Posted, forged, is_foreign, same};
use crate::show;
use crate::visitor::{DOOR, Look, SESSION, Visitor, cookie, next_of, session_cookie};
use crate::words::Tone;

/// Where to go after signing in.
#[derive(Debug, Deserialize)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

pub(crate) async fn sign_in(
    visitor: Option<Visitor>,
    Query(query): Query<Next>,
    arrival: Arrival,
    headers: HeaderMap,
) -> Response {
    if visitor.is_some() {
        return Redirect::to(next_of(&query.next)).into_response();
    }
    let (jar, token) = door_token(&headers, &arrival);
    let page = sign_in_page(&headers, &token, &query.next, "", None);
    (jar, page).into_response()
}

/// What the form must repeat: kept in a cookie, so that another site cannot sign anybody in as somebody else.
fn door_token(headers: &HeaderMap, arrival: &Arrival) -> (CookieJar, String) {
    let jar = CookieJar::from_headers(headers);
    if let Some(known) = jar.get(DOOR) {
        let token = known.value().to_owned();
        return (jar, token);
    }
    let token = BASE64URL_NOPAD.encode(&rand::random::<[u8; 16]>());
    let jar = jar.add(cookie(DOOR, token.clone(), arrival, SameSite::Strict));
    (jar, token)
}

/// Whether a form of the door comes from a page of ours.
fn is_ours(headers: &HeaderMap, fields: &Fields) -> bool {
    let jar = CookieJar::from_headers(headers);
    let token = jar.get(DOOR).map_or("", |cookie| cookie.value());
    same(fields.text("csrf"), token) && !is_foreign(headers)
}

fn sign_in_page(
    headers: &HeaderMap,
    token: &str,
    next: &str,
    email: &str,
    problem: Option<&str>,
) -> Markup {
    let content = html! {
        div.panel {
            div.stack-tight {
                h1 { "Sign in" }
                p.muted { "Your integrations, and what they bring." }
            }
            @if let Some(problem) = problem {
                (notice(Tone::Bad, "circle-x", "Not signed in", &html! { p { (problem) } }, &html! {}))
            }
            form.form method="post" action="/sign-in" {
                (crate::parts::csrf(token))
                input type="hidden" name="next" value=(next);
                (field(Field { name: "email", label: "E-mail address", kind: "email", value: email, required: true,
                    autocomplete: "username", ..Field::default() }))
                (field(Field { name: "password", label: "Password", kind: "password", required: true,
                    autocomplete: "current-password", ..Field::default() }))
                button.btn.primary { "Sign in" }
            }
            p.small.muted { "Forgotten the password, or new here? An admin of this installation makes you a one-time link." }
        }
    };
    frame::door("Sign in", Look::of(headers), &content)
}

pub(crate) async fn enter(
    State(state): State<ConsoleState>,
    arrival: Arrival,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let headers = parts.headers;
    let fields = match Fields::read(&headers, body).await {
        Ok(fields) => fields,
        Err(fault) => return fault.into_response(),
    };
    if !is_ours(&headers, &fields) {
        return forged().into_response();
    }
    let email = fields.text("email");
    let (jar, token) = door_token(&headers, &arrival);
    let again = |status: StatusCode, problem: &str| {
        let page = sign_in_page(&headers, &token, fields.text("next"), email, Some(problem));
        (status, jar.clone(), page).into_response()
    };
    if let Some(wait) = state.throttle.wait(email).await {
        let minutes = wait.as_secs().div_ceil(60);
        return again(
            StatusCode::TOO_MANY_REQUESTS,
            &format!(
                "Too many wrong passwords for this address. Try again in {minutes} min, or ask an admin for a link."
            ),
        );
    }
    match state
        .service
        .sign_in(email, &fields.secret("password"))
        .await
    {
        Ok(session) => {
            state.throttle.right(email).await;
            let jar = jar.clone().add(session_cookie(&session, &arrival));
            (jar, Redirect::to(next_of(fields.text("next")))).into_response()
        }
        Err(error @ SignInError::Wrong) => {
            // Whom to shut out, for whoever watches the log; the address that was tried is a person's.
            tracing::warn!(
                client = arrival.client.map(tracing::field::display),
                "console.sign_in_refused"
            );
            state.throttle.wrong(email).await;
            again(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string())
        }
        Err(SignInError::Service(error)) => Fault::from(error).into_response(),
    }
}

pub(crate) async fn leave(
    State(state): State<ConsoleState>,
    arrival: Arrival,
    headers: HeaderMap,
    Posted { visitor, .. }: Posted,
) -> Result<Response, Fault> {
    state.service.sign_out(&visitor.token).await?;
    let jar = CookieJar::from_headers(&headers);
    let gone = cookie(SESSION, String::new(), &arrival, SameSite::Lax);
    Ok((jar.remove(gone), Redirect::to("/sign-in")).into_response())
}

pub(crate) async fn welcome(
    State(state): State<ConsoleState>,
    Path(token): Path<String>,
    arrival: Arrival,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let Some(link) = state.service.invitation(&token).await? else {
        return Ok(used_up(&headers));
    };
    let (jar, door) = door_token(&headers, &arrival);
    let page = welcome_page(&headers, &door, &token, &link, &Fields::default(), &[]);
    Ok((jar, page).into_response())
}

fn used_up(headers: &HeaderMap) -> Response {
    let content = html! {
        div.panel {
            div.empty {
                (icon("key-round"))
                h1 { "This link does not work any more" }
                p { "It was used already, or it is too old. An admin makes a new one under Settings, Users. \
                     While nobody has signed in yet, restarting the gateway prints one." }
                div.actions { a.btn.primary href="/sign-in" { "Sign in" } }
            }
        }
    };
    let page = frame::door("Link used up", Look::of(headers), &content);
    (StatusCode::GONE, page).into_response()
}

fn welcome_page(
    headers: &HeaderMap,
    door: &str,
    token: &str,
    link: &Invitation,
    typed: &Fields,
    problems: &[InputProblem],
) -> Markup {
    let (title, lead) = if link.is_reset {
        (
            "Choose a new password",
            "You are then signed in here, and signed out everywhere else.".to_owned(),
        )
    } else {
        let role = frame::role(link.role);
        (
            "Welcome to Portcullis",
            format!("This link works once. It makes you a user with the role {role}."),
        )
    };
    let content = html! {
        div.panel {
            div.stack-tight { h1 { (title) } p.muted { (lead) } }
            form.form method="post" action=(portcullis_link(token)) {
                (crate::parts::csrf(door))
                @if let Some(email) = &link.email {
                    p { "E-mail address: " strong { (show::cut(email, 100)) } }
                    input type="hidden" name="username" autocomplete="username" value=(email);
                } @else {
                    (field(Field { name: "email", label: "E-mail address", kind: "email", value: typed.text("email"), required: true,
                        autocomplete: "username", problem: problem_at(problems, "/email"),
                        help: Some("You sign in with it. No mail is sent."), ..Field::default() }))
                }
                @if !link.is_reset {
                    (field(Field { name: "name", label: "Your name", kind: "text", value: typed.text("name"), required: true,
                        autocomplete: "name", problem: problem_at(problems, "/name"),
                        help: Some("Stands beside what you do, in the events of each customer."), ..Field::default() }))
                }
                (field(Field { name: "password", label: "Password", kind: "password", required: true,
                    autocomplete: "new-password", problem: problem_at(problems, "/password"),
                    help: Some("At least 12 characters. A few unrelated words are easy to remember and hard to guess."), ..Field::default() }))
                button.btn.primary { @if link.is_reset { "Set the password" } @else { "Create my user" } }
            }
        }
    };
    frame::door(title, Look::of(headers), &content)
}

fn portcullis_link(token: &str) -> String {
    crate::link_path(&super::segment(token))
}

pub(crate) async fn accept(
    State(state): State<ConsoleState>,
    Path(token): Path<String>,
    arrival: Arrival,
    request: Request,
) -> Result<Response, Fault> {
    let (parts, body) = request.into_parts();
    let headers = parts.headers;
    let fields = Fields::read(&headers, body).await?;
    if !is_ours(&headers, &fields) {
        return Ok(forged().into_response());
    }
    let choice = Choice {
        email: fields.text("email").to_owned(),
        name: fields.text("name").to_owned(),
        password: fields.secret("password"),
    };
    match state.service.accept_invitation(&token, choice).await {
        Ok(session) => {
            let jar = CookieJar::from_headers(&headers).add(session_cookie(&session, &arrival));
            Ok((jar, Redirect::to("/")).into_response())
        }
        Err(ServiceError::Invalid(problems)) => {
            let Some(link) = state.service.invitation(&token).await? else {
                return Ok(used_up(&headers));
            };
            let (jar, door) = door_token(&headers, &arrival);
            let page = welcome_page(&headers, &door, &token, &link, &fields, &problems);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, jar, page).into_response())
        }
        Err(ServiceError::NotFound { .. }) => Ok(used_up(&headers)),
        Err(error) => Err(error.into()),
    }
}
