//! One page of a list, as batches of records.

use std::collections::BTreeMap;

use portcullis_sdk::model::{Application, Date};
use portcullis_sdk::paging::{OffsetCursor, Overlap, Step};
use portcullis_sdk::serde_json::{self, value::RawValue};
use portcullis_sdk::{
    Batch, Context, Error, Level, Omission, Page, PageRequest, PayloadWriter, RecordKey, Request,
    Response, Result, Span, Upsert, dates,
};
use serde::Deserialize;

use crate::map::{Row, applications};
use crate::vendor::{self, List, MOST_ROWS};
use crate::wire;

/// How far a watermark lies before the start of the run that made it, in
/// milliseconds: the vendor's clock and ours differ, and its stamps are written
/// a little after the fact.
const WATERMARK_OVERLAP: i64 = 5 * 60 * 1000;

/// How much of the page's limit is filled at most, in percent: the host counts
/// the envelope too.
const FILL: u64 = 90;

/// What a record costs in a page beyond its texts, in bytes.
const ENVELOPE: u64 = 64;

/// What a companion record costs at most in usual pages, in bytes.
const COMPANION: u64 = 640;

/// One page of the list that holds the lead, and of the companions asked for.
pub(crate) fn pull(ctx: &Context<'_>, request: &PageRequest) -> Result<Page> {
    let cursor = OffsetCursor::read(request.cursor.as_deref())?;
    match request.model.as_str() {
        "properties" => read::<Rentals>(ctx, request, cursor),
        "units" => read::<Units>(ctx, request, cursor),
        "leases" => read::<Leases>(ctx, request, cursor),
        "residents" => read::<Tenants>(ctx, request, cursor),
        "applicants" => read::<Applicants>(ctx, request, cursor),
        other => Err(Error::unsupported(format!("{other} is no model that leads pages"))),
    }
}

/// A list, and the type of its rows while they borrow from an answer.
trait Rows {
    const LIST: List;
    type Row<'a>: Row<'a>;

    /// The records of companions that a row carries.
    fn companions(_row: &Self::Row<'_>, _companions: &mut Companions) {}
}

macro_rules! lists {
    ($($name:ident = $list:ident of $row:ident),*) => {$(
        struct $name;
        impl Rows for $name {
            const LIST: List = List::$list;
            type Row<'a> = wire::$row<'a>;
        }
    )*};
}

lists!(Rentals = Rentals of Rental, Units = Units of Unit, Leases = Leases of Lease, Tenants = Tenants of Tenant);

struct Applicants;

impl Rows for Applicants {
    const LIST: List = List::Applicants;
    type Row<'a> = wire::Applicant<'a>;

    fn companions(row: &wire::Applicant<'_>, companions: &mut Companions) {
        companions.take(row);
    }
}

/// Applications seen on a page. One that several applicants share is one
/// record with all of them.
struct Companions {
    wanted: bool,
    records: BTreeMap<i64, Application>,
    omissions: Vec<Omission>,
}

impl Companions {
    fn take(&mut self, row: &wire::Applicant<'_>) {
        if !self.wanted {
            return;
        }
        for (id, application) in applications(row) {
            match application {
                Ok(application) => {
                    self.records
                        .entry(id)
                        .and_modify(|known| known.applicants.extend(application.applicants.iter().cloned()))
                        .or_insert(application);
                }
                Err(why) => self.omissions.push(Omission::malformed(Some(key(id)), why)),
            }
        }
    }

