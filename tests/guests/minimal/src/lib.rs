//! The smallest good connector, for a vendor that tests make up.
//!
//! The vendor answers `GET {base_url}/items?model=M&offset=O&limit=L` (and
//! `&since=T` in incremental runs) with
//! `{"total": 3, "items": [{"id": "1", "name": "A", "property": "7"}]}`, sorted
//! by id; `property` matters to units only. The header `x-api-key` carries the
//! secret `apiKey`; 401 refuses it. Access is all or nothing.
//!
//! It is built **without** a manifest, so that tests append their own;
//! `connector.toml` beside it is the usual one.

use portcullis_sdk::paging::PageNumber;
use portcullis_sdk::serde::{Deserialize, Serialize};
use portcullis_sdk::{
    Batch, Connector, Context, Error, Identity, Page, PageRequest, PayloadWriter, ProbeRequest,
    RecordKey, Request, Response, Result, Span, Text, Verdict, dates,
};

struct Minimal;

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

fn items(
    ctx: &Context<'_>,
    model: &str,
    offset: u64,
    limit: u32,
    since: Option<&str>,
) -> Result<Response> {
    let mut request = Request::get(ctx.url("/items"))
        .secret_header("x-api-key", "apiKey")
        .query("model", model)
        .query("offset", offset)
        .query("limit", limit);
    if let Some(since) = since {
        request = request.query("since", since);
    }
    request.send(ctx)?.accepted()
}

impl Connector for Minimal {
    fn validate(ctx: &Context<'_>) -> Result<Identity> {
        items(ctx, "properties", 0, 1, None)?;
        Ok(Identity::default())
    }

    fn probe(ctx: &Context<'_>, request: ProbeRequest) -> Result<Verdict> {
        let response = items(ctx, &request.model, 0, 1, None)?;
        let answer: Answer<'_> = response.json()?;
        Ok(match answer.items.first() {
            Some(item) => {
                Verdict::granted(Some(answer.total), Some(RecordKey::of(item.id.as_str())))
            }
            None => Verdict::Empty,
        })
    }

    fn pull(ctx: &Context<'_>, request: PageRequest) -> Result<Page> {
        let since = match &request.span {
            Span::Full | Span::Window(_) => None,
            Span::Since(watermark) => Some(watermark.as_str()),
        };
        let page = PageNumber::read(request.cursor.as_deref(), 0)?;
        let limit = request.target_records.clamp(1, 1000);
        let offset = u64::from(page.0) * u64::from(limit);
        let response = items(ctx, &request.model, offset, limit, since)?;
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
        Ok(Page::last(
            vec![batch],
            dates::rfc3339_seconds(request.started_at),
        ))
    }
}

portcullis_sdk::export_connector!(Minimal);

#[cfg(test)]
mod tests {
    use portcullis_sdk::testing::{FakeHost, page_request, response};
    use portcullis_sdk::{Next, Reaction};

    use super::*;

    #[test]
    fn two_pages_then_the_end() {
        let host = FakeHost::new(|request| {
            let item = if request.url.contains("offset=0") {
                "1"
            } else {
                "2"
            };
            let body = format!(r#"{{"total":2,"items":[{{"id":"{item}","property":"7"}}]}}"#);
            Ok(response(200, &body))
        });
        let ctx = host.context("{}");
        let mut request = page_request("units");
        request.target_records = 1;
        let first = Minimal::pull(&ctx, request.clone()).expect("a page");
        let Next::More(cursor) = first.next else {
            panic!("there is more")
        };
        request.cursor = Some(cursor);
        let second = Minimal::pull(&ctx, request).expect("a page");
        assert_eq!(second.batches[0].upserts[0].key, RecordKey::of("2"));
        assert_eq!(
            second.batches[0].upserts[0].payload,
            r#"{"x_property_id":"7","number":null}"#
        );
        assert_eq!(
            second.next,
            Next::Complete(Some("2026-01-01T00:00:00Z".into()))
        );
    }

    #[test]
    fn a_refused_key_is_unauthenticated() {
        let host = FakeHost::new(|_| Ok(response(401, "no such key")));
        let error = Minimal::validate(&host.context("{}")).expect_err("refused");
        assert_eq!(error.reaction, Reaction::Unauthenticated);
    }

    #[test]
    fn the_usual_manifests_of_the_guests_are_valid() {
        for text in [
            include_str!("../connector.toml"),
            include_str!("../../hostile/connector.toml"),
        ] {
            let manifest = portcullis_manifest::Manifest::parse(text).expect("a valid manifest");
            assert!(!manifest.models.is_empty());
        }
    }
}
