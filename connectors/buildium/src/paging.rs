//! One page of a list, as batches of records.

use portcullis_sdk::model::{Application, Date, Timestamp};
use portcullis_sdk::paging::{OffsetCursor, Overlap, Step};
use portcullis_sdk::{
    Batch, Context, Error, Level, Omission, Page, PageRequest, PayloadWriter, RecordKey, Request,
    Response, Result, Span, Upsert, dates,
};

use crate::rows::{self, Record, Rows};
use crate::vendor::{self, List, MOST_ROWS};

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
///
/// Goes back while rows have moved up since the page before.
pub(crate) fn pull(ctx: &Context<'_>, request: &PageRequest) -> Result<Page> {
    let list = List::of(&request.model)?;
    if request.model == "applications" {
        return Err(Error::unsupported("applications come with applicants"));
    }
    let cursor = OffsetCursor::read(request.cursor.as_deref())?;
    let limit = cursor.limit(request.target_records, MOST_ROWS);
    let mut here = cursor;
    let mut left = ctx.requests().max(1);
    loop {
        let response = fetch(ctx, list, request, here.offset, limit)?;
        left -= 1;
        let rows = rows::read(list, &response)?;
        match here.overlap(rows.first_id(), u64::from(limit)) {
            Overlap::Sound => {
                return page(ctx, request, here, limit, vendor::total(&response), &*rows);
            }
            Overlap::ReadFrom(earlier) => {
                let offset = earlier.to_string();
                ctx.log(
                    Level::Info,
                    "rows moved up between two pages; reading again",
                    &[("offset", &offset)],
                );
                here.offset = earlier;
            }
        }
        if left == 0 {
            return Ok(Page::more(empty_batches(request), here.write()));
        }
    }
}

/// Applications seen on a page. One that several applicants share is one
/// record with all of them.
struct Companions {
    wanted: bool,
    records: Vec<(i64, Application)>,
    omissions: Vec<Omission>,
    /// The highest id so far: only an id that is not above it can be known.
    highest: Option<i64>,
}

impl Companions {
    fn take(&mut self, row: &dyn Record) {
        if !self.wanted {
            return;
        }
        for (id, application) in row.applications() {
            match application {
                Ok(application) => self.put(id, application),
                Err(why) => self.omissions.push(Omission::malformed(Some(key(id)), why)),
            }
        }
    }

