//! The views for psql and BI tools, generated from the model: `UPDATE_VIEWS=1` rewrites them.

use crate::world::World;
use portcullis_model::{FieldType, MODELS, ModelSpec};
use portcullis_store::Environment;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

/// What the host adds to every record, in the order of the view's first columns.
const HOST: [(&str, &str); 9] = [
    ("id", "r.id"),
    ("account_id", "r.account_id"),
    ("integration_id", "r.integration_id"),
    ("integration_vendor", "r.vendor"),
    ("environment", "r.environment"),
    ("x_id", "r.external_id"),
    ("created_at", "r.created_at"),
    ("updated_at", "r.updated_at"),
    ("deleted_at", "r.deleted_at"),
];

fn sql_type(kind: FieldType) -> Option<&'static str> {
    match kind {
        FieldType::Text => Some("text"),
        FieldType::Integer => Some("bigint"),
        FieldType::Number => Some("double precision"),
        FieldType::Boolean => Some("boolean"),
        FieldType::Date => Some("date"),
        FieldType::Timestamp => Some("timestamptz"),
        // Lists and objects stay in the table's `doc`.
        _ => None,
    }
}

/// The field's text, from where the API takes it too: second names and numbered phones follow from other fields.
fn text_of(spec: &ModelSpec, name: &str) -> String {
    let own = format!("r.doc ->> '{name}'");
    let derived = spec
        .aliases
        .iter()
        .find(|a| a.name == name)
        .map(|a| format!("r.doc ->> '{}'", a.source))
        .or_else(|| {
            let (prefix, rest) = name.split_once("phone_")?;
            let member = if rest.ends_with("_type") {
                "type_normalized"
            } else {
                "number"
            };
            let index = rest
                .trim_end_matches("_type")
                .parse::<usize>()
                .ok()?
                .checked_sub(1)?;
            Some(format!("r.doc #>> '{{{prefix}phones,{index},{member}}}'"))
        });
    derived.map_or(format!("({own})"), |derived| {
        format!("coalesce({own}, {derived})")
    })
}

fn view(spec: &ModelSpec) -> String {
    let mut sql = format!("create view v_{} as\nselect\n", spec.name);
    let mut named: HashSet<&str> = HashSet::from(["last_seen"]);
    for (name, expression) in HOST {
        named.insert(name);
        writeln!(sql, "    {expression} as \"{name}\",").unwrap();
    }
    for field in spec.fields() {
        let Some(kind) = sql_type(field.kind) else {
            continue;
        };
        if named.insert(field.name.as_str()) {
            let cast = if kind == "text" {
                String::new()
            } else {
                format!("::{kind}")
            };
            writeln!(
                sql,
                "    {}{cast} as \"{}\",",
                text_of(spec, &field.name),
                field.name
            )
            .unwrap();
        }
    }
    writeln!(
        sql,
        "    coalesce(r.last_seen_at, greatest(r.updated_at, s.last_complete_full_at)) as \"last_seen\"\nfrom record_{0} r
left join model_state s on s.account_id = r.account_id and s.integration_id = r.integration_id and s.model = r.model
where r.model = '{0}' and r.deleted_at is null;",
        spec.name
    )
    .unwrap();
    sql
}

#[test]
fn views_follow_the_model() {
    let mut want = "-- One read-only view per model, with a typed column for every scalar field; live records only.\n\
                    -- Generated from the unified model by tests/it/views.rs (UPDATE_VIEWS=1).\n"
        .to_owned();
    for spec in &MODELS {
        want.push('\n');
        want.push_str(&view(spec));
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("views.sql");
    if std::env::var_os("UPDATE_VIEWS").is_some() {
        std::fs::write(&file, &want).unwrap();
    }
    assert!(
        std::fs::read_to_string(&file).unwrap_or_default() == want,
        "the model has changed: run this test with UPDATE_VIEWS=1"
    );
}

#[tokio::test]
async fn a_view_shows_typed_columns_of_live_records() {
    let world = World::new().await;
    let mut rows = crate::world::records(0..2);
    rows[0].doc = serde_json::json!({"number": "4B", "square_feet": 700, "x_created_at": "2026-01-31T12:00:00Z", "city": null}).to_string();
    world
        .with_units(&world.account, Environment::Sandbox, rows)
        .await;
    world
        .execute("update record set deleted_at = now() where external_id = '1'")
        .await;
    type Seen = (
        String,
        Option<String>,
        Option<i64>,
        Option<chrono::DateTime<chrono::Utc>>,
        Option<String>,
    );
    let seen: Vec<Seen> = sqlx::query_as("select x_id, number, square_feet, x_created_at, city from v_units where last_seen is not null")
        .fetch_all(&world.sql)
        .await
        .unwrap();
    let at = "2026-01-31T12:00:00Z".parse().unwrap();
    assert_eq!(
        seen,
        [(
            "0".to_owned(),
            Some("4B".to_owned()),
            Some(700),
            Some(at),
            None
        )]
    );
    for spec in &MODELS {
        world.count(&format!("v_{}", spec.name)).await;
    }
}

async fn text_of_view(world: &World, name: &str) -> Option<String> {
    sqlx::query_scalar("select definition from pg_views where viewname = $1")
        .bind(name)
        .fetch_optional(&world.sql)
        .await
        .unwrap()
}

#[tokio::test]
async fn views_of_another_program_are_made_again_and_nothing_else_is_touched() {
    let world = World::new().await;
    let current = text_of_view(&world, "v_units").await.unwrap();
    // What a program with another model left behind, and a view of somebody's own.
    world.execute("drop view v_units").await;
    world
        .execute("create view v_units as select 1 as number")
        .await;
    world
        .execute("create view v_boats as select 1 as number")
        .await;
    world
        .execute("create view v_mine as select 1 as number")
        .await;
    world
        .execute("update derived_views set hash = '', names = names || array['v_boats']")
        .await;
    world.store.migrate().await.unwrap();
    assert_eq!(
        text_of_view(&world, "v_units").await.as_deref(),
        Some(current.as_str())
    );
    assert_eq!(text_of_view(&world, "v_boats").await, None);
    assert!(text_of_view(&world, "v_mine").await.is_some());

    // Where views are equal nothing is made: a view that somebody altered under the same hash stays altered.
    world.execute("drop view v_leases").await;
    world.store.migrate().await.unwrap();
    assert_eq!(text_of_view(&world, "v_leases").await, None);

    // Somebody's own view on one of ours is no reason not to start.
    world
        .execute("create view mine as select x_id from v_units")
        .await;
    world.execute("update derived_views set hash = ''").await;
    world.store.migrate().await.unwrap();
    assert!(text_of_view(&world, "mine").await.is_some());
    assert_eq!(
        text_of_view(&world, "v_units").await.as_deref(),
        Some(current.as_str())
    );
}
