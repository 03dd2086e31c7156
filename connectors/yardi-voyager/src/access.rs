//! Are the credentials good, and what can they read, interface by interface?

use portcullis_sdk::{
    Context, Error, FieldProblem, Identity, ProbeRequest, Reaction, RecordKey, Result, Verdict,
};

use crate::interface::Interface;
use crate::pages;
use crate::soap::{self, About, Kind, Outcome};

/// Asks for the properties that the interface entity may see. A licence that
/// is refused says nothing about the password.
pub(crate) fn validate(ctx: &Context<'_>) -> Result<Identity> {
    let Some(interface) = Interface::licensed(ctx) else {
        let problem = FieldProblem {
            field: Interface::ResidentData.licence().to_owned(),
            message: "Give the licence of at least one interface.".to_owned(),
        };
        return Err(Error::new(
            Reaction::InvalidSettings(vec![problem]),
            "There is no licence for any interface.",
        ));
    };
    match soap::call(
        ctx,
        interface,
        "GetPropertyConfigurations",
        &About::default(),
    )? {
        Outcome::Result(_) | Outcome::Nothing => Ok(Identity::default()),
        Outcome::Refused(refusal) => match refusal.kind {
            Kind::Licence | Kind::Permission => Ok(Identity::default()),
            Kind::Credentials | Kind::Other => Err(refusal.error()),
        },
    }
}

/// The model's own call, for the sample property where it is about one.
pub(crate) fn probe(ctx: &Context<'_>, request: &ProbeRequest) -> Result<Verdict> {
    let Some(interface) = Interface::of(ctx, &request.model) else {
        return Ok(Verdict::Unsupported);
    };
    if !interface.has_licence(ctx) {
        return Ok(Verdict::NotLicensed(interface.no_licence()));
    }
    let property = request
        .partition
        .as_ref()
        .map(|property| property.external_id.as_str());
    if property.is_none() && request.model != "properties" {
        return Ok(Verdict::Unknown("There is no property to try with.".into()));
    }
    let about = About::property(property);
    match soap::call(ctx, interface, pages::method(&request.model), &about)? {
        Outcome::Nothing => Ok(Verdict::Empty),
        Outcome::Refused(refusal) => match refusal.kind {
            Kind::Licence => Ok(Verdict::NotLicensed(refusal.words)),
            Kind::Permission => Ok(Verdict::Denied(refusal.words)),
            Kind::Credentials => Err(refusal.error()),
            Kind::Other => Ok(Verdict::Unknown(refusal.words)),
        },
        Outcome::Result(result) => {
            let mut keys = pages::keys(&request.model, property, &result);
            let first = keys.next();
            let others = keys.count();
            Ok(match first {
                None => Verdict::Empty,
                Some(sample) => {
                    // Calls about one property say nothing of the others.
                    let count = (request.model == "properties").then_some(1 + others as u64);
                    Verdict::granted(count, sample.map(|key: RecordKey| key))
                }
            })
        }
    }
}
