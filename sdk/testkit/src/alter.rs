//! What can be done to an answer without knowing the vendor: words replaced, members added, the end cut off.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use portcullis_egress::Answer;
use regex_lite::{Captures, Regex};
use serde_json::Value;

/// A host that nobody declares.
const ELSEWHERE: &str = "https://elsewhere.example";
/// The word that no enumeration knows.
pub(crate) const UNHEARD: &str = "Unheardof";

/// A word or a few, or a letter: what values of enumerations look like.
static WORD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^[A-Za-z]+([ _/-][A-Za-z]+){0,3}$").ok());
/// An attribute or a leaf element of XML whose value is such a word.
static XML_WORD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?:\s([A-Za-z_][\w.-]*)="([A-Za-z][A-Za-z _/-]+)")|(?:<([A-Za-z_][\w.-]*)>([A-Za-z][A-Za-z _/-]+)</)"#,
    )
    .ok()
});
/// The end of an element that holds others.
static XML_END: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r">(\s*)</([A-Za-z_][\w.-]*)>").ok());
/// A leaf element, or an attribute, with its text.
static XML_LEAF: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?:\s([A-Za-z_][\w.-]*)="([^"]+)")|(?:<([A-Za-z_][\w.-]*)>([^<]+)</)"#).ok()
});

enum Body {
    Json(Value),
    Xml(String),
    Other,
}

fn read(answer: &Answer) -> Body {
    let Ok(text) = std::str::from_utf8(&answer.body) else {
        return Body::Other;
    };
    match text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .chars()
        .next()
    {
        Some('{' | '[') => serde_json::from_str(text).map_or(Body::Other, Body::Json),
        Some('<') => Body::Xml(text.to_owned()),
        _ => Body::Other,
    }
}

fn is_word(text: &str) -> bool {
    text.len() <= 40 && WORD.as_ref().is_some_and(|word| word.is_match(text))
}

/// Every place where a word stands, with the words: a JSON path without indices, or an XML name.
pub(crate) fn words(answer: &Answer) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    match read(answer) {
        Body::Json(document) => each_text(&document, &mut String::new(), &mut |path, text| {
            if is_word(text) {
                found
                    .entry(path.to_owned())
                    .or_default()
                    .insert(text.to_owned());
            }
        }),
        Body::Xml(text) => {
            for found_word in XML_WORD.iter().flat_map(|word| word.captures_iter(&text)) {
                if let Some((name, value)) = named(&found_word)
                    && is_word(value.trim())
                {
                    found
                        .entry(name)
                        .or_default()
                        .insert(value.trim().to_owned());
                }
            }
        }
        Body::Other => {}
    }
    found
}

/// Every text, with the name of the member, attribute or element that holds it.
pub(crate) fn texts(answer: &Answer) -> Vec<(String, String)> {
    let mut found = Vec::new();
    match read(answer) {
        Body::Json(document) => each_text(&document, &mut String::new(), &mut |path, text| {
            let name = path.rsplit('/').find(|step| *step != "*");
            found.push((name.unwrap_or_default().to_owned(), text.to_owned()));
        }),
        Body::Xml(text) => {
            for leaf in XML_LEAF.iter().flat_map(|leaf| leaf.captures_iter(&text)) {
                if let Some((name, value)) = named(&leaf) {
                    let name = name.trim_start_matches(['@', '<']).to_owned();
                    found.push((name, value.trim().to_owned()));
                }
            }
        }
        Body::Other => {}
    }
    found
}

/// Puts [`UNHEARD`] in the place of every word at a place that [`words`] named.
pub(crate) fn replace(answer: &mut Answer, place: &str) {
    match read(answer) {
        Body::Json(mut document) => {
            change_texts(&mut document, &mut String::new(), &mut |path, text| {
                if path == place && is_word(text) {
                    UNHEARD.clone_into(text);
                }
            });
            answer.body = document.to_string().into_bytes();
        }
        Body::Xml(text) => {
            let Some(word) = XML_WORD.as_ref() else {
                return;
            };
            let changed = word.replace_all(&text, |found: &Captures<'_>| {
                let whole = found.get(0).map_or("", |whole| whole.as_str());
                match named(found) {
                    Some((name, value)) if name == place && is_word(value.trim()) => {
                        // The value stands once in what was matched, behind the name.
                        let at = whole.rfind(value).unwrap_or_default();
                        format!("{}{UNHEARD}{}", &whole[..at], &whole[at + value.len()..])
                    }
                    _ => whole.to_owned(),
                }
            });
            answer.body = changed.into_owned().into_bytes();
        }
        Body::Other => {}
    }
}

