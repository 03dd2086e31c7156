//! XML documents as trees of elements by their local names.

use portcullis_sdk::{Error, Result};
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// The deepest document that is read. The vendor's have some fifteen levels.
const DEEPEST: usize = 64;

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Node {
    /// Its name without a prefix.
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    text: String,
    pub(crate) children: Vec<Node>,
}

impl Node {
    /// Reads a document; the answer is its root.
    pub(crate) fn parse(document: &str) -> Result<Self> {
        let mut reader = Reader::from_str(document);
        // The lowest is no element: the root becomes its child.
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().map_err(|_| malformed())? {
                Event::Start(element) => {
                    if open.len() > DEEPEST {
                        return Err(malformed());
                    }
                    open.push(start(&element)?);
                }
                Event::Empty(element) => top(&mut open)?.children.push(start(&element)?),
                Event::End(_) => {
                    let closed = open.pop().ok_or_else(malformed)?;
                    top(&mut open)?.children.push(closed);
                }
                Event::Text(piece) => {
                    let piece = piece.decode().map_err(|_| malformed())?;
                    top(&mut open)?.text.push_str(&piece);
                }
                Event::CData(piece) => {
                    let piece = piece.decode().map_err(|_| malformed())?;
                    top(&mut open)?.text.push_str(&piece);
                }
                Event::GeneralRef(entity) => {
                    let text = &mut top(&mut open)?.text;
                    match entity.resolve_char_ref().map_err(|_| malformed())? {
                        Some(char) => text.push(char),
                        None => {
                            let name = entity.decode().map_err(|_| malformed())?;
                            text.push_str(resolve_xml_entity(&name).ok_or_else(malformed)?);
                        }
                    }
                }
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        let [document] = &mut open[..] else {
            return Err(malformed());
        };
        match document.children.pop() {
            Some(root) if document.children.is_empty() => Ok(root),
            _ => Err(malformed()),
        }
    }

    /// Its text without space around it, if there is any.
    pub(crate) fn text(&self) -> Option<&str> {
        let text = self.text.trim();
        (!text.is_empty()).then_some(text)
    }

    /// An attribute without space around it, if there is one, in any case of
    /// its name's letters.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let (_, value) = self
            .attributes
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        let value = value.trim();
        (!value.is_empty()).then_some(value)
    }

    /// The first child of a name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of a name.
    pub(crate) fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name)?.text()
    }

    /// Every child of a name.
    pub(crate) fn all<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'n Self> + 'n {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first element of a name, this one or anywhere below it.
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        let mut open = vec![self];
        while let Some(node) = open.pop() {
            if node.name == name {
                return Some(node);
            }
            open.extend(node.children.iter().rev());
        }
        None
    }
}

fn malformed() -> Error {
    Error::protocol("the answer is no XML document").with_code("yardi-voyager.xml")
}

fn top(open: &mut [Node]) -> Result<&mut Node> {
    open.last_mut().ok_or_else(malformed)
}

fn start(element: &BytesStart<'_>) -> Result<Node> {
    let utf8 = |bytes: &[u8]| {
        std::str::from_utf8(bytes)
            .map(str::to_owned)
            .map_err(|_| malformed())
    };
    let mut node = Node {
        name: utf8(element.local_name().as_ref())?,
        ..Node::default()
    };
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|_| malformed())?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|_| malformed())?;
        let name = utf8(attribute.key.local_name().as_ref())?;
        node.attributes.push((name, value.into_owned()));
    }
    Ok(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_becomes_a_tree() {
        let root = Node::parse(
            "<?xml version=\"1.0\"?><!-- c --><s:a xmlns:s=\"u\"><b X='1 &amp; 2'> t &lt;&#65;<![CDATA[&]]> </b><b/></s:a>",
        )
        .expect("a document");
        assert_eq!(root.name, "a");
        assert_eq!(root.all("b").count(), 2);
        let first = root.child("b").expect("a child");
        assert_eq!(
            (first.text(), first.attribute("x")),
            (Some("t <A&"), Some("1 & 2"))
        );
        assert_eq!(root.find("b"), Some(first));
        assert_eq!(root.find("c"), None);
    }

    #[test]
    fn what_is_no_document_is_refused_and_nothing_is_expanded() {
        let deep = "<a>".repeat(100) + &"</a>".repeat(100);
        for odd in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a b=1/>",
            "<a>&laugh;</a>",
            &deep,
            "<!DOCTYPE a [<!ENTITY laugh \"ha\">]><a>&laugh;</a>",
        ] {
            assert!(Node::parse(odd).is_err(), "{odd}");
        }
    }
}
