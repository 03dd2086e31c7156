//! Pages by key.

use crate::read::{exactly, query};
use crate::world::{World, record};
use portcullis_store::{
    After, Column, DocType, Environment, ListQuery, Order, OrderBy, RecordWrite, Target,
};
use serde_json::json;

#[tokio::test]
async fn keyset_pages_give_what_one_long_page_gives_in_every_order() {
    let world = World::new().await;
    // Few values, many equal and many missing, so that every branch of the comparison decides somewhere.
    let units: Vec<RecordWrite> = (0..60)
        .map(|n| {
            let name = ["a", "B", "ä", ""].get(n % 5);
            let size = [1.5, -2.0, 1e3].get(n % 4);
            let furnished = [true, false].get(n % 3);
            RecordWrite {
                doc: json!({"name": name, "size": size, "furnished": furnished}).to_string(),
                unit_id: (n % 7 > 2).then(|| format!("unit_{}", n % 7)),
                x_updated_at: (n % 4 > 0).then(|| {
                    chrono::DateTime::from_timestamp_micros(1_700_000_000_000_001 + n as i64 % 4)
                        .unwrap()
                }),
                ..record(n as u32, "")
            }
        })
        .collect();
    world
        .with_units(&world.account, Environment::Sandbox, units)
        .await;
    let targets = [
        Target::Column(Column::CreatedAt),
        Target::Column(Column::Vendor),
        Target::Column(Column::XUpdatedAt),
        Target::Column(Column::UnitId),
        Target::Column(Column::LastSeen),
        Target::field("name", DocType::Text),
        Target::field("size", DocType::Number),
        Target::field("furnished", DocType::Bool),
    ];
    let by = |target: &Target, order| OrderBy {
        target: target.clone(),
        order,
    };
    let both = [Order::Ascending, Order::Descending];
    let mut orders: Vec<Vec<OrderBy>> = vec![vec![]];
    for (index, first) in targets.iter().enumerate() {
        let second = &targets[(index + 3) % targets.len()];
        for one in both {
            orders.push(vec![by(first, one)]);
            orders.extend(both.map(|two| vec![by(first, one), by(second, two)]));
        }
    }
    for order in orders {
        let whole = world
            .store
            .list_records(&ListQuery {
                order: order.clone(),
                ..query(&world, vec![])
            })
            .await
            .unwrap();
        assert_eq!(whole.rows.len(), 60);
        let (mut walked, mut after) = (Vec::new(), None);
        loop {
            let page = world
                .store
                .list_records(&ListQuery {
                    order: order.clone(),
                    limit: 7,
                    after: after.take(),
                    ..query(&world, vec![])
                })
                .await
                .unwrap();
            assert_eq!(page.total, exactly(60));
            after = page.rows.last().map(|row| After {
                values: row.order_values.clone(),
                id: row.id.clone(),
            });
            walked.extend(page.rows.into_iter().map(|row| row.id));
            if !page.has_more {
                break;
            }
        }
        let ids: Vec<String> = whole.rows.into_iter().map(|row| row.id).collect();
        assert_eq!(walked, ids, "{order:?}");
    }
}