    fn batch(self, writer: &mut PayloadWriter) -> Result<Option<Batch>> {
        if !self.wanted {
            return Ok(None);
        }
        let mut batch = Batch::new("applications");
        batch.omissions = self.omissions;
        for (id, application) in &self.records {
            batch.upsert(key(*id), writer.write(application)?);
        }
        Ok(Some(batch))
    }
}

fn key(id: i64) -> RecordKey {
    RecordKey::of(id.to_string())
}

/// Fetches the page, going back while rows have moved up, and maps it.
fn read<L: Rows>(ctx: &Context<'_>, request: &PageRequest, cursor: OffsetCursor) -> Result<Page> {
    let limit = cursor.limit(request.target_records, MOST_ROWS);
    let mut here = cursor;
    let mut left = ctx.requests().max(1);
    loop {
        let response = fetch(ctx, L::LIST, request, here.offset, limit)?;
        left -= 1;
        let rows = rows::<L::Row<'_>>(&response)?;
        match here.overlap(rows.first().and_then(row_id), u64::from(limit)) {
            Overlap::Sound => return page::<L>(ctx, request, here, limit, &response, rows),
            Overlap::ReadFrom(earlier) => {
                let shifted = earlier.to_string();
                ctx.log(Level::Info, "rows moved between two pages; reading again", &[("offset", &shifted)]);
                here.offset = earlier;
            }
        }
        if left == 0 {
            return Ok(Page::more(empty_batches(request), here.write()));
        }
    }
}

/// What `pull` answers when a page is to be asked for again from further up.
fn empty_batches(request: &PageRequest) -> Vec<Batch> {
    let companions = request.companions.iter().map(|companion| Batch::new(companion.as_str()));
    std::iter::once(Batch::new(request.model.as_str())).chain(companions).collect()
}

fn fetch(
    ctx: &Context<'_>,
    list: List,
    request: &PageRequest,
    offset: u64,
    limit: u32,
) -> Result<Response> {
    let mut query = list.request(ctx, limit).query("offset", offset).query("orderby", "Id asc");
    query = match &request.span {
        Span::Full => query,
        Span::Since(watermark) => {
            if dates::timestamp(watermark).is_none() {
                return Err(Error::watermark_expired("the watermark is no time"));
            }
            between(query, Some(watermark.clone()), dates::rfc3339_seconds(request.started_at))
        }
        Span::Window(window) => between(
            query,
            dates::rfc3339_seconds(window.start),
            dates::rfc3339_seconds(window.end),
        ),
    };
    let response = vendor::send(ctx, query)?;
    if response.status == 200 { Ok(response) } else { Err(vendor::failure(&response)) }
}

/// Both ends are inclusive. The later one makes the window stand still while
/// it is paged: rows that change meanwhile leave it and come with the next run.
fn between(query: Request, from: Option<String>, to: Option<String>) -> Request {
    let query = match from {
        Some(from) => query.query("lastupdatedfrom", from),
        None => query,
    };
    match to {
        Some(to) => query.query("lastupdatedto", to),
        None => query,
    }
}

/// A row, or why it is none, with its id if that much could be read.
type Read<R> = std::result::Result<R, (Option<i64>, String)>;

fn row_id<'a, R: Row<'a>>(row: &Read<R>) -> Option<i64> {
    match row {
        Ok(row) => Some(row.id()),
        Err((id, _)) => *id,
    }
}

/// All rows at once; one by one only if that fails, so that a malformed row
/// costs itself and not the page.
fn rows<'a, R: Row<'a>>(response: &'a Response) -> Result<Vec<Read<R>>> {
    let text = response.text()?;
    if let Ok(rows) = serde_json::from_str::<Vec<R>>(text) {
        return Ok(rows.into_iter().map(Ok).collect());
    }
    let rows: Vec<&'a RawValue> = serde_json::from_str(text)
        .map_err(|cause| Error::protocol(format!("the answer is no list: {cause}")))?;
    Ok(rows.into_iter().map(one_row).collect())
}

fn one_row<'a, R: Row<'a>>(raw: &'a RawValue) -> Read<R> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Id {
        id: i64,
    }

    serde_json::from_str(raw.get()).map_err(|cause| {
        let id = serde_json::from_str::<Id>(raw.get()).ok().map(|row| row.id);
        let place = cause.column();
        let kind = if cause.is_data() { "a value of another kind than expected" } else { "no JSON" };
        (id, format!("{kind} at byte {place} of the record"))
    })
}

/// The rows as a page, and what follows it.
fn page<'a, L: Rows>(
    ctx: &Context<'_>,
    request: &PageRequest,
    here: OffsetCursor,
    limit: u32,
    response: &Response,
    rows: Vec<Read<L::Row<'a>>>,
) -> Result<Page> {
    let today = dates::utc_day(request.started_at)
        .ok_or_else(|| Error::fail("the run began outside the calendar"))?;
    let mut filler = Filler::new(request, today);
    let sorted = rising(rows.iter().filter_map(row_id));
    if !sorted {
        ctx.log(Level::Warn, "the vendor did not sort by id", &[]);
    }

    let total = vendor::total(response);
    let received = rows.len() as u64;
    let mut taken = 0;
    let mut tail = None;
    for (at, row) in rows.into_iter().enumerate() {
        let id = row_id(&row);
        let seen_before = at == 0 && here.last.is_some() && id == here.last;
        if !seen_before && !filler.add::<L>(row)? {
            break;
        }
        taken += 1;
        if let (Some(id), true) = (id, sorted) {
            tail = Some((at as u64, id));
        }
    }
    filler.batch.total = total;

    let step = if taken < received {
        Step::More(here.behind(taken, tail))
    } else {
        here.step(received, tail, total, limit)?
    };
    let batches = filler.batches()?;
    Ok(match step {
        Step::More(next) => Page::more(batches, next.write()),
        Step::Complete => Page::last(batches, watermark(request)),
    })
}

