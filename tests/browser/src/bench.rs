//! How fast pages are: from Submit to a full Data Access matrix, first paint, and lists over 10,000 customers and a
//! million records. Medians and 95th percentiles of 20 loads each, every load an answer 200 with the rows that belong
//! there. Fails where a figure is over its limit.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use portcullis_browser::{Browser, Stage};
use portcullis_e2e::{Start, Vendor};
use portcullis_model::{Filter, FilterKind, MODELS};
use portcullis_simulators::Options;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::sample::offered;

/// Loads of each page.
const LOADS: usize = 20;

/// Customers beside the real one, and their records, put into the database at once.
const FILL: [&str; 11] = [
    "insert into integration (account_id, id, name, vendor, connector_id, environment, id_salt, enabled, credentials, created_at)
     select $1, 'int_bench' || n, 'Customer ' || n || ' of ' || (array['Acme','Birch','Cedar','Dune','Elm'])[1 + n % 5], 'BUILDIUM',
            'buildium', case when n % 10 = 0 then 'production' else 'sandbox' end, decode(md5(n::text), 'hex'), n % 4 <> 0,
            case when n % 50 = 0 then 'rejected' else 'valid' end, now() - make_interval(mins => n)
     from generate_series(1, 10000) n",
    "insert into schedule (account_id, integration_id, kind, every_s)
     select account_id, id, case environment when 'production' then 'interval' else 'on_demand' end,
            case environment when 'production' then 43200 end
     from integration where account_id = $1 and id like 'int_bench%'",
    "insert into data_access (account_id, integration_id, model, verdict, check_id)
     select $1, 'int_bench' || n, model, case when (n + ordinality) % 7 = 0 then 'denied' else 'granted' end, 'chk_bench'
     from generate_series(1, 10000) n,
          unnest(array['properties','units','leases','residents','applicants','applications']) with ordinality as m(model, ordinality)",
    "insert into sync (account_id, integration_id, id, kind, status, created_at, started_at, finished_at)
     select $1, 'int_bench' || (1 + n % 10000), 'syn_bench' || n, 'scheduled', case when n % 40 = 0 then 'failed' else 'succeeded' end,
            now() - make_interval(mins => n), now() - make_interval(mins => n), now() - make_interval(mins => n)
     from generate_series(0, 29999) n",
    "insert into record (account_id, model, id, integration_id, external_id, environment, vendor, doc, hash, created_at, updated_at,
                         property_id)
     select $1, (array['units','residents','leases','properties'])[1 + n % 4], 'rec_bench' || n,
            'int_bench' || case when n % 5 = 0 then 1 else 1 + n % 10000 end, n::text,
            case when (case when n % 5 = 0 then 1 else 1 + n % 10000 end) % 10 = 0 then 'production' else 'sandbox' end, 'BUILDIUM',
            jsonb_build_object('name', 'Record ' || n, 'number', n::text, 'city', 'Springfield', 'status_normalized', 'ACTIVE',
                               'is_active', n % 3 = 0, 'x_property_id', (n % 1000)::text),
            decode(md5(n::text), 'hex'), now() - make_interval(secs => n), now() - make_interval(secs => n), 'prop_' || (n % 1000)
     from generate_series(1, 1000000) n",
    "insert into model_state (account_id, integration_id, model, generation, live_rows, settled)
     select account_id, integration_id, model, 1, count(*), true from record where account_id = $1 group by 1, 2, 3
     on conflict do nothing",
    "insert into audit (account_id, actor, action, subject)
     select $1, 'bench', 'sync.start', 'int_bench' || (1 + n % 10000) from generate_series(1, 100000) n",
    // Some are put away, and there are keys of every kind.
    "update integration set enabled = false, archived_at = now() where account_id = $1 and id like 'int_bench%7'",
    "insert into api_key (account_id, id, name, hash, hint, environment, role)
     select $1, 'key_bench' || n, 'Key ' || n, decode(md5(n::text) || md5(n::text), 'hex'), 'abcd',
            case when n % 10 = 0 then 'production' else 'sandbox' end, 'read'
     from generate_series(1, 500) n",
    // A job with everything that a page of it shows.
    "insert into run (account_id, integration_id, sync_id, id, model, status, span, state_format, attempt, rows_new, pages, requests,
                      created_at, started_at, finished_at)
     select account_id, integration_id, id, 'run_bench_' || model, model, 'succeeded', '{\"kind\":\"auto\"}', 1, 1, 1000, 10, 10,
            created_at, started_at, finished_at
     from sync, unnest(array['properties','units','leases','residents','applicants','applications']) model
     where account_id = $1 and id = 'syn_bench0'",
    "insert into sync_log (account_id, integration_id, sync_id, model, at, level, event, message, detail)
     select account_id, integration_id, id, 'units', now(), case when n % 50 = 0 then 'warn' else 'info' end, 'page.stored',
            'Page ' || n || ' was stored.', '{}'
     from sync, generate_series(1, 20000) n where account_id = $1 and id = 'syn_bench0'",
];

