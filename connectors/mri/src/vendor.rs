//! The vendor's protocol: one address, the API in the query, a user name put
//! together from parts, absolute links to the next page.

use portcullis_sdk::serde_json::{self, value::RawValue};
use portcullis_sdk::{
    Context, CredentialText, Error, FieldProblem, Reaction, Request, Response, Result, timezones,
};
use serde::Deserialize;

/// The most rows that a page may have.
pub(crate) const MOST_ROWS: u32 = 300;

/// One of the vendor's APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    Properties,
    Units,
    Leases,
    Residents,
}

impl Api {
    /// The API that brings a model.
    pub(crate) fn of(model: &str) -> Result<Self> {
        Ok(match model {
            "properties" => Self::Properties,
            "units" => Self::Units,
            "leases" => Self::Leases,
            "residents" => Self::Residents,
            other => {
                return Err(Error::unsupported(format!(
                    "there is no model named {other}"
                )));
            }
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Properties => "MRI_S-PMRM_PropertyIDByNameOrAddress",
            Self::Units => "MRI_S-PMRM_UnitVacancyInformation",
            Self::Leases => "MRI_S-PMRM_ResidentLeaseDetailsByPropertyID",
            Self::Residents => "MRI_S-PMRM_ResidentsByPropertyID",
        }
    }

    /// The parameter that names the property; none if the API wants none.
    pub(crate) fn property_parameter(self) -> Option<&'static str> {
        match self {
            Self::Properties => None,
            Self::Units => Some("PROPERTYID"),
            Self::Leases | Self::Residents => Some("RMPROPID"),
        }
    }
}

/// What the integration is told of the customer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    client_id: String,
    database_name: String,
    web_user: String,
    time_zone: String,
}

impl Settings {
    /// The zone of the server's clock.
    pub(crate) fn zone(&self) -> Result<timezones::Zone> {
        timezones::zone(&self.time_zone).ok_or_else(|| {
            let message = "there is no time zone of this name".to_owned();
            Error::new(
                Reaction::InvalidSettings(vec![FieldProblem {
                    field: "timeZone".into(),
                    message: message.clone(),
                }]),
                message,
            )
        })
    }
}

/// The first page of an API, of one property and changed since a day where the
/// API knows these.
pub(crate) fn first(
    ctx: &Context<'_>,
    api: Api,
    property: Option<&str>,
    since: Option<&str>,
    rows: u32,
) -> Result<Request> {
    let mut request = Request::get(ctx.url("/mriapiservices/api.asp"))
        .query("$api", api.name())
        .query("$format", "json");
    if let (Some(name), Some(property)) = (api.property_parameter(), property) {
        request = request.query(name, property);
    }
    if let Some(since) = since {
        request = request.query("LastUpdateDate", since);
    }
    Ok(request.query("$top", rows.clamp(1, MOST_ROWS)))
}

/// Sends a request with the user name `client/database/user/key`, of which the
/// last part is a secret, and the password.
pub(crate) fn send(ctx: &Context<'_>, settings: &Settings, request: Request) -> Result<Response> {
    let Settings {
        client_id,
        database_name,
        web_user,
        ..
    } = settings;
    let user = vec![
        CredentialText::Plain(format!("{client_id}/{database_name}/{web_user}/")),
        CredentialText::Secret("partnerKey".into()),
    ];
    request
        .header("accept", "application/json")
        .basic(user, vec![CredentialText::Secret("password".into())])
        .send(ctx)
}

/// The rows of an answer, and the absolute address of the next ones.
pub(crate) struct Rows<'a> {
    pub(crate) rows: Vec<&'a RawValue>,
    pub(crate) next: Option<String>,
}

/// Reads an answer, or says what its refusal stands for.
pub(crate) fn rows(response: &Response) -> Result<Rows<'_>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer<'a> {
        #[serde(borrow)]
        value: Option<Vec<&'a RawValue>>,
        #[serde(alias = "odata.nextLink", alias = "@odata.nextLink")]
        next_link: Option<String>,
        #[serde(borrow)]
        error: Option<&'a RawValue>,
    }

    if response.status != 200 {
        return Err(failure(response));
    }
    let answer: Answer<'_> = response.json()?;
    if answer.error.is_some() {
        return Err(failure(response));
    }
    let next = answer.next_link.filter(|link| !link.trim().is_empty());
    Ok(Rows {
        // No rows at all may leave the list out.
        rows: answer.value.unwrap_or_default(),
        next,
    })
}

/// The error that an answer without rows stands for, in the vendor's words.
pub(crate) fn failure(response: &Response) -> Error {
    #[derive(Default, Deserialize)]
    struct Refusal<'a> {
        #[serde(borrow)]
        error: Option<&'a RawValue>,
        message: Option<String>,
    }
    #[derive(Deserialize)]
    struct Words {
        message: String,
    }

    let refusal: Refusal<'_> = response.json().unwrap_or_default();
    let words = refusal.error.and_then(|error| {
        let words = serde_json::from_str::<Words>(error.get());
        let text = words.map(|words| words.message);
        text.or_else(|_| serde_json::from_str(error.get())).ok()
    });
    response.failure(words.or(refusal.message))
}
