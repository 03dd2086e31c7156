//! The vendor's truth, and the table's.

use anyhow::{Context as _, Result, ensure};
use portcullis_simulators::Running;
use portcullis_simulators::shared::control::Operation;
use serde_json::Value;
use sqlx::PgPool;
use std::collections::BTreeMap;

/// The oracle's key at the vendor.
pub const ORACLE: &str = "oracle";

/// What is compared of one model: the vendor's list, and the same facts in both words.
pub struct Compared {
    /// The unified name.
    pub model: &'static str,
    /// The vendor's list.
    pub path: &'static str,
    /// Members of the vendor's rows, and of the documents.
    fields: &'static [(&'static str, &'static str)],
}

/// Applications arrive on the pages of applicants and have no list; their ids are compared all the same.
pub const COMPARED: [Compared; 5] = [
    Compared {
        model: "properties",
        path: "/v1/rentals",
        fields: &[
            ("Name", "name"),
            ("StructureDescription", "long_description"),
        ],
    },
    Compared {
        model: "units",
        path: "/v1/rentals/units",
        fields: &[
            ("UnitNumber", "number"),
            ("PropertyId", "x_property_id"),
            ("Description", "description"),
        ],
    },
    Compared {
        model: "leases",
        path: "/v1/leases",
        fields: &[
            ("UnitId", "x_unit_id"),
            ("UnitNumber", "unit_number"),
            ("LeaseFromDate", "start_date"),
            ("LeaseToDate", "end_date"),
        ],
    },
    Compared {
        model: "residents",
        path: "/v1/leases/tenants",
        fields: &[
            ("FirstName", "first_name"),
            ("LastName", "last_name"),
            ("Email", "email_1"),
        ],
    },
    Compared {
        model: "applicants",
        path: "/v1/applicants",
        fields: &[
            ("FirstName", "first_name"),
            ("LastName", "last_name"),
            ("Email", "email_1"),
        ],
    },
];

/// Some facts of each record, by external id.
pub type Rows = BTreeMap<String, Vec<Option<String>>>;

/// What should be in the table, by model.
#[derive(Debug, Default, Clone)]
pub struct Truth {
    /// Facts of each record.
    pub models: BTreeMap<String, Rows>,
}

impl Truth {
    /// Reads the vendor's lists with a key of the oracle's own, and compares them with what the vendor's seed and
    /// mutations say without any list.
    ///
    /// # Errors
    /// When a list is refused or says something else.
    pub async fn read(vendor: &Running) -> Result<Self> {
        let secret = "oracle-secret";
        let key = Operation::AddKey {
            client_id: ORACLE.to_owned(),
            secret: secret.to_owned(),
            scopes: None,
            properties: None,
        };
        vendor.apply(key).map_err(anyhow::Error::msg)?;
        let control = crate::http::Http::new(vendor.control_url(), None)?;
        let told = control.get("/_control/truth?ids=1").await?;
        let client = reqwest::Client::builder().no_proxy().build()?;
        let mut truth = Self::default();
        for compared in &COMPARED {
            let mut rows = Rows::new();
            let mut offset = 0;
            loop {
                let url = format!(
                    "{}{}?limit=1000&offset={offset}&orderby=Id%20asc",
                    vendor.url(),
                    compared.path
                );
                let page: Vec<Value> = client
                    .get(url)
                    .header("x-buildium-client-id", ORACLE)
                    .header("x-buildium-client-secret", secret)
                    .send()
                    .await?
                    .error_for_status()?
                    .json()
                    .await?;
                for row in &page {
                    let facts = compared.fields.iter().map(|(name, _)| fact(&row[*name]));
                    rows.insert(row["Id"].to_string(), facts.collect());
                }
                offset += page.len();
                if page.len() < 1000 {
                    break;
                }
            }
            let ids = told["ids"][compared.model]
                .as_array()
                .context("ids are told")?;
            ensure!(
                ids.len() == rows.len() && ids.iter().all(|id| rows.contains_key(&id.to_string())),
                "the vendor's list of {} is not what its seed says; something else changes it",
                compared.model
            );
            truth.models.insert(compared.model.to_owned(), rows);
        }
        let applications = told["ids"]["applications"]
            .as_array()
            .context("ids are told")?;
        let bare = applications.iter().map(|id| (id.to_string(), Vec::new()));
        truth
            .models
            .insert("applications".to_owned(), bare.collect());
        Ok(truth)
    }

    /// The living records of an integration, in the same form.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn stored(pool: &PgPool, integration_id: &str) -> Result<Self> {
        let mut stored = Self::default();
        for (model, fields) in COMPARED
            .iter()
            .map(|it| (it.model, it.fields))
            .chain([("applications", &[][..])])
        {
            let names: Vec<&str> = fields.iter().map(|(_, name)| *name).collect();
            let found: Vec<(String, Vec<Option<String>>)> = sqlx::query_as(
                "select external_id, array(select doc ->> name from unnest($3::text[]) with ordinality as f(name, n) order by n)
                 from record where integration_id = $1 and model = $2 and deleted_at is null",
            )
            .bind(integration_id)
            .bind(model)
            .bind(names)
            .fetch_all(pool)
            .await?;
            stored
                .models
                .insert(model.to_owned(), found.into_iter().collect());
        }
        Ok(stored)
    }
}

/// A value as text; blanks stand for nothing.
fn fact(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    (!text.is_empty()).then_some(text)
}
