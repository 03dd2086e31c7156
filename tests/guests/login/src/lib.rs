//! The smallest connector whose vendor wants a log-in.
//!
//! `POST {base_url}/login` with user and password answers a token and its life in seconds; `GET {base_url}/items` with
//! the header `x-session` answers as the vendor of the minimal guest does, and 401 once the token is over; `POST
//! {base_url}/logout` gives it back.
//!
//! It is built **without** a manifest, so that tests append their own; `connector.toml` beside it is the usual one.

use portcullis_sdk::paging::PageNumber;
use portcullis_sdk::serde::{Deserialize, Serialize};
use portcullis_sdk::{
    Batch, Capture, Connector, Context, Error, Escaping, Identity, Lifetime, Page, PageRequest,
    PayloadWriter, ProbeRequest, RecordKey, Request, Response, Result, SessionConnector, Source,
    Text, TimeUnit, Verdict,
};

struct LogIn;

/// Stands in the request until the host writes the password there.
const MARK: &str = "@@password@@";

#[derive(Deserialize)]
#[serde(crate = "portcullis_sdk::serde")]
struct Settings {
    user: String,
}

#[derive(Serialize)]
#[serde(crate = "portcullis_sdk::serde")]
struct Credentials<'a> {
    user: &'a str,
    password: &'a str,
}

#[derive(Deserialize)]
#[serde(crate = "portcullis_sdk::serde")]
struct Answer<'a> {
    total: u64,
    #[serde(borrow)]
    items: Vec<Item<'a>>,
}

#[derive(Deserialize)]
#[serde(crate = "portcullis_sdk::serde")]
struct Item<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    property: Option<Text<'a>>,
}

#[derive(Serialize)]
#[serde(crate = "portcullis_sdk::serde")]
struct Property<'a> {
    name: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(crate = "portcullis_sdk::serde")]
struct Unit<'a> {
    x_property_id: Option<&'a str>,
    number: Option<&'a str>,
}

fn items(ctx: &Context<'_>, model: &str, offset: u64, limit: u32) -> Result<Response> {
    let settings: Settings = ctx.settings()?;
    // What the log-in returned stands in the context of each call under it.
    if ctx.session() != Some(note(&settings.user)?.as_str()) {
        return Err(Error::fail("the call runs under no session of this user"));
    }
    let response = Request::get(ctx.url("/items"))
        .secret_header("x-session", "token")
        .query("model", model)
        .query("offset", offset)
        .query("limit", limit)
        .send(ctx)?;
    if response.status == 401 {
        return Err(Error::session_expired("the token is over"));
    }
    response.accepted()
}

fn note(user: &str) -> Result<String> {
    portcullis_sdk::serde_json::to_string(user)
        .map_err(|cause| Error::fail(format!("the user cannot be written: {cause}")))
}

impl SessionConnector for LogIn {
    fn open(ctx: &Context<'_>) -> Result<Option<String>> {
        let settings: Settings = ctx.settings()?;
        let credentials = Credentials {
            user: &settings.user,
            password: MARK,
        };
        Request::post(ctx.url("/login"))
            .json(&credentials)?
            .secret_in_body(MARK, Escaping::JsonString, "password")
            .capture(Capture {
                secret: "token".to_owned(),
                source: Source::JsonPointer("/token".to_owned()),
                lifetime: Some(Lifetime {
                    source: Source::JsonPointer("/expires_in".to_owned()),
                    unit: TimeUnit::Seconds,
                }),
            })
            .send(ctx)?
            .accepted()?;
        Ok(Some(note(&settings.user)?))
    }

    fn close(ctx: &Context<'_>) -> Result<()> {
        Request::post(ctx.url("/logout"))
            .secret_header("x-session", "token")
            .send(ctx)?
            .accepted()?;
        Ok(())
    }
}

impl Connector for LogIn {
    fn validate(ctx: &Context<'_>) -> Result<Identity> {
        items(ctx, "properties", 0, 1)?;
        Ok(Identity::default())
    }

    fn probe(ctx: &Context<'_>, request: ProbeRequest) -> Result<Verdict> {
        let response = items(ctx, &request.model, 0, 1)?;
        let answer: Answer<'_> = response.json()?;
        Ok(match answer.items.first() {
            Some(item) => {
                Verdict::granted(Some(answer.total), Some(RecordKey::of(item.id.as_str())))
            }
            None => Verdict::Empty,
        })
    }

    fn pull(ctx: &Context<'_>, request: PageRequest) -> Result<Page> {
        let page = PageNumber::read(request.cursor.as_deref(), 0)?;
        let limit = request.target_records.clamp(1, 100);
        let offset = u64::from(page.0) * u64::from(limit);
        let response = items(ctx, &request.model, offset, limit)?;
        let answer: Answer<'_> = response.json()?;
        let mut batch = Batch::new(request.model.as_str());
        batch.total = Some(answer.total);
        let mut writer = PayloadWriter::new();
        for item in &answer.items {
            let name = item.name.as_deref();
            let payload = match request.model.as_str() {
                "properties" => writer.write(&Property { name })?,
                "units" => writer.write(&Unit {
                    x_property_id: item.property.as_deref(),
                    number: name,
                })?,
                other => return Err(Error::unsupported(format!("there is no model {other}"))),
            };
            batch.upsert(RecordKey::of(item.id.as_str()), payload);
        }
        let received = answer.items.len() as u64;
        if received > 0 && offset + received < answer.total {
            return Ok(Page::more(vec![batch], page.next()));
        }
        Ok(Page::last(vec![batch], None))
    }
}

portcullis_sdk::export_connector!(LogIn, session);

#[cfg(test)]
mod tests {
    use portcullis_sdk::Reaction;
    use portcullis_sdk::testing::{FakeHost, response};

    use super::*;

    #[test]
    fn a_token_that_is_over_asks_for_a_new_session() {
        let host = FakeHost::new(|_| Ok(response(401, "over")));
        let error = LogIn::open(&host.context(r#"{"user":"ada"}"#)).expect_err("refused");
        assert_eq!(error.reaction, Reaction::Unauthenticated);
        let error = LogIn::validate(&host.context(r#"{"user":"ada"}"#)).expect_err("no session");
        assert_eq!(error.reaction, Reaction::Fail);
    }

    #[test]
    fn the_usual_manifest_is_valid() {
        let text = include_str!("../connector.toml");
        let manifest = portcullis_manifest::Manifest::parse(text).expect("a valid manifest");
        assert!(manifest.session.is_some());
    }
}
