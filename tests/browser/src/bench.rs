//! How fast pages are: from Submit to a full Data Access matrix, first paint, and lists over 10,000 customers and a
//! million records. Medians and 95th percentiles of 20 loads each.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use portcullis_browser::{Browser, Stage};
use portcullis_e2e::{Start, Vendor};
use portcullis_simulators::Options;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::sample::offered;

/// Loads of each page.
const LOADS: usize = 20;

/// Customers beside the real one, and their records, put into the database at once.
const FILL: [&str; 7] = [
    "insert into integration (account_id, id, name, vendor, connector_id, environment, id_salt, enabled, credentials, created_at)
     select $1, 'int_bench' || n, 'Customer ' || n || ' of ' || (array['Acme','Birch','Cedar','Dune','Elm'])[1 + n % 5], 'BUILDIUM',
            'buildium', case when n % 10 = 0 then 'production' else 'sandbox' end, decode(md5(n::text), 'hex'), n % 4 <> 0,
            case when n % 50 = 0 then 'rejected' else 'valid' end, now() - make_interval(mins => n)
     from generate_series(1, 10000) n",
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
    "update integration set updated_at = now() where account_id = $1 and id = 'int_bench1'",
];

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
    for (name, path) in [
        ("integrations", "/"),
        ("vendor", "/vendors/BUILDIUM/sandbox"),
        ("api-keys", "/keys"),
    ] {
        rows.push(paint(browser, name, path).await);
    }
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
        "record",
        "model_state",
        "audit",
    ] {
        sqlx::query(sqlx::AssertSqlSafe(format!("analyze {table}")))
            .execute(&sql)
            .await?;
    }
    let list = "/vendors/BUILDIUM/sandbox";
    let pages = [
        ("integrations", "/".to_owned()),
        ("search everywhere", "/?q=Customer+77".to_owned()),
        ("customers", list.to_owned()),
        ("customers searched", format!("{list}?q=Cedar")),
        ("customers searched, none", format!("{list}?q=nobody")),
        ("customers active", format!("{list}?state=active")),
        ("customers disabled", format!("{list}?state=disabled")),
        (
            "customers needing attention",
            format!("{list}?state=needs_attention"),
        ),
        ("customer", "/integrations/int_bench1".to_owned()),
        (
            "customer's jobs",
            "/integrations/int_bench1/jobs".to_owned(),
        ),
        (
            "customer's events",
            "/integrations/int_bench1/events".to_owned(),
        ),
        ("records", "/data?model=units".to_owned()),
        (
            "records of a small customer",
            "/data?model=units&integration_id=int_bench77".to_owned(),
        ),
        (
            "records of a large customer",
            "/data?model=units&integration_id=int_bench1".to_owned(),
        ),
        (
            "records by property",
            "/data?model=units&property_id=prop_77".to_owned(),
        ),
        (
            "records by text",
            "/data?model=units&unit_number=77000".to_owned(),
        ),
        (
            "records by customer and text",
            "/data?model=units&integration_id=int_bench1&unit_number=100000".to_owned(),
        ),
        (
            "records by flag",
            "/data?model=properties&is_active=true".to_owned(),
        ),
        (
            "records changed since",
            "/data?model=units&updated_at_gte=2026-01-01".to_owned(),
        ),
    ];
    for (name, path) in &pages {
        rows.push(load(browser, name, path).await);
    }
    let text = format!("{:#}\n", json!({"loads": LOADS, "results": rows}));
    if let Some(folder) = into.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(into, &text)?;
    println!("{text}");
    Ok(())
}

/// Median and 95th percentile in milliseconds, against a limit on one of them.
fn row(what: &str, name: &str, mut times: Vec<f64>, limit: &str) -> Value {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    json!({"what": what, "name": name, "median_ms": at(0.5).round(), "p95_ms": at(0.95).round(), "limit": limit})
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
        "median 3000",
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
    row("first contentful paint", name, times, "median 100")
}

async fn load(browser: &Browser, name: &str, path: &str) -> Value {
    let mut times = Vec::new();
    for _ in 0..LOADS {
        browser.go(path).await;
        let script = "return performance.getEntriesByType('navigation')[0].responseEnd";
        times.push(
            browser
                .script(script, vec![])
                .await
                .as_f64()
                .unwrap_or(f64::MAX),
        );
    }
    row("page received", name, times, "p95 200")
}
