//! Envelopes, read and written.

use super::{Interface, NAMESPACE, Refusal, charges};
use crate::shared::{Answer, VendorRequest};
use quick_xml::Reader;
use quick_xml::escape::{escape, resolve_xml_entity};
use quick_xml::events::Event;
use std::collections::BTreeMap;

/// A call: its method and what the body says.
pub(super) struct Call {
    pub(super) method: String,
    interface: Interface,
    fields: BTreeMap<String, String>,
}

impl Call {
    /// Reads the body of a request.
    pub(super) fn read(request: &VendorRequest, interface: Interface) -> Result<Self, Refusal> {
        let header = |name: &str| {
            let value = request
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok());
            value.unwrap_or_default()
        };
        if !header("content-type")
            .to_ascii_lowercase()
            .starts_with("text/xml")
        {
            let message = "The content type must be text/xml.".to_owned();
            return Err(Refusal::Http(415, message));
        }
        let fault = |message: &str| Refusal::Http(500, message.to_owned());
        let body = std::str::from_utf8(&request.body).map_err(|_| fault("The body is no text."))?;
        let (method, namespace, fields) =
            parse(body).ok_or_else(|| fault("The body is no SOAP envelope."))?;
        let own = format!("{NAMESPACE}/{}", interface.name());
        let action = header("soapaction").trim_matches('"');
        if action != format!("{own}/{method}") || namespace != own {
            return Err(fault(
                "Server did not recognize the value of HTTP Header SOAPAction.",
            ));
        }
        let own: &[&str] = match interface {
            Interface::ResidentData => &["GetResidentData"],
            Interface::GuestCard => &["UnitAvailability_Login"],
            Interface::ResidentTransactions => &["GetResidentTransactions_Login", charges::BY_DAY],
        };
        if method != "GetPropertyConfigurations" && !own.contains(&method.as_str()) {
            return Err(fault("The method is not known."));
        }
        Ok(Self {
            method,
            interface,
            fields,
        })
    }

    /// The text of an element of the body; empty where there is none.
    pub(super) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// The answer with a result, or with what stands in its place.
    pub(super) fn answer(&self, request: &VendorRequest, result: &str) -> Answer {
        let (method, name) = (&self.method, self.interface.name());
        let secret = self.field("Password");
        let comment = match request.echo_secrets {
            true => format!("<Echo>{}</Echo>", escape(secret)),
            false => String::new(),
        };
        let mut headers = xml_headers();
        if request.echo_secrets {
            headers.push(("x-debug-sent", secret.to_owned()));
        }
        let body = format!(
            "<{method}Response xmlns=\"{NAMESPACE}/{name}\">{comment}<{method}Result>{result}</{method}Result></{method}Response>"
        );
        Answer {
            status: 200,
            headers,
            body: enveloped(&body),
        }
    }
}

fn xml_headers() -> Vec<(&'static str, String)> {
    vec![("content-type", "text/xml; charset=utf-8".to_owned())]
}

fn enveloped(body: &str) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">\
         <soap:Body>{body}</soap:Body></soap:Envelope>"
    )
    .into_bytes()
}

/// A fault.
pub(super) fn fault(_request: &VendorRequest, status: u16, message: &str) -> Answer {
    let body = format!(
        "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>{}</faultstring><detail/></soap:Fault>",
        escape(message)
    );
    Answer {
        status,
        headers: xml_headers(),
        body: enveloped(&body),
    }
}

/// Method, namespace and fields of an envelope of SOAP 1.1.
fn parse(body: &str) -> Option<(String, String, BTreeMap<String, String>)> {
    let mut reader = Reader::from_str(body);
    let mut path: Vec<String> = Vec::new();
    let (mut method, mut namespace) = (None, String::new());
    let mut fields = BTreeMap::new();
    let mut text = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => {
                let name = String::from_utf8(element.local_name().as_ref().to_vec()).ok()?;
                let wanted = ["Envelope", "Body"].get(path.len());
                if wanted.is_some_and(|wanted| *wanted != name) {
                    return None;
                }
                if path.len() == 2 {
                    let own = element.try_get_attribute("xmlns").ok()??;
                    namespace = String::from_utf8(own.value.to_vec()).ok()?;
                    method = Some(name.clone());
                }
                text.clear();
                path.push(name);
            }
            Event::End(_) => {
                let name = path.pop()?;
                if path.len() == 3 {
                    fields.insert(name, std::mem::take(&mut text));
                }
            }
            Event::Text(piece) => text.push_str(&piece.decode().ok()?),
            Event::GeneralRef(entity) => match entity.resolve_char_ref().ok()? {
                Some(char) => text.push(char),
                None => text.push_str(resolve_xml_entity(&entity.decode().ok()?)?),
            },
            Event::Eof => break,
            _ => {}
        }
    }
    Some((method?, namespace, fields))
}
