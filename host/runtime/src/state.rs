//! What belongs to one running instance, and what it may grow to.

use std::sync::Arc;

use portcullis_egress::Session;
use wasmtime::ResourceLimiter;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::account::CpuAccount;
use crate::contract::http;
use crate::contract::log;
use crate::contract::types::{self, HttpError};
use crate::convert;
use crate::guest_log::{CallLog, Level, LineStream};
use crate::limits::Limits;

/// At most so many entries in all tables of an instance together.
const TABLE_ELEMENTS: usize = 40_000;
/// WASI resources that a guest may hold at once: streams and pollables.
const WASI_RESOURCES: usize = 256;
/// Random bytes per request; seeds need a few dozen.
const RANDOM_BYTES: u64 = 64 << 10;

/// The data of a wasmtime store: everything that one call owns.
pub(crate) struct CallState {
    table: ResourceTable,
    wasi: WasiCtx,
    /// None in the dry run: nothing leaves before a connector is approved.
    egress: Option<Arc<Session>>,
    log: Arc<CallLog>,
    account: Arc<CpuAccount>,
    pub(crate) growth: Growth,
}

impl CallState {
    pub(crate) fn new(
        egress: Option<Arc<Session>>,
        log: Arc<CallLog>,
        account: Arc<CpuAccount>,
        limits: &Limits,
    ) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(WASI_RESOURCES);
        let mut wasi = WasiCtx::builder();
        wasi.stdout(LineStream::new(Arc::clone(&log), Level::Info, "stdout"))
            .stderr(LineStream::new(Arc::clone(&log), Level::Warn, "stderr"))
            .max_random_size(RANDOM_BYTES);
        Self {
            table,
            wasi: wasi.build(),
            egress,
            log,
            account,
            growth: Growth::new(limits.memory_bytes),
        }
    }
}

impl WasiView for CallState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl types::Host for CallState {}

impl http::Host for CallState {
    async fn fetch(
        &mut self,
        request: http::Request,
    ) -> wasmtime::Result<Result<http::Response, HttpError>> {
        let Some(egress) = self.egress.clone() else {
            return Ok(Err(no_egress()));
        };
        let request = convert::request(request);
        // Boxed, because host functions run on what the guest leaves of the fiber's stack.
        let answer = self
            .account
            .uncharged(Box::pin(egress.fetch(request)))
            .await;
        Ok(answer.map(convert::response).map_err(convert::http_error))
    }

    async fn fetch_all(
        &mut self,
        requests: Vec<http::Request>,
    ) -> wasmtime::Result<Vec<Result<http::Response, HttpError>>> {
        let Some(egress) = self.egress.clone() else {
            return Ok(requests.iter().map(|_| Err(no_egress())).collect());
        };
        let requests = requests.into_iter().map(convert::request).collect();
        let work = Box::pin(egress.fetch_all(requests));
        let answers = self.account.uncharged(work).await;
        Ok(answers
            .into_iter()
            .map(|answer| answer.map(convert::response).map_err(convert::http_error))
            .collect())
    }
}

fn no_egress() -> HttpError {
    HttpError::Denied("nothing leaves during the dry run".to_owned())
}

impl log::Host for CallState {
    async fn write(
        &mut self,
        level: log::Level,
        message: String,
        fields: Vec<(String, String)>,
    ) -> wasmtime::Result<()> {
        self.log.write(level, &message, &fields);
        Ok(())
    }
}

/// Admits growth up to the limit and remembers what it refused.
///
/// A refused growth is an ordinary answer to the guest, whose allocator then aborts: the
/// trap alone would blame the guest's code, so the refusal is what names the cause.
pub(crate) struct Growth {
    limit: usize,
    bytes: usize,
    elements: usize,
    pub(crate) peak_bytes: usize,
    pub(crate) memory_refused: bool,
    pub(crate) table_refused: bool,
}

impl Growth {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            bytes: 0,
            elements: 0,
            peak_bytes: 0,
            memory_refused: false,
            table_refused: false,
        }
    }
}

impl ResourceLimiter for Growth {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.bytes.saturating_add(desired.saturating_sub(current));
        if total > self.limit || maximum.is_some_and(|maximum| desired > maximum) {
            self.memory_refused = true;
            return Ok(false);
        }
        self.bytes = total;
        self.peak_bytes = self.peak_bytes.max(total);
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory_refused = true;
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self
            .elements
            .saturating_add(desired.saturating_sub(current));
        if total > TABLE_ELEMENTS {
            self.table_refused = true;
            return Ok(false);
        }
        self.elements = total;
        Ok(true)
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.table_refused = true;
        Ok(())
    }
}
