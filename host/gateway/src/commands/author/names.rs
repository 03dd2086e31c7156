//! The one name that an author gives, in the forms in which a project needs it.

use crate::failure::Failure;

/// The longest name: the template's host names and identifiers stay readable with it.
const LONGEST: usize = 40;

/// A connector's name in all its forms. The template has each of them for `acme-pms`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    /// `sunny-hills`: the connector's id, and a part of host and package names.
    pub(super) id: String,
    /// `SUNNY_HILLS`: the vendor's word.
    pub(super) vendor: String,
    /// `sunny_hills`, in identifiers.
    snake: String,
    /// `SunnyHills`, in names of types.
    camel: String,
    /// `Sunny Hills`, for people.
    title: String,
}

impl Names {
    /// Checks a name and makes the others of it.
    pub(super) fn of(name: &str) -> Result<Self, Failure> {
        let word = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let good = name.len() <= LONGEST
            && name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.split('-').all(word);
        if !good {
            return Err(Failure::new(
                "connector_name_invalid",
                format!(
                    "{name:?} is no name for a connector; write a lower-case letter, then such letters and digits in words joined by `-`, at most {LONGEST} characters, such as sunny-hills"
                ),
            ));
        }
        let words: Vec<String> = name.split('-').map(capitalised).collect();
        Ok(Self {
            id: name.to_owned(),
            vendor: name.replace('-', "_").to_ascii_uppercase(),
            snake: name.replace('-', "_"),
            camel: words.concat(),
            title: words.join(" "),
        })
    }

    /// A text of the template with this name in place of the template's own.
    pub(super) fn fill(&self, text: &str) -> String {
        text.replace("acme-pms", &self.id)
            .replace("acme_pms", &self.snake)
            .replace("ACME_PMS", &self.vendor)
            .replace("AcmePms", &self.camel)
            .replace("Acme Pms", &self.title)
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_five_forms() {
        let names = Names::of("sunny-hills-2").unwrap();
        let filled = names.fill("acme-pms acme_pms ACME_PMS AcmePms Acme Pms");
        assert_eq!(
            filled,
            "sunny-hills-2 sunny_hills_2 SUNNY_HILLS_2 SunnyHills2 Sunny Hills 2"
        );
    }

    #[test]
    fn what_could_break_out_of_a_file_or_a_folder_is_no_name() {
        for name in [
            "", "-", "a-", "-a", "a--b", "A", "2a", "a_b", "a.b", "../a", "/a", "a b", "é", "a\"b",
        ] {
            let refused = Names::of(name).unwrap_err();
            assert_eq!(refused.code(), "connector_name_invalid", "{name}");
        }
        assert!(Names::of(&"a".repeat(41)).is_err());
        assert!(Names::of(&"a".repeat(40)).is_ok());
    }
}
