//! The environment and the flags as sources, and what to say when a source is wrong.

use std::path::PathBuf;

use figment::error::Kind;
use figment::value::{Dict, Map, Value};
use figment::{Metadata, Profile, Provider};

/// What is wrong with the configuration, in one sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file that was asked for is not there.
    #[error("the configuration file {} does not exist", path.display())]
    NoFile { path: PathBuf },
    /// A key that does not exist.
    #[error("{place} has no key {key}{}", hint(nearest.as_deref()))]
    UnknownKey {
        place: String,
        key: String,
        nearest: Option<String>,
    },
    /// A variable that starts like ours and is none.
    #[error("the environment variable {name} means nothing to the gateway{}", hint(nearest.as_deref()))]
    UnknownVariable {
        name: String,
        nearest: Option<String>,
    },
    /// A value that cannot be.
    #[error("{place}: {detail}")]
    Value { place: String, detail: String },
    /// Neither a data folder nor a home.
    #[error("no data folder: set data_dir (--data-dir), XDG_DATA_HOME or HOME")]
    NoHome,
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(
        || "; see `portcullis config print` for all keys".to_owned(),
        |name| format!("; did you mean {name}?"),
    )
}

impl ConfigError {
    /// The stable code of this error.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NoFile { .. } => "config_file_missing",
            Self::UnknownKey { .. } => "config_unknown_key",
            Self::UnknownVariable { .. } => "config_unknown_variable",
            Self::Value { .. } => "config_invalid",
            Self::NoHome => "config_no_data_dir",
        }
    }

    pub(super) fn value(key: &str, detail: &str) -> Self {
        Self::Value {
            place: key.to_owned(),
            detail: detail.to_owned(),
        }
    }

    pub(super) fn from_figment(error: &figment::Error, keys: &[String]) -> Self {
        // A Figment error is a chain, newest first; one sentence is about the first problem.
        let error = error
            .clone()
            .into_iter()
            .last()
            .unwrap_or_else(|| error.clone());
        let source = error.metadata.as_ref().map_or_else(
            || "the configuration".to_owned(),
            |metadata| match &metadata.source {
                Some(figment::Source::File(path)) => path.display().to_string(),
                _ => metadata.name.to_string(),
            },
        );
        let path = error.path.join(".");
        if let Kind::UnknownField(field, _) = &error.kind {
            // The path may or may not already end in the field, depending on where the deserialiser noticed it.
            let key = match error.path.last() {
                Some(last) if last == field => path,
                Some(_) => format!("{path}.{field}"),
                None => field.clone(),
            };
            let mut names = keys.to_vec();
            names.extend(
                keys.iter()
                    .filter_map(|key| Some(key.split_once('.')?.0.to_owned())),
            );
            let nearest = nearest(&key, &names);
            return Self::UnknownKey {
                place: source,
                key,
                nearest,
            };
        }
        let place = match error.path.is_empty() {
            true => source,
            false => format!("{path} in {source}"),
        };
        Self::Value {
            place,
            detail: error.kind.to_string(),
        }
    }
}

/// The known name that is closest to `name`, if any is close enough to be a slip.
fn nearest(name: &str, known: &[String]) -> Option<String> {
    let last = |key: &str| key.rsplit('.').next().unwrap_or(key).to_owned();
    let distance = |key: &String| {
        let whole = strsim::damerau_levenshtein(name, key);
        // `listen` at the top means `server.listen`: right name, wrong table.
        let tail = strsim::damerau_levenshtein(&last(name), &last(key)) + 1;
        whole.min(tail)
    };
    known
        .iter()
        .map(|key| (distance(key), key))
        .min()
        .filter(|(distance, key)| *distance <= 1 + key.len() / 5)
        .map(|(_, key)| key.clone())
}

/// Dotted keys with values as text. Every type of the tree reads itself from text, so nothing here guesses types
/// (a vault key of digits only is not a number).
pub(super) struct Texts {
    name: &'static str,
    pairs: Vec<(String, String)>,
}

impl Texts {
    /// The variables that start with `PORTCULLIS_`.
    pub(super) fn environment(
        environment: &[(String, String)],
        keys: &[String],
    ) -> Result<Self, ConfigError> {
        let mut pairs = Vec::new();
        for (name, value) in environment {
            if !name.starts_with(PREFIX) || is_foreign(name) || value.is_empty() {
                continue;
            }
            match keys.iter().find(|key| variable(key) == *name) {
                Some(key) => pairs.push((key.clone(), value.clone())),
                None => {
                    let names: Vec<String> = keys.iter().map(|key| variable(key)).collect();
                    return Err(ConfigError::UnknownVariable {
                        name: name.clone(),
                        nearest: nearest(name, &names),
                    });
                }
            }
        }
        Ok(Self {
            name: "the environment",
            pairs,
        })
    }

    /// What was given on the command line.
    pub(super) fn flags(flags: &[(&str, String)]) -> Self {
        Self {
            name: "the command line",
            pairs: flags
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.clone()))
                .collect(),
        }
    }
}

impl Provider for Texts {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut tree = Dict::new();
        for (key, text) in &self.pairs {
            let parts: Vec<&str> = key.split('.').collect();
            insert(&mut tree, &parts, text);
        }
        Ok(Map::from([(Profile::Default, tree)]))
    }
}

fn insert(tree: &mut Dict, parts: &[&str], text: &str) {
    match parts {
        [] => {}
        [leaf] => {
            tree.insert((*leaf).to_owned(), Value::from(text));
        }
        [table, rest @ ..] => {
            let entry = tree
                .entry((*table).to_owned())
                .or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, inner) = entry {
                insert(inner, rest, text);
            }
        }
    }
}

const PREFIX: &str = "PORTCULLIS_";

/// The variable of a key.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "_").to_uppercase())
}

/// The file named by `PORTCULLIS_CONFIG`.
pub(super) fn file_variable(environment: &[(String, String)]) -> Option<PathBuf> {
    environment
        .iter()
        .find(|(name, value)| name == "PORTCULLIS_CONFIG" && !value.is_empty())
        .map(|(_, value)| PathBuf::from(value))
}

/// Variables with our prefix that are not configuration: the file's name, hooks of the tests, and what Kubernetes
/// puts into every container beside a service that is called `portcullis`.
fn is_foreign(name: &str) -> bool {
    name == "PORTCULLIS_CONFIG"
        || name == "PORTCULLIS_PORT"
        || [
            "PORTCULLIS_TEST_",
            "PORTCULLIS_SERVICE_",
            "PORTCULLIS_PORT_",
        ]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// The data folder where none is configured: the system's as root, else one in the XDG data folder.
pub(super) fn data_dir(
    root: bool,
    variable: impl Fn(&str) -> Option<PathBuf>,
) -> Result<PathBuf, ConfigError> {
    if root {
        return Ok(PathBuf::from("/var/lib/portcullis"));
    }
    let absolute = |path: &PathBuf| path.is_absolute();
    variable("XDG_DATA_HOME")
        .filter(absolute)
        .or_else(|| Some(variable("HOME").filter(absolute)?.join(".local/share")))
        .map(|home| home.join("portcullis"))
        .ok_or(ConfigError::NoHome)
}