/// Pages that are passed by on the way to a deep one.
const DEEP: usize = 25;

/// A page, and what must be on it.
struct Wanted {
    name: String,
    path: String,
    /// Fewest rows of its table.
    rows: u64,
}

fn wanted(name: impl Into<String>, path: impl Into<String>, rows: u64) -> Wanted {
    Wanted {
        name: name.into(),
        path: path.into(),
        rows,
    }
}

#[expect(
    clippy::print_stdout,
    reason = "what is done is told to whoever waits for it"
)]
pub(crate) async fn run(into: &Path) -> Result<()> {
    let vendor = Vendor::start(Options {
        properties: 5,
        units: 60,
        latency_ms: 100,
        limit: None,
        ..Options::default()
    });
    let stage = Stage::with(Start::default(), vendor).await;
    stage.welcome().await;
    offered(&stage.gateway).await;
    let mut rows = vec![submit(&stage).await];
    let browser = &stage.browser;
    fill(&stage).await?;
    for (name, path) in [
        ("integrations", "/"),
        ("vendor", "/vendors/BUILDIUM/sandbox"),
        ("customer", "/integrations/int_bench1"),
        ("job", "/integrations/int_bench1/jobs/syn_bench0"),
        ("data", "/data?model=units"),
        ("api-keys", "/keys"),
    ] {
        rows.push(paint(browser, name, path).await);
    }
    let mut pages = of_customers();
    pages.extend(of_records());
    let deep = deep(browser, "/vendors/BUILDIUM/sandbox", "#customers").await?;
    pages.push(wanted("customers, 25 pages in", deep, 25));
    let deep = self::deep(browser, "/data?model=units", "#records").await?;
    pages.push(wanted("records, 25 pages in", deep, 25));
    for page in &pages {
        rows.push(load(browser, page).await);
        println!("{}", rows.last().unwrap_or(&Value::Null));
    }
    let over: Vec<String> = rows
        .iter()
        .filter(|row| row["ok"] != true)
        .map(ToString::to_string)
        .collect();
    let text = format!("{:#}\n", json!({"loads": LOADS, "results": rows}));
    if let Some(folder) = into.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(into, &text)?;
    println!("{text}");
    if !over.is_empty() {
        bail!("over the limit:\n{}", over.join("\n"));
    }
    Ok(())
}

async fn fill(stage: &Stage) -> Result<()> {
    let sql = PgPool::connect_with(stage.gateway.database.options()).await?;
    for statement in FILL {
        sqlx::query(statement)
            .bind(&stage.gateway.account_id)
            .execute(&sql)
            .await?;
    }
    for table in [
        "integration",
        "data_access",
        "sync",
        "run",
        "sync_log",
        "record",
        "model_state",
        "audit",
        "api_key",
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!("analyze {table}")))
            .execute(&sql)
            .await?;
    }
    Ok(())
}

fn of_customers() -> Vec<Wanted> {
    let list = "/vendors/BUILDIUM/sandbox";
    let production = "/vendors/BUILDIUM/production";
    let one = "/integrations/int_bench1";
    vec![
        wanted("integrations", "/", 0),
        wanted("search everywhere", "/?q=Customer+77", 50),
        wanted("customers", list, 25),
        wanted("customers searched", format!("{list}?q=Cedar"), 25),
        wanted("customers searched, none", format!("{list}?q=nobody"), 0),
        wanted("customers active", format!("{list}?state=active"), 25),
        wanted("customers disabled", format!("{list}?state=disabled"), 25),
        wanted(
            "customers needing attention",
            format!("{list}?state=needs_attention"),
            20,
        ),
        wanted("customers archived", format!("{list}?state=archived"), 25),
        wanted("production customers", production, 25),
        wanted(
            "production customers searched",
            format!("{production}?q=Acme"),
            1,
        ),
        wanted("customer", one, 3),
        wanted("customer's jobs", format!("{one}/jobs"), 3),
        wanted("customer's job", format!("{one}/jobs/syn_bench0"), 6),
        wanted(
            "warnings of a job",
            format!("{one}/jobs/syn_bench0?problems=true"),
            6,
        ),
        wanted("customer's settings", format!("{one}/settings"), 6),
        wanted("customer's events", format!("{one}/events"), 5),
        wanted("connectors", "/connectors", 0),
        wanted("api keys", "/keys", 25),
        wanted("settings", "/settings", 0),
        wanted("users", "/users", 1),
    ]
}

