//! A code's page, and the list of all: as Markdown for `docs/errors`, and in parts for the pages that are served.

use std::fmt::Write as _;

use portcullis_service::WhoMustAct;

use super::{CodeEntry, Place, all};

/// One page of `docs/errors`.
#[must_use]
pub fn markdown(entry: &CodeEntry) -> String {
    format!(
        "# {}\n\n`{}`, {}.\n\n## What happened\n\n{}\n\n## What to do\n\n{}\n\n## Who must act\n\n{}\n",
        entry.title,
        entry.code,
        met(entry),
        entry.happened,
        entry.action,
        who(entry.who),
    )
}

/// The list of all codes, `docs/errors/README.md`.
#[must_use]
pub fn markdown_list() -> String {
    let mut text = String::from(
        "# Error codes\n\nEvery failure has a stable code, and every code a page: what happened, what to do, who must act.\n\
         An answer of the API names its page in `type`; the gateway serves it under the same path.\n",
    );
    for place in Place::ALL {
        let _ = write!(text, "\n## {}\n\n", place.title());
        for entry in all().filter(|entry| entry.place == place) {
            let status = match entry.status {
                0 => String::new(),
                status => format!(" ({status})"),
            };
            let _ = writeln!(
                text,
                "- [`{0}`]({0}.md){status}: {1}",
                entry.code, entry.title
            );
        }
    }
    text
}

/// Where a code is met, in the middle of a sentence.
#[must_use]
pub fn met(entry: &CodeEntry) -> String {
    let mut places: Vec<String> = entry.places().map(|it| it.phrase().to_owned()).collect();
    if entry.status != 0 {
        let _ = write!(places[0], " (HTTP status {})", entry.status);
    }
    places.join(", or ")
}

/// Who must act, as a sentence.
#[must_use]
pub fn who(who: WhoMustAct) -> &'static str {
    match who {
        WhoMustAct::Caller => "The caller: whoever sent the request.",
        WhoMustAct::Operator => "The operator: whoever runs this gateway.",
        WhoMustAct::Customer => "The customer: whose credentials these are.",
        WhoMustAct::Vendor => "The vendor.",
        WhoMustAct::ConnectorAuthor => "The author of the connector.",
        WhoMustAct::Gateway => "Nobody: the gateway goes on by itself, or has a fault of its own.",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;

    /// Says how to bring the pages up to date; with `UPDATE_DOCS=1` it does so.
    #[test]
    fn docs_errors_has_the_page_of_every_code_and_no_other() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
        let mut wanted: BTreeMap<String, String> = all()
            .map(|entry| (format!("{}.md", entry.code), markdown(entry)))
            .collect();
        wanted.insert("README.md".to_owned(), markdown_list());
        let there: BTreeMap<String, String> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|file| {
                let file = file.unwrap();
                let text = std::fs::read_to_string(file.path()).unwrap();
                (file.file_name().into_string().unwrap(), text)
            })
            .collect();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            for name in there.keys().filter(|name| !wanted.contains_key(*name)) {
                std::fs::remove_file(folder.join(name)).unwrap();
            }
            for (name, text) in &wanted {
                std::fs::write(folder.join(name), text).unwrap();
            }
            return;
        }
        let names = |pages: &BTreeMap<String, String>| pages.keys().cloned().collect::<Vec<_>>();
        assert_eq!(
            names(&there),
            names(&wanted),
            "UPDATE_DOCS=1 brings them up to date"
        );
        for (name, text) in wanted {
            assert_eq!(
                there[&name], text,
                "{name}: UPDATE_DOCS=1 brings it up to date"
            );
        }
    }
}
