//! Every record of a list in one answer, as it arrives from the database: a few batches are held, however many there are.
//!
//! An answer that ends early is cut off, not finished: the connection breaks, so nobody takes a part for the whole.

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse as _, Response};
use chrono::SecondsFormat;
use futures_util::stream;
use http::{HeaderName, HeaderValue, header};
use portcullis_service::{
    Format, Principal, RecordExport, RecordQuery, RecordRow, Service, ServiceError,
};

use crate::problem::Problem;
use crate::render;
use crate::{ApiState, cache};

/// All records of a query as the bytes of its format, some hundred at a time.
#[derive(Debug)]
pub struct Exporting {
    query: RecordQuery,
    rows: RecordExport,
    names_sent: bool,
}

impl Exporting {
    /// Takes the snapshot. Until this is dropped it holds a connection to the database.
    ///
    /// # Errors
    ///
    /// Those of [`Service::export_records`].
    pub async fn start(
        service: &Service,
        principal: &Principal,
        query: RecordQuery,
        place: impl Send + 'static,
    ) -> Result<Self, ServiceError> {
        let rows = service.export_records(principal, &query, place).await?;
        Ok(Self {
            query,
            rows,
            names_sent: false,
        })
    }

    /// The next bytes; `None` behind the last record, and only there.
    ///
    /// # Errors
    ///
    /// Whatever ended the export early: what was read so far is not whole.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ServiceError> {
        let rows = match self.rows.next().await {
            Some(rows) => rows?,
            None if self.query.format() == Format::Csv && !self.names_sent => Vec::new(),
            None => return Ok(None),
        };
        let bytes = written(&self.query, rows, !self.names_sent).map_err(ServiceError::internal)?;
        self.names_sent = true;
        Ok(Some(bytes.into()))
    }
}

/// Answers with every record of the query.
pub(crate) async fn answer(
    state: &ApiState,
    principal: &Principal,
    query: RecordQuery,
) -> Result<Response, Problem> {
    let Ok(place) = state.exports.clone().try_acquire_owned() else {
        return Err(Problem::new("too_many_exports"));
    };
    let exporting = Exporting::start(&state.service, principal, query, place).await?;
    let query = &exporting.query;
    let (kind, ending) = match query.format() {
        Format::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
        Format::Json | Format::Ndjson => ("application/x-ndjson", "ndjson"),
    };
    let name = format!("attachment; filename=\"{}.{ending}\"", query.model().name);
    let as_of = exporting
        .rows
        .data_as_of
        .to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut response = Body::from_stream(stream::try_unfold(exporting, next)).into_response();
    let headers = response.headers_mut();
    let set: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, &name),
        (header::CACHE_CONTROL, "private, no-store"),
        (cache::headers::DATA_AS_OF, &as_of),
    ];
    for (name, value) in set {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

async fn next(mut from: Exporting) -> Result<Option<(Bytes, Exporting)>, ServiceError> {
    let bytes = from
        .next()
        .await
        .inspect_err(|error| tracing::warn!(%error, "export.cut_off"))?;
    Ok(bytes.map(|bytes| (bytes, from)))
}

fn written(
    query: &RecordQuery,
    rows: Vec<RecordRow>,
    first: bool,
) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let mut out = Vec::with_capacity(rows.len() * 1536);
    if query.format() != Format::Csv {
        let nothing = render::Expanded::default();
        for row in rows {
            render::record(query.model(), query.served(), row, &nothing, &mut out)?;
            out.push(b'\n');
        }
        return Ok(out);
    }
    let all = || {
        query
            .model()
            .fields()
            .iter()
            .map(|f| f.name.as_str())
            .collect()
    };
    let served = query.served();
    let mut names: Vec<&str> = served.fields.clone().unwrap_or_else(all);
    if served.raw {
        names.push(render::RAW);
    }
    let mut table = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(&mut out);
    if first {
        table.write_record(&names)?;
    }
    for row in rows {
        table.write_record(render::cells(row, &names)?)?;
    }
    table.flush()?;
    drop(table);
    Ok(out)
}
