//! SOAP 1.1 calls, and what their answers mean.

use portcullis_sdk::model::Date;
use portcullis_sdk::{Context, Error, Escaping, Reaction, Request, Response, Result};
use quick_xml::escape::escape;

use crate::interface::Interface;
use crate::xml::Node;

/// Where the password belongs in a body.
const PASSWORD: &str = "@portcullis.password@";

/// Where the interface's licence belongs in a body.
const LICENCE: &str = "@portcullis.licence@";

const NAMESPACE: &str = "http://tempuri.org/YSI.Interfaces.WebServices";

/// What a call came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The element that holds the result.
    Result(Node),
    /// There is nothing of what was asked for.
    Nothing,
    /// The vendor refuses, in words of its own.
    Refused(Refusal),
}

/// A refusal that stands in an answer of status 200.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) kind: Kind,
    pub(crate) words: String,
}

/// What a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Credentials,
    Licence,
    Permission,
    Other,
}

impl Refusal {
    /// The error that it stands for where there is no better answer.
    pub(crate) fn error(self) -> Error {
        let reaction = match self.kind {
            Kind::Credentials => Reaction::Unauthenticated,
            Kind::Licence => Reaction::NotLicensed,
            Kind::Permission => Reaction::Forbidden,
            Kind::Other => Reaction::Fail,
        };
        Error::new(reaction, self.words).with_code("yardi-voyager.message")
    }
}

/// What a call is about, beyond its method.
#[derive(Clone, Debug, Default)]
pub(crate) struct About<'a> {
    /// The property, where it is about one.
    pub(crate) property: Option<&'a str>,
    /// The first and the last day, where it is about some.
    pub(crate) days: Option<(Date, Date)>,
}

impl<'a> About<'a> {
    pub(crate) fn property(property: Option<&'a str>) -> Self {
        Self {
            property,
            days: None,
        }
    }
}

/// Calls a method of an interface.
///
/// # Errors
///
/// When there is no answer that could be read.
pub(crate) fn call(
    ctx: &Context<'_>,
    interface: Interface,
    method: &str,
    about: &About<'_>,
) -> Result<Outcome> {
    let settings = Interface::settings(ctx)?;
    let namespace = format!("{NAMESPACE}/{}", interface.name());
    let mut body = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
         <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>",
    );
    body.push_str(&format!("<{method} xmlns=\"{namespace}\">"));
    let mut element = |name: &str, text: &str| {
        body.push_str(&format!("<{name}>{}</{name}>", escape(text)));
    };
    element("UserName", &settings.username);
    element("Password", PASSWORD);
    element("ServerName", &settings.server_name);
    element("Database", &settings.database);
    element("Platform", &settings.platform);
    element("InterfaceEntity", &settings.interface_entity);
    element("InterfaceLicense", LICENCE);
    if let Some(property) = about.property {
        element("YardiPropertyId", property);
    }
    if let Some((first, last)) = about.days {
        element("FromDate", &first.to_string());
        element("ToDate", &last.to_string());
    }
    body.push_str(&format!("</{method}></soap:Body></soap:Envelope>"));

    let response = Request::post(interface.url(ctx, &settings))
        .header("content-type", "text/xml; charset=utf-8")
        .header("SOAPAction", format!("\"{namespace}/{method}\""))
        .body(body)
        .secret_in_body(PASSWORD, Escaping::XmlText, "password")
        .secret_in_body(LICENCE, Escaping::XmlText, interface.licence())
        .send(ctx)?;
    read(&response, method)
}

/// What an answer means.
fn read(response: &Response, method: &str) -> Result<Outcome> {
    if response.status != 200 {
        let fault = Node::parse(response.text().unwrap_or_default()).ok();
        return Err(response.failure(fault.as_ref().and_then(fault_words)));
    }
    let envelope = Node::parse(response.text()?)?;
    if let Some(words) = fault_words(&envelope) {
        return Err(Error::protocol(words));
    }
    let wanted = format!("{method}Result");
    let Some(result) = envelope.find(&wanted) else {
        return Err(Error::protocol(format!("the answer has no {wanted}")));
    };
    if let Some(messages) = result.find("Messages") {
        return Ok(refusal(messages));
    }
    Ok(match result.children.is_empty() {
        true => Outcome::Nothing,
        false => Outcome::Result(result.clone()),
    })
}

fn fault_words(envelope: &Node) -> Option<String> {
    let words = envelope.find("Fault")?.find("faultstring")?.text()?;
    Some(words.to_owned())
}

/// A document of messages stands in place of a result. Its sentences are the
/// vendor's only codes.
fn refusal(messages: &Node) -> Outcome {
    let words: Vec<&str> = messages.all("Message").filter_map(Node::text).collect();
    let words = words.join(" ");
    let lower = words.to_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    let kind = if says(&["license", "licence"]) {
        Kind::Licence
    } else if says(&[
        "login",
        "log in",
        "password",
        "user name",
        "username",
        "credential",
    ]) {
        Kind::Credentials
    } else if says(&[
        "permission",
        "not authorized",
        "no access",
        "not have access",
        "not configured",
    ]) {
        Kind::Permission
    } else if says(&[
        "no records",
        "no residents",
        "no units",
        "no data",
        "none found",
        "not found",
    ]) {
        return Outcome::Nothing;
    } else {
        Kind::Other
    };
    let words = if words.is_empty() {
        "Yardi answered with messages that say nothing.".to_owned()
    } else {
        words
    };
    Outcome::Refused(Refusal { kind, words })
}