/// Lists of records: whole, of one customer, and by every filter of the models that hold the million.
fn of_records() -> Vec<Wanted> {
    let mut pages = vec![
        wanted("records", "/data?model=units", 25),
        wanted(
            "records in production",
            "/data?model=residents&environment=production",
            25,
        ),
        wanted(
            "records with deleted ones",
            "/data?model=units&include_deleted=true",
            25,
        ),
        wanted(
            "records of a small customer",
            "/data?model=units&integration_id=int_bench73",
            1,
        ),
        wanted(
            "records of a large customer",
            "/data?model=units&integration_id=int_bench1",
            1,
        ),
        wanted(
            "records by customer and text",
            "/data?model=units&integration_id=int_bench1&unit_number=100000",
            1,
        ),
        wanted("a record", "/data/sandbox/units/rec_bench100004", 0),
    ];
    for model in MODELS.iter().take(4) {
        for filter in model.filters {
            let needs = match filter.kind {
                FilterKind::External { .. } => "&integration_id=int_bench1",
                _ => "",
            };
            let value = value(filter);
            pages.push(wanted(
                format!("{} by {}", model.name, filter.name),
                format!("/data?model={}{needs}&{}={value}", model.name, filter.name),
                0,
            ));
        }
    }
    pages
}

/// A value that a filter takes; one that passes some records where that is easy to say.
fn value(filter: &Filter) -> &'static str {
    match filter.kind {
        FilterKind::OwnId => "rec_bench77",
        FilterKind::Integration => "int_bench1",
        FilterKind::Vendor => "BUILDIUM",
        FilterKind::Reference { .. } => "prop_77",
        FilterKind::OneOf { values, .. } => values.first().copied().unwrap_or_default(),
        FilterKind::Bool { .. } | FilterKind::OnlyNull { .. } => "true",
        FilterKind::DateBefore { .. }
        | FilterKind::DateAfter { .. }
        | FilterKind::DateAtLeast { .. }
        | FilterKind::DateAtMost { .. }
        | FilterKind::TimeAtLeast { .. }
        | FilterKind::TimeAtMost { .. } => "2026-01-01",
        _ => "77000",
    }
}

/// The address of a page far behind the first, by way of all those before it.
async fn deep(browser: &Browser, path: &str, list: &str) -> Result<String> {
    browser.go(path).await;
    for page in 0..DEEP {
        let next = format!("{list} a[rel=next]");
        ensure!(browser.has(&next).await, "{path}: no page after {page}");
        browser.submit(&next).await;
    }
    Ok(browser.path().await)
}

/// Figures in milliseconds, and whether the one that has a limit keeps it.
fn row(what: &str, name: &str, mut times: Vec<f64>, limit: (&str, f64)) -> Value {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    let (median, p95) = (at(0.5), at(0.95));
    let held = if limit.0 == "median" { median } else { p95 };
    json!({
        "what": what, "name": name, "median_ms": median.round(), "p95_ms": p95.round(),
        "limit": format!("{} {}", limit.0, limit.1), "ok": held <= limit.1,
    })
}

async fn submit(stage: &Stage) -> Value {
    let mut times = Vec::new();
    for n in 0..LOADS {
        stage.browser.go("/vendors/BUILDIUM/sandbox/new").await;
        let name = format!("Timed {n}");
        let began = stage.fill_and_submit(&name).await;
        stage
            .browser
            .says("#data-access-title + p", "Checked")
            .await;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    row(
        "submit to full matrix",
        "100 ms vendor latency",
        times,
        ("median", 3000.0),
    )
}

async fn paint(browser: &Browser, name: &str, path: &str) -> Value {
    let mut times = Vec::new();
    for _ in 0..LOADS {
        browser.go(path).await;
        let begin = Instant::now();
        loop {
            let script = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null";
            if let Some(at) = browser.script(script, vec![]).await.as_f64() {
                times.push(at);
                break;
            }
            assert!(
                begin.elapsed() < Duration::from_secs(20),
                "{path} never painted"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    row("first contentful paint", name, times, ("median", 100.0))
}

async fn load(browser: &Browser, page: &Wanted) -> Value {
    let mut times = Vec::new();
    for _ in 0..LOADS {
        browser.go(&page.path).await;
        let script = "const it = performance.getEntriesByType('navigation')[0]; \
             return [it.responseEnd, it.responseStatus, document.querySelectorAll('main tbody tr').length, location.pathname]";
        let found = browser.script(script, vec![]).await;
        let path = page.path.split('?').next().unwrap_or_default();
        // Another page is no figure of this one; the others are taken all the same.
        if found[1] != 200 || found[3] != path || found[2].as_u64() < Some(page.rows) {
            let wanted = json!([200, path, page.rows]);
            return json!({"what": "page received", "name": page.name, "ok": false, "found": found, "wanted": wanted});
        }
        times.push(found[0].as_f64().unwrap_or(f64::MAX));
    }
    row("page received", &page.name, times, ("p95", 200.0))
}