/// Adds members to every record: an object of a JSON array, or the outermost; an XML element that holds others.
pub(crate) fn add(answer: &mut Answer, members: &[(String, String)]) {
    match read(answer) {
        Body::Json(mut document) => {
            add_members(&mut document, true, members);
            answer.body = document.to_string().into_bytes();
        }
        Body::Xml(text) => {
            let Some(end) = XML_END.as_ref() else { return };
            let added: String = members
                .iter()
                .map(|(name, value)| format!("<{name}>{value}</{name}>"))
                .collect();
            let changed = end.replace_all(&text, |found: &Captures<'_>| {
                let part = |number| found.get(number).map_or("", |part| part.as_str());
                format!(">{added}{}</{}>", part(1), part(2))
            });
            answer.body = changed.into_owned().into_bytes();
        }
        Body::Other => {}
    }
}

/// Lets every link of an answer lead to another host: addresses in texts, relative ones in members that are named after
/// what comes next, and the header `Link`.
pub(crate) fn lead_astray(answer: &mut Answer) {
    if let Body::Json(mut document) = read(answer) {
        change_texts(&mut document, &mut String::new(), &mut |path, text| {
            let name = path.rsplit('/').next().unwrap_or_default();
            let next = name.to_ascii_lowercase().contains("next");
            if let Some(astray) = elsewhere(text) {
                *text = astray;
            } else if next && text.starts_with('/') {
                *text = format!("{ELSEWHERE}{text}");
            }
        });
        answer.body = document.to_string().into_bytes();
    }
    let links = answer.headers.get_all(http::header::LINK).iter();
    let links: Vec<http::HeaderValue> = links
        .filter_map(|link| {
            let astray = link.to_str().ok()?.split('<').map(|part| {
                let (address, rest) = part.split_once('>')?;
                Some(format!("<{}>{rest}", elsewhere(address)?))
            });
            let astray: String = astray.flatten().collect();
            http::HeaderValue::from_str(&astray).ok()
        })
        .collect();
    if !links.is_empty() {
        answer.headers.remove(http::header::LINK);
        for link in links {
            answer.headers.append(http::header::LINK, link);
        }
    }
}

/// An absolute address with another host.
fn elsewhere(text: &str) -> Option<String> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))?;
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    Some(format!("{ELSEWHERE}{path}"))
}

/// Cuts off the second half.
pub(crate) fn cut(answer: &mut Answer) {
    answer.body.truncate(answer.body.len() / 2);
}

/// Name and value of an attribute (`@name`) or a leaf (`<name`).
fn named<'t>(found: &Captures<'t>) -> Option<(String, &'t str)> {
    let part = |number| found.get(number).map(|part| part.as_str());
    match (part(1), part(2), part(3), part(4)) {
        (Some(name), Some(value), ..) => Some((format!("@{name}"), value)),
        (_, _, Some(name), Some(value)) => Some((format!("<{name}"), value)),
        _ => None,
    }
}

fn each_text(value: &Value, path: &mut String, see: &mut impl FnMut(&str, &str)) {
    let length = path.len();
    match value {
        Value::String(text) => see(path, text),
        Value::Array(items) => {
            path.push_str("/*");
            items.iter().for_each(|item| each_text(item, path, see));
        }
        Value::Object(members) => {
            for (name, member) in members {
                path.push('/');
                path.push_str(name);
                each_text(member, path, see);
                path.truncate(length);
            }
        }
        _ => {}
    }
    path.truncate(length);
}

