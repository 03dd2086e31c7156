//! A small good connector with one fault, for the conformance suite to find.
//!
//! It reads three lists of a vendor whose API is Buildium's. Which fault it has stands in its own bytes, behind
//! `portcullis-fault=`: a test writes another word there, and has another component. `none` is the good one.
//!
//! It is built **without** a manifest, so that tests append `connector.toml` or one of their own.

mod fault;

use fault::Fault;
use portcullis_sdk::serde_json::{Value, json};
use portcullis_sdk::{
    Batch, Connector, Context, Error, Identity, Method, Page, PageRequest, ProbeRequest, RecordKey,
    Request, Response, Result, Span, Upsert, Verdict, dates,
};

struct Faulty;

/// Where a model lives.
fn path(model: &str) -> Result<&'static str> {
    match model {
        "properties" => Ok("/v1/rentals"),
        "leases" => Ok("/v1/leases"),
        "residents" => Ok("/v1/leases/tenants"),
        other => Err(Error::unsupported(format!("there is no model {other}"))),
    }
}

fn request(method: Method, url: String) -> Request {
    let request = Request::new(method, url)
        .secret_header("x-buildium-client-id", "clientId")
        .secret_header("x-buildium-client-secret", "secret")
        .bucket("second");
    if Fault::DrawsFromOneLimit.is_here() {
        request
    } else {
        request.bucket("minute")
    }
}

fn rows(
    ctx: &Context<'_>,
    model: &str,
    offset: u64,
    limit: u64,
    since: Option<&str>,
) -> Result<Response> {
    let mut list = request(Method::Get, ctx.url(path(model)?))
        .query("limit", limit)
        .query("offset", offset)
        .query("orderby", "Id");
    if let Some(since) = since {
        list = list.query("lastupdatedfrom", since);
    }
    list.send(ctx)
}

fn id(row: &Value) -> Result<String> {
    let id = row.get("Id").and_then(Value::as_i64);
    id.map(|id| id.to_string())
        .ok_or_else(|| Error::protocol("a row without an Id"))
}

fn read(response: &Response) -> Result<Vec<Value>> {
    response.json()
}

impl Connector for Faulty {
    fn validate(ctx: &Context<'_>) -> Result<Identity> {
        let response = rows(ctx, "properties", 0, 1, None)?;
        if !Fault::TakesAnyKey.is_here() {
            response.accepted()?;
        }
        Ok(Identity::default())
    }

    fn probe(ctx: &Context<'_>, wanted: ProbeRequest) -> Result<Verdict> {
        if Fault::Writes.is_here() {
            let url = ctx.url(path(&wanted.model)?);
            // The vendor does not know the method; what it answers is not looked at.
            drop(request(Method::Put, url).send(ctx));
        }
        let response = rows(ctx, &wanted.model, 0, 1, None)?.accepted()?;
        let mut total = response.header_u64("x-total-count");
        if Fault::MiscountsInProbes.is_here() {
            total = total.map(|total| total + 1);
        }
        match read(&response)?.first() {
            None => Ok(Verdict::Empty),
            Some(row) => Ok(Verdict::granted(total, Some(RecordKey::of(id(row)?)))),
        }
    }

    fn pull(ctx: &Context<'_>, wanted: PageRequest) -> Result<Page> {
        fault::before(ctx, &wanted)?;
        let offset = match wanted.cursor.as_deref() {
            None => 0,
            Some(cursor) => cursor
                .split_once('.')
                .map_or(cursor, |(offset, _)| offset)
                .parse()
                .map_err(|_| Error::cursor_expired("the cursor is none of this connector's"))?,
        };
        // The row before the page is read once more.
        let back = u64::from(Fault::RepeatsARow.is_here() && offset > 0);
        let limit = u64::from(wanted.target_records.clamp(1, 1000));
        let since = match &wanted.span {
            Span::Since(_) if Fault::ForgetsChanges.is_here() => {
                dates::rfc3339_seconds(wanted.started_at)
            }
            Span::Since(watermark) => Some(watermark.clone()),
            Span::Full | Span::Window(_) => None,
        };
        let response = rows(
            ctx,
            &wanted.model,
            offset - back,
            limit + back,
            since.as_deref(),
        )?;
        let response = match fault::status(&response) {
            Some(result) => return result,
            None => response.accepted()?,
        };
        let rows = match read(&response) {
            Err(_) if Fault::TakesAnythingForAnEnd.is_here() => return Ok(Page::end(None)),
            rows => rows?,
        };
        let total = response.header_u64("x-total-count");
        let mut batch = Batch::new(wanted.model.as_str());
        batch.total = total;
        for row in &rows {
            batch.upserts.push(record(ctx, &wanted, row)?);
        }
        let next = offset + rows.len() as u64 - back.min(rows.len() as u64);
        let more = !rows.is_empty() && total.is_some_and(|total| next < total);
        let more = more && !(Fault::StopsEarly.is_here() && wanted.model == "residents");
        let mut batches = vec![batch];
        if Fault::BringsMore.is_here() && wanted.model == "properties" {
            batches.push(Batch::new("residents"));
        }
        if more {
            return Ok(Page::more(batches, fault::cursor(next, &response)));
        }
        let watermark = (wanted.model == "leases" && !Fault::LeavesNoWatermark.is_here())
            .then(|| dates::rfc3339_seconds(wanted.started_at))
            .flatten();
        Ok(Page::last(batches, watermark))
    }
}

