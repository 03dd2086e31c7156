//! A simulated Yardi Voyager: three interfaces of SOAP 1.1.
//!
//! `POST /ItfResidentData.asmx`, `/ItfILSGuestCard.asmx` and `/ItfResidentTransactions20.asmx`, with the method in the body and in `SOAPAction`.
//! What it refuses, and in which order:
//!
//! | Request | Answer |
//! | --- | --- |
//! | a path that is not there / another method than POST | 404 / 405 |
//! | a content type other than `text/xml` / a `SOAPAction` that is not the body's method | 415 / 500, a fault |
//! | a body that is no envelope, a method that the interface has not | 500, a fault |
//! | user, password, server, database, platform or entity that are not known | 200 with `Messages` |
//! | a licence that is not that of the interface, or an interface that the entity has not licensed | 200 with `Messages` |
//! | a property that the entity may not see | 200 with `Messages` |
//!
//! Nothing is paged, and nothing but charges can be asked for by a day. There is no limit: the vendor announced one and enforces none.

mod charges;
mod envelope;
mod rows;
mod write;

use crate::shared::control::{Operation, TruthQuery};
use crate::shared::limiter::{Limit, Standing};
use crate::shared::shape::{Model, Shape};
use crate::shared::world::{Key, State, World};
use crate::shared::{Answer, Fields, Vendor, VendorRequest};
use envelope::Call;
use rows::YardiRows;
use serde_json::{Map, Value};

/// What everybody types beside user and password.
const SERVER: &str = "simdb01";
const DATABASE: &str = "sim_live";
const PLATFORM: &str = "SQL Server";
const ENTITY: &str = "Portcullis";

const NAMESPACE: &str = "http://tempuri.org/YSI.Interfaces.WebServices";

/// An interface, which is licensed for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interface {
    ResidentData,
    GuestCard,
    ResidentTransactions,
}

impl Interface {
    const ALL: [Self; 3] = [
        Self::ResidentData,
        Self::GuestCard,
        Self::ResidentTransactions,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::ResidentData => "ItfResidentData",
            Self::GuestCard => "ItfILSGuestCard",
            Self::ResidentTransactions => "ItfResidentTransactions20",
        }
    }

    /// The permission that stands for its licence.
    fn scope(self) -> &'static str {
        match self {
            Self::ResidentData => "residentdata",
            Self::GuestCard => "guestcard",
            Self::ResidentTransactions => TRANSACTIONS,
        }
    }

    fn licence(self, seed: u64) -> String {
        format!("LICENCE-{}-{seed:08x}", self.scope().to_ascii_uppercase())
    }

    /// Paths are read as a web server of its kind reads them: in any case.
    fn of(path: &str) -> Option<Self> {
        let file = path.rsplit('/').next()?;
        let name = file.get(..file.len().checked_sub(5)?)?;
        let rest = file.get(name.len()..)?;
        rest.eq_ignore_ascii_case(".asmx")
            .then(|| {
                Self::ALL
                    .into_iter()
                    .find(|one| one.name().eq_ignore_ascii_case(name))
            })
            .flatten()
    }
}

/// The simulated vendor.
pub struct YardiVoyager {
    world: World<YardiRows>,
    seed: u64,
}

/// Why a call brings nothing: a fault, or a sentence in place of the result.
enum Refusal {
    Http(u16, String),
    Message(String),
}

impl YardiVoyager {
    /// A portfolio with one interface user, whom all interfaces are licensed for. The client id is the user name.
    #[must_use]
    pub fn new(shape: Shape, client_id: &str, secret: &str) -> Self {
        Self {
            seed: shape.seed,
            world: World::new(YardiRows, shape, client_id, secret),
        }
    }

    fn respond(&self, request: &VendorRequest) -> Result<(Call, String), (Option<Call>, Refusal)> {
        let http = |status, text: &str| (None, Refusal::Http(status, text.to_owned()));
        let interface =
            Interface::of(&request.path).ok_or_else(|| http(404, "There is no such service."))?;
        if request.method != "POST" {
            return Err(http(405, "Only POST is possible."));
        }
        let call = Call::read(request, interface).map_err(|refusal| (None, refusal))?;
        match self.result(&call, interface) {
            Ok(result) => Ok((call, result)),
            Err(refusal) => Err((Some(call), refusal)),
        }
    }