/// Whether every id is above the one before.
fn rising(ids: impl Iterator<Item = i64>) -> bool {
    let mut before = None;
    for id in ids {
        if before.is_some_and(|before| before >= id) {
            return false;
        }
        before = Some(id);
    }
    true
}

/// Where the next incremental run begins. A window is no run that others go
/// on from.
fn watermark(request: &PageRequest) -> Option<String> {
    match request.span {
        Span::Full | Span::Since(_) => {
            dates::rfc3339_seconds(request.started_at.saturating_sub(WATERMARK_OVERLAP))
        }
        Span::Window(_) => None,
    }
}

/// Fills a page with records until its limit is near.
struct Filler {
    batch: Batch,
    companions: Companions,
    writer: PayloadWriter,
    today: Date,
    originals: bool,
    room: u64,
    /// Where each id stands in the batch: kept only once ids stop rising.
    places: Option<BTreeMap<String, usize>>,
    last: Option<i64>,
}

impl Filler {
    fn new(request: &PageRequest, today: Date) -> Self {
        let wanted = request.companions.iter().any(|companion| companion == "applications");
        Self {
            batch: Batch::new(request.model.as_str()),
            companions: Companions { wanted, records: BTreeMap::new(), omissions: Vec::new() },
            writer: PayloadWriter::new(),
            today,
            originals: request.originals,
            room: u64::from(request.max_bytes) * FILL / 100,
            places: None,
            last: None,
        }
    }

    /// Adds a row's records. False if the page is full before it; the first row
    /// always goes in, since a smaller page there is not.
    fn add<L: Rows>(&mut self, row: Read<L::Row<'_>>) -> Result<bool> {
        let row = match row {
            Ok(row) => row,
            Err((id, why)) => {
                self.batch.omissions.push(Omission::malformed(id.map(key), why));
                return Ok(true);
            }
        };
        let id = row.id();
        let document = match row.payload(self.today) {
            Ok(document) => document,
            Err(why) => {
                self.batch.omissions.push(Omission::malformed(Some(key(id)), why));
                return Ok(true);
            }
        };
        let payload = self.writer.write(&document)?;
        let original = if self.originals { Some(self.writer.write(&row)?) } else { None };
        let size = payload.len() + original.as_ref().map_or(0, String::len);
        let size = size as u64 + ENVELOPE;
        if size > self.room && !self.batch.upserts.is_empty() {
            return Ok(false);
        }
        self.room = self.room.saturating_sub(size);
        let updated_at = row.updated_at().map(portcullis_sdk::model::Timestamp::millis);
        self.put(id, Upsert { key: key(id), updated_at, payload, original });
        let known = self.companions.records.len();
        L::companions(&row, &mut self.companions);
        let new = (self.companions.records.len() - known) as u64;
        self.room = self.room.saturating_sub(new * COMPANION);
        Ok(true)
    }

    /// A key occurs once on a page: the row that came last wins.
    fn put(&mut self, id: i64, upsert: Upsert) {
        let rises = self.last.is_none_or(|last| id > last);
        self.last = Some(id);
        if rises && self.places.is_none() {
            self.batch.upserts.push(upsert);
            return;
        }
        let upserts = &mut self.batch.upserts;
        let places = self.places.get_or_insert_with(|| {
            let keys = upserts.iter().map(|upsert| upsert.key.external_id.clone());
            keys.enumerate().map(|(at, key)| (key, at)).collect()
        });
        match places.get(&upsert.key.external_id) {
            Some(at) => upserts[*at] = upsert,
            None => {
                places.insert(upsert.key.external_id.clone(), upserts.len());
                upserts.push(upsert);
            }
        }
    }

    /// The lead's batch, then the companions'.
    fn batches(mut self) -> Result<Vec<Batch>> {
        let companion = self.companions.batch(&mut self.writer)?;
        Ok(std::iter::once(self.batch).chain(companion).collect())
    }
}