fn change_texts(value: &mut Value, path: &mut String, change: &mut impl FnMut(&str, &mut String)) {
    let length = path.len();
    match value {
        Value::String(text) => change(path, text),
        Value::Array(items) => {
            path.push_str("/*");
            for item in items {
                change_texts(item, path, change);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                path.push('/');
                path.push_str(name);
                change_texts(member, path, change);
                path.truncate(length);
            }
        }
        _ => {}
    }
    path.truncate(length);
}

fn add_members(value: &mut Value, record: bool, members: &[(String, String)]) {
    match value {
        Value::Array(items) => {
            for item in items {
                add_members(item, true, members);
            }
        }
        Value::Object(object) => {
            for member in object.values_mut() {
                add_members(member, false, members);
            }
            if record {
                for (name, value) in members {
                    object.insert(name.clone(), Value::from(value.as_str()));
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::answer;

    fn body(answer: &Answer) -> &str {
        std::str::from_utf8(&answer.body).expect("text")
    }

    #[test]
    fn words_of_json_are_found_and_replaced_at_their_place_alone() {
        let mut page = answer(
            200,
            "application/json",
            r#"{"rows":[{"Id":"A1","Status":"Active","Owner":{"Status":"Gone"}},{"Status":"2026-01-01"}]}"#,
        );
        let found = words(&page);
        assert_eq!(
            found["/rows/*/Status"].iter().collect::<Vec<_>>(),
            ["Active"]
        );
        assert!(!found.contains_key("/rows/*/Id"));
        replace(&mut page, "/rows/*/Status");
        let document: Value = serde_json::from_str(body(&page)).expect("JSON");
        assert_eq!(document["rows"][0]["Status"], UNHEARD);
        assert_eq!(document["rows"][0]["Owner"]["Status"], "Gone");
        assert_eq!(document["rows"][1]["Status"], "2026-01-01");
    }

    #[test]
    fn xml_is_changed_as_text() {
        let mut page = answer(
            200,
            "text/xml",
            r#"<s:Body><Lease Type="current"><Status>Current</Status><Id>1</Id></Lease></s:Body>"#,
        );
        assert!(words(&page).contains_key("@Type"));
        replace(&mut page, "<Status");
        assert!(body(&page).contains("<Status>Unheardof</Status>"));
        add(&mut page, &[("SSN".to_owned(), "9".to_owned())]);
        assert_eq!(
            body(&page),
            r#"<s:Body><Lease Type="current"><Status>Unheardof</Status><Id>1</Id><SSN>9</SSN></Lease></s:Body>"#
        );
        assert!(texts(&page).contains(&("SSN".to_owned(), "9".to_owned())));
    }

    #[test]
    fn links_lead_elsewhere_wherever_they_stand() {
        let mut page = answer(
            200,
            "application/json",
            r#"{"nextLink":"http://a.example:81/x?$skip=3","next_page_path":"/api?page=2","rows":[],"site":"/home"}"#,
        );
        let link = "<https://a.example/units?page=2>; rel=\"next\", <https://a.example/units>; rel=\"first\"";
        page.headers
            .insert(http::header::LINK, link.parse().expect("a header"));
        lead_astray(&mut page);
        assert_eq!(
            body(&page),
            r#"{"nextLink":"https://elsewhere.example/x?$skip=3","next_page_path":"https://elsewhere.example/api?page=2","rows":[],"site":"/home"}"#
        );
        assert_eq!(
            page.headers[http::header::LINK],
            "<https://elsewhere.example/units?page=2>; rel=\"next\", <https://elsewhere.example/units>; rel=\"first\""
        );
    }

    #[test]
    fn members_are_added_to_records_and_not_to_what_they_hold() {
        let mut page = answer(200, "application/json", r#"[{"Id":1,"Tax":{}},{"Id":2}]"#);
        add(&mut page, &[("TaxId".to_owned(), "9".to_owned())]);
        assert_eq!(
            body(&page),
            r#"[{"Id":1,"Tax":{},"TaxId":"9"},{"Id":2,"TaxId":"9"}]"#
        );
    }
}