    fn result(&self, call: &Call, interface: Interface) -> Result<String, Refusal> {
        let state = self.world.state();
        let key = self.key(&state, call)?;
        let licensed = call.field("InterfaceLicense") == interface.licence(self.seed);
        if !licensed || !key.may(interface.scope()) {
            let message = format!("Invalid Interface License for {}.", interface.name());
            return Err(Refusal::Message(message));
        }
        let portfolio = &state.portfolio;
        let sees = |model, index| self.world.sees(portfolio, key, model, index);
        if call.method == "GetPropertyConfigurations" {
            let properties = portfolio
                .living(Model::Properties)
                .filter(|index| sees(Model::Properties, *index));
            let rows = properties.map(|index| self.world.row(portfolio, Model::Properties, index));
            return Ok(write::properties(rows));
        }
        let code = call.field("YardiPropertyId");
        let property = self
            .world
            .find(portfolio, Model::Properties, code)
            .filter(|index| sees(Model::Properties, *index))
            .ok_or_else(|| {
                let message = format!("Interface entity does not have access to property {code}.");
                Refusal::Message(message)
            })?;
        Ok(match call.method.as_str() {
            "UnitAvailability_Login" => {
                let units = portfolio.property_units(property);
                let rows = units.map(|index| self.world.row(portfolio, Model::Units, index));
                write::units(code, rows)
            }
            method => {
                let leases = portfolio
                    .living(Model::Leases)
                    .filter(|index| portfolio.property_of(Model::Leases, *index) == Some(property));
                if interface == Interface::ResidentTransactions {
                    let days = days(call)?;
                    let by_day = method == charges::BY_DAY;
                    let wanted = |row: &Map<String, Value>| {
                        let day = row["TransactionDate"].as_str().unwrap_or_default();
                        !by_day || (&*days.0..=&*days.1).contains(&day)
                    };
                    let customers = leases.map(|lease| {
                        let rows = charges::of_lease(portfolio, lease).into_iter();
                        rows.filter(wanted).collect()
                    });
                    return Ok(write::transactions(code, customers));
                }
                let files = leases.map(|lease| {
                    let tenants = portfolio.lease_residents(lease);
                    let tenants =
                        tenants.map(|index| self.world.row(portfolio, Model::Tenants, index));
                    (
                        self.world.row(portfolio, Model::Leases, lease),
                        tenants.collect(),
                    )
                });
                write::lease_files(files)
            }
        })
    }

    fn key<'a>(&self, state: &'a State, call: &Call) -> Result<&'a Key, Refusal> {
        let place = [
            ("ServerName", SERVER),
            ("Database", DATABASE),
            ("Platform", PLATFORM),
        ];
        if place.iter().any(|(name, value)| call.field(name) != *value) {
            let message = "Login failed: the server or database does not exist.";
            return Err(Refusal::Message(message.to_owned()));
        }
        let key = state
            .keys
            .get(call.field("UserName"))
            .filter(|key| key.secret == call.field("Password"))
            .ok_or_else(|| {
                Refusal::Message("Login failed: invalid user name or password.".to_owned())
            })?;
        if call.field("InterfaceEntity") != ENTITY {
            let message = "Login failed: the interface entity is not known.";
            return Err(Refusal::Message(message.to_owned()));
        }
        Ok(key)
    }
}

/// The first and the last day of a call, as `2026-03-01`; a method that wants none has none.
fn days(call: &Call) -> Result<(String, String), Refusal> {
    let day = |name: &str| {
        let text = call.field(name);
        let valid = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok();
        if valid || call.method != charges::BY_DAY {
            return Ok(text.to_owned());
        }
        Err(Refusal::Http(500, format!("{name} is no date.")))
    };
    Ok((day("FromDate")?, day("ToDate")?))
}

impl Vendor for YardiVoyager {
    fn client_of(&self, request: &VendorRequest) -> Option<String> {
        let interface = Interface::of(&request.path)?;
        let call = Call::read(request, interface).ok()?;
        Some(call.field("UserName").to_owned())
    }

    fn admit(&self, _request: &VendorRequest) -> Result<(), Answer> {
        // Credentials stand in the body and are refused in the answer to the call.
        Ok(())
    }

    fn limits(&self) -> Vec<Limit> {
        Vec::new()
    }

    fn too_many(&self, request: &VendorRequest, _standings: &[Standing]) -> Answer {
        envelope::fault(request, 429, "Too many requests.")
    }

    fn answer(&self, request: &VendorRequest) -> Answer {
        match self.respond(request) {
            Ok((call, result)) => call.answer(request, &result),
            Err((Some(call), Refusal::Message(message))) => {
                call.answer(request, &write::message(&message))
            }
            Err((_, Refusal::Http(status, message))) => envelope::fault(request, status, &message),
            Err((None, Refusal::Message(message))) => envelope::fault(request, 500, &message),
        }
    }

    fn fields(&self) -> Fields {
        Fields::from([
            // Only https is possible in the form; tests give the simulator's address as the base URL.
            ("url", "https://simulator.invalid/webservices".to_owned()),
            ("username", self.world.first_client.clone()),
            ("password", self.world.first_secret()),
            ("serverName", SERVER.to_owned()),
            ("database", DATABASE.to_owned()),
            ("platform", PLATFORM.to_owned()),
            ("interfaceEntity", ENTITY.to_owned()),
            (
                "residentDataLicense",
                Interface::ResidentData.licence(self.seed),
            ),
            ("guestCardLicense", Interface::GuestCard.licence(self.seed)),
            (
                "residentTransactionsLicense",
                Interface::ResidentTransactions.licence(self.seed),
            ),
        ])
    }

    fn truth(&self, query: &TruthQuery) -> Result<Value, String> {
        self.world.truth(query)
    }

    fn mutate(&self, operation: &Operation) -> Result<Value, String> {
        self.world.mutate(operation)
    }
}

/// The permission that stands for the licence of charges.
const TRANSACTIONS: &str = "residenttransactions";

/// The models, with the interface that each needs.
const MODELS: [(Model, &str); 4] = [
    (Model::Properties, "residentdata"),
    (Model::Units, "guestcard"),
    (Model::Leases, "residentdata"),
    (Model::Tenants, "residentdata"),
];