    fn put(&mut self, id: i64, application: Application) {
        if self.highest.is_some_and(|highest| id <= highest)
            && let Some((_, known)) = self.records.iter_mut().find(|(other, _)| *other == id)
        {
            known.applicants.extend(application.applicants);
            return;
        }
        self.highest = self.highest.max(Some(id));
        self.records.push((id, application));
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

/// What `pull` answers when a page is to be asked for again from further up.
fn empty_batches(request: &PageRequest) -> Vec<Batch> {
    let companions = request
        .companions
        .iter()
        .map(|companion| Batch::new(companion.as_str()));
    std::iter::once(Batch::new(request.model.as_str()))
        .chain(companions)
        .collect()
}

fn fetch(
    ctx: &Context<'_>,
    list: List,
    request: &PageRequest,
    offset: u64,
    limit: u32,
) -> Result<Response> {
    let mut query = list
        .request(ctx, limit)
        .query("offset", offset)
        .query("orderby", "Id asc");
    query = match &request.span {
        Span::Full => query,
        Span::Since(watermark) => {
            if dates::timestamp(watermark).is_none() {
                return Err(Error::watermark_expired("the watermark is no time"));
            }
            between(
                query,
                Some(watermark.clone()),
                dates::rfc3339_seconds(request.started_at),
            )
        }
        Span::Window(window) => between(
            query,
            dates::rfc3339_seconds(window.start),
            dates::rfc3339_seconds(window.end),
        ),
    };
    let response = vendor::send(ctx, query)?;
    if response.status == 200 {
        Ok(response)
    } else {
        Err(vendor::failure(&response))
    }
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

/// The rows as a page, and what follows it.
fn page(
    ctx: &Context<'_>,
    request: &PageRequest,
    here: OffsetCursor,
    limit: u32,
    total: Option<u64>,
    rows: &dyn Rows,
) -> Result<Page> {
    let today = dates::utc_day(request.started_at)
        .ok_or_else(|| Error::fail("the run began outside the calendar"))?;
    let sorted = rising((0..rows.count()).filter_map(|at| rows.id(at)));
    if !sorted {
        ctx.log(Level::Warn, "the vendor did not sort by id", &[]);
    }

    let mut filler = Filler::new(request, today);
    let mut taken = 0;
    let mut tail = None;
    for at in 0..rows.count() {
        let id = rows.id(at);
        let seen_before = at == 0 && here.last.is_some() && id == here.last;
        if !seen_before && !filler.add(id, rows.record(at))? {
            break;
        }
        taken += 1;
        if let (Some(id), true) = (id, sorted) {
            tail = Some((at as u64, id));
        }
    }
    filler.batch.total = total;

    let received = rows.count() as u64;
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
    /// The ids in the batch, in its order, and the highest of them.
    ids: Vec<i64>,
    highest: Option<i64>,
}

impl Filler {
    fn new(request: &PageRequest, today: Date) -> Self {
        let wanted = request
            .companions
            .iter()
            .any(|companion| companion == "applications");
        Self {
            batch: Batch::new(request.model.as_str()),
            companions: Companions {
                wanted,
                records: Vec::new(),
                omissions: Vec::new(),
                highest: None,
            },
            writer: PayloadWriter::new(),
            today,
            originals: request.originals,
            room: u64::from(request.max_bytes) * FILL / 100,
            ids: Vec::new(),
            highest: None,
        }
    }

    /// Adds a row's records. False if the page is full before it; the first row
    /// always goes in, since a smaller page there is not.
    fn add(
        &mut self,
        id: Option<i64>,
        row: std::result::Result<&dyn Record, &str>,
    ) -> Result<bool> {
        let row = match row {
            Ok(row) => row,
            Err(why) => {
                self.batch
                    .omissions
                    .push(Omission::malformed(id.map(key), why));
                return Ok(true);
            }
        };
        let id = row.id();
        let payload = match row.payload(self.today, &mut self.writer)? {
            Ok(payload) => payload,
            Err(why) => {
                self.batch
                    .omissions
                    .push(Omission::malformed(Some(key(id)), why));
                return Ok(true);
            }
        };
        let original = if self.originals {
            Some(row.original(&mut self.writer)?)
        } else {
            None
        };
        let size = payload.len() + original.as_ref().map_or(0, String::len);
        let size = size as u64 + ENVELOPE;
        if size > self.room && !self.batch.upserts.is_empty() {
            return Ok(false);
        }
        let updated_at = row.updated_at().map(Timestamp::millis);
        self.put(
            id,
            Upsert {
                key: key(id),
                updated_at,
                payload,
                original,
            },
        );
        let known = self.companions.records.len();
        self.companions.take(row);
        let new = (self.companions.records.len() - known) as u64;
        self.room = self.room.saturating_sub(size + new * COMPANION);
        Ok(true)
    }

    /// A key occurs once on a page: the row that came last wins.
    fn put(&mut self, id: i64, upsert: Upsert) {
        if self.highest.is_some_and(|highest| id <= highest)
            && let Some(at) = self.ids.iter().position(|other| *other == id)
        {
            self.batch.upserts[at] = upsert;
            return;
        }
        self.highest = self.highest.max(Some(id));
        self.ids.push(id);
        self.batch.upserts.push(upsert);
    }

    /// The lead's batch, then the companions'.
    fn batches(mut self) -> Result<Vec<Batch>> {
        let companion = self.companions.batch(&mut self.writer)?;
        Ok(std::iter::once(self.batch).chain(companion).collect())
    }
}
