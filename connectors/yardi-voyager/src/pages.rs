//! One call as a page of records.
//!
//! The vendor does not page: a call brings all of one property. An answer that
//! is larger than a page may be is asked for again and delivered in parts.

use portcullis_sdk::model::Date;
use portcullis_sdk::paging::ResumeAt;
use portcullis_sdk::{Context, Error, Filler, Page, PageRequest, RecordKey, Result, dates};

use crate::interface::Interface;
use crate::soap::{self, About, Outcome};
use crate::xml::Node;
use crate::{charges, leases, map, units};

/// The method that brings a model.
pub(crate) fn method(model: &str) -> &'static str {
    match model {
        "units" => "UnitAvailability_Login",
        "leases" | "residents" => "GetResidentData",
        "resident_charges" => charges::ALL,
        _ => "GetPropertyConfigurations",
    }
}

/// The page that the request names.
pub(crate) fn pull(ctx: &Context<'_>, request: &PageRequest) -> Result<Page> {
    let model = request.model.as_str();
    let interface = match Interface::of(ctx, model) {
        Some(interface) if model != "residents" => interface,
        _ => return Err(Error::unsupported(format!("{model} is not read by itself"))),
    };
    if !interface.has_licence(ctx) {
        return Err(Error::new(
            portcullis_sdk::Reaction::NotLicensed,
            interface.no_licence(),
        ));
    }
    let property = request
        .partition
        .as_ref()
        .map(|partition| partition.key.external_id.as_str());
    if property.is_none() && model != "properties" {
        return Err(Error::fail("the model is read property by property"));
    }
    let skip = match &request.cursor {
        Some(cursor) => ResumeAt::read(cursor)?.skip,
        None => 0,
    };
    let days = charges::days(request)?;
    let method = match days {
        Some(_) => charges::BY_DAY,
        None => method(model),
    };
    let about = About { property, days };
    let result = match soap::call(ctx, interface, method, &about)? {
        Outcome::Result(result) => result,
        Outcome::Nothing => Node::default(),
        Outcome::Refused(refusal) => return Err(refusal.error()),
    };

    let mut filling = Filling::new(request, skip)?;
    let rest = match (model, property) {
        ("units", Some(property)) => units::fill(&mut filling, property, &result)?,
        ("leases", Some(property)) => leases::fill(&mut filling, property, &result)?,
        ("resident_charges", Some(property)) => charges::fill(&mut filling, property, &result)?,
        _ => properties(&mut filling, &result)?,
    };
    let batches = filling.batches();
    Ok(match rest {
        Some(skip) => {
            let next = ResumeAt {
                skip,
                page: String::new(),
            };
            Page::more(batches, next.write()?)
        }
        None => Page::last(batches, charges::watermark(request)),
    })
}

/// A page being filled: the lead, and its companion if it is wanted.
pub(crate) struct Filling {
    pub(crate) lead: Filler,
    pub(crate) companion: Option<Filler>,
    pub(crate) skip: usize,
    /// The UTC day on which the run began: it tells what is planned from what
    /// has happened.
    pub(crate) today: Date,
}

impl Filling {
    fn new(request: &PageRequest, skip: usize) -> Result<Self> {
        let half = |model: &str| PageRequest {
            model: model.to_owned(),
            max_bytes: request.max_bytes / 2,
            ..request.clone()
        };
        let companion = request.companions.first();
        Ok(Self {
            lead: match companion {
                Some(_) => Filler::new(&half(&request.model)),
                None => Filler::new(request),
            },
            companion: companion.map(|model| Filler::new(&half(model))),
            skip,
            today: dates::utc_day(request.started_at)
                .ok_or_else(|| Error::fail("the run began outside the calendar"))?,
        })
    }

    fn batches(self) -> Vec<portcullis_sdk::Batch> {
        let batches = [Some(self.lead), self.companion].into_iter().flatten();
        batches.map(Filler::into_batch).collect()
    }
}

fn property_nodes(result: &Node) -> impl Iterator<Item = &Node> {
    let list = result.find("Properties");
    list.into_iter().flat_map(|list| list.all("Property"))
}

/// The properties of the interface entity. The answer is the number of those
/// that went into the page, unless all did.
fn properties(filling: &mut Filling, result: &Node) -> Result<Option<usize>> {
    for (at, node) in property_nodes(result).enumerate().skip(filling.skip) {
        let Some(code) = node.child_text("Code") else {
            filling.lead.omit(None, "a property without a Code");
            continue;
        };
        let key = RecordKey::of(code);
        let (document, original) = map::property(code, node);
        if !filling.lead.add(key, None, &document, &original)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// The keys of a model's records in an answer, where they can be read.
pub(crate) fn keys<'n>(
    model: &str,
    property: Option<&str>,
    result: &'n Node,
) -> Box<dyn Iterator<Item = Option<RecordKey>> + 'n> {
    let property = property.unwrap_or_default().to_owned();
    match model {
        "units" => Box::new(units::nodes(result).map(move |node| {
            let code = units::code(node)?;
            Some(RecordKey::within(property.clone(), code))
        })),
        "leases" => {
            Box::new(leases::nodes(result).map(|node| leases::code(node).map(RecordKey::of)))
        }
        "resident_charges" => {
            Box::new(charges::nodes(result).map(|node| charges::id(node).map(RecordKey::of)))
        }
        "residents" => Box::new(
            leases::nodes(result)
                .flat_map(|node| node.all("Tenants"))
                .map(|tenant| leases::code(tenant).map(RecordKey::of)),
        ),
        _ => {
            Box::new(property_nodes(result).map(|node| node.child_text("Code").map(RecordKey::of)))
        }
    }
}
