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
    fields: &'static [Fact],
}

/// A fact in both words: where the vendor's row has it, and the document's member.
type Fact = (&'static str, &'static str, Form);

/// How the vendor writes what the document holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Alike.
    Text,
    /// In units of the currency; the document in hundredths.
    Money,
    /// A time, which the document may write in another way.
    Time,
}

use Form::{Money, Text, Time};

/// Applications arrive on the pages of applicants and have no list; their ids are compared all the same.
pub const COMPARED: [Compared; 5] = [
    Compared {
        model: "properties",
        path: "/v1/rentals",
        fields: &[
            ("/Name", "name", Text),
            ("/StructureDescription", "long_description", Text),
        ],
    },
    Compared {
        model: "units",
        path: "/v1/rentals/units",
        fields: &[
            ("/UnitNumber", "number", Text),
            ("/PropertyId", "x_property_id", Text),
            ("/Description", "description", Text),
            ("/MarketRent", "rent_amount_market_in_cents", Money),
            ("/UnitSize", "square_feet", Text),
        ],
    },
    Compared {
        model: "leases",
        path: "/v1/leases",
        fields: &[
            ("/UnitId", "x_unit_id", Text),
            ("/UnitNumber", "unit_number", Text),
            ("/LeaseFromDate", "start_date", Text),
            ("/LeaseToDate", "end_date", Text),
            ("/LeaseStatus", "status_raw", Text),
            ("/CreatedDateTime", "x_created_at", Time),
            ("/AccountDetails/Rent", "rent_amount_in_cents", Money),
            (
                "/AccountDetails/SecurityDeposit",
                "deposit_amount_in_cents",
                Money,
            ),
        ],
    },
    Compared {
        model: "residents",
        path: "/v1/leases/tenants",
        fields: &[
            ("/FirstName", "first_name", Text),
            ("/LastName", "last_name", Text),
            ("/Email", "email_1", Text),
        ],
    },
    Compared {
        model: "applicants",
        path: "/v1/applicants",
        fields: &[
            ("/FirstName", "first_name", Text),
            ("/LastName", "last_name", Text),
            ("/Email", "email_1", Text),
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
                    let facts = compared.fields.iter().map(|(place, _, form)| {
                        form.of(row.pointer(place).unwrap_or(&Value::Null))
                    });
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

    /// The document's names of the facts of a model, in their order.
    pub(crate) fn names(model: &str) -> impl Iterator<Item = &'static str> {
        let compared = COMPARED.iter().find(|it| it.model == model);
        let fields = compared.map_or(&[][..], |it| it.fields);
        fields.iter().map(|(_, name, _)| *name)
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
            let names: Vec<&str> = fields.iter().map(|(_, name, _)| *name).collect();
            let found: Vec<(String, Vec<Option<String>>)> = sqlx::query_as(
                "select external_id, array(select doc ->> name from unnest($3::text[]) with ordinality as f(name, n) order by n)
                 from record where integration_id = $1 and model = $2 and deleted_at is null",
            )
            .bind(integration_id)
            .bind(model)
            .bind(names)
            .fetch_all(pool)
            .await?;
            let alike = |(id, facts): (String, Vec<Option<String>>)| {
                let facts = facts.into_iter().zip(fields);
                let facts = facts.map(|(fact, (.., form))| match form {
                    Time => fact.map(|fact| moment(&fact)),
                    Text | Money => fact,
                });
                (id, facts.collect())
            };
            stored
                .models
                .insert(model.to_owned(), found.into_iter().map(alike).collect());
        }
        Ok(stored)
    }
}

impl Form {
    /// A value of the vendor's as the document has it.
    fn of(self, value: &Value) -> Option<String> {
        let fact = fact(value)?;
        Some(match self {
            Self::Text => fact,
            Self::Time => moment(&fact),
            // Read as a double it may lie beside what was written, but by far less than half a cent.
            Self::Money => match fact.parse::<f64>() {
                Ok(amount) => format!("{:.0}", amount * 100.0),
                Err(_) => fact,
            },
        })
    }
}

/// A time in one form, whatever its offset and its digits; a text that is none as it is.
fn moment(text: &str) -> String {
    chrono::DateTime::parse_from_rfc3339(text)
        .map_or_else(|_| text.to_owned(), |at| at.to_utc().to_rfc3339())
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