fn record(ctx: &Context<'_>, wanted: &PageRequest, row: &Value) -> Result<Upsert> {
    let text = |name: &str| row.get(name).and_then(Value::as_str);
    let number = |name: &str| {
        row.get(name)
            .and_then(Value::as_i64)
            .map(|id| id.to_string())
    };
    let mut payload = match wanted.model.as_str() {
        "properties" => json!({"name": text("Name")}),
        "leases" => {
            let status = text("LeaseStatus");
            json!({
                "x_property_id": number("PropertyId"),
                "x_unit_id": number("UnitId"),
                "status_raw": status,
                "status_normalized": status.map(normalized).transpose()?,
            })
        }
        _ => json!({"first_name": text("FirstName"), "last_name": text("LastName")}),
    };
    fault::payload(ctx, &mut payload, row);
    let mut key = RecordKey::of(id(row)?);
    if Fault::ScopesKeys.is_here() {
        key.scope = Some("1".to_owned());
    }
    let wants_original = wanted.originals || Fault::FillsOriginals.is_here();
    Ok(Upsert {
        key,
        updated_at: text("LastUpdatedDateTime").and_then(stamp),
        payload: payload.to_string(),
        original: wants_original.then(|| row.to_string()),
    })
}

fn stamp(text: &str) -> Option<i64> {
    let stamp: portcullis_sdk::model::Timestamp = text.parse().ok()?;
    Some(stamp.millis())
}

fn normalized(status: &str) -> Result<&'static str> {
    Ok(match status {
        "Active" => "ACTIVE",
        "Past" | "Terminated" => "INACTIVE",
        "Future" => "PENDING",
        "Suspended" => "OTHER",
        other if Fault::KnowsAllWords.is_here() => {
            return Err(Error::protocol(format!("there is no status {other}")));
        }
        _ => "OTHER",
    })
}

portcullis_sdk::export_connector!(Faulty);

#[cfg(test)]
mod tests {
    use portcullis_sdk::serde_json;
    use portcullis_sdk::testing::{FakeHost, page_request, response};

    use super::*;

    #[test]
    fn without_a_fault_it_is_good() {
        let host = FakeHost::new(|_| {
            let mut page = response(
                200,
                r#"[{"Id":7,"PropertyId":1,"UnitId":2,"LeaseStatus":"Odd","LastUpdatedDateTime":"2026-01-01T00:00:00Z"}]"#,
            );
            page.headers
                .push(("x-total-count".to_owned(), "1".to_owned()));
            Ok(page)
        });
        let page = Faulty::pull(&host.context("{}"), page_request("leases")).expect("a page");
        let lease = &page.batches[0].upserts[0];
        assert_eq!(lease.key, RecordKey::of("7"));
        assert_eq!(lease.updated_at, Some(1_767_225_600_000));
        let payload: Value = serde_json::from_str(&lease.payload).expect("JSON");
        assert_eq!(payload["status_normalized"], "OTHER");
        assert_eq!(payload["x_property_id"], "1");
    }

    #[test]
    fn the_manifest_is_valid() {
        let text = include_str!("../connector.toml");
        let manifest = portcullis_manifest::Manifest::parse(text).expect("a valid manifest");
        assert_eq!(manifest.models.len(), 3);
    }
}
