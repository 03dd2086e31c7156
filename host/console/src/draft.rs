//! What somebody typed into a form that was not accepted: kept on this side, secrets included, so that nothing has to
//! be typed twice and no secret travels back.
//!
//! Drafts live in memory, for half an hour, and belong to one user. A draft that is gone costs typing, nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use portcullis_service::{InputProblem, ServiceError};
use secrecy::SecretString;
use serde::Deserialize;

use crate::fault::sentence;
use crate::posted::Fields;

/// How long a draft is kept.
const KEPT_FOR: Duration = Duration::from_secs(1800);
/// Most drafts that are kept.
const KEPT: u64 = 2000;

/// A form as it was sent, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    /// Whose it is.
    pub(crate) user_id: String,
    /// What is no secret.
    pub(crate) texts: BTreeMap<String, String>,
    /// What is one.
    pub(crate) secrets: BTreeMap<String, SecretString>,
    /// What is wrong, place by place.
    pub(crate) problems: Vec<InputProblem>,
    /// What is wrong with the whole, in a sentence or two.
    pub(crate) refusal: Option<String>,
    /// Whether the demo filled it in.
    pub(crate) from_demo: bool,
}

/// The drafts of this process.
#[derive(Debug, Clone)]
pub(crate) struct Drafts {
    kept: moka::future::Cache<String, Arc<Draft>>,
}

impl Draft {
    /// What one user typed, and what is wrong with it.
    pub(crate) fn of(user_id: &str, fields: &Fields, problems: Vec<InputProblem>) -> Self {
        Self {
            user_id: user_id.to_owned(),
            texts: fields.texts(),
            problems,
            ..Self::default()
        }
    }

    /// Why something was not done, without a form.
    pub(crate) fn refused(user_id: &str, error: &ServiceError) -> Self {
        let who = crate::words::who(error.who_must_act().as_str());
        Self {
            user_id: user_id.to_owned(),
            refusal: Some(format!("{} Who must act: {who}.", sentence(error))),
            ..Self::default()
        }
    }
}

/// The name of a draft, in a page's address.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Kept {
    #[serde(default)]
    pub(crate) draft: String,
}

impl Drafts {
    pub(crate) fn new() -> Self {
        let kept = moka::future::Cache::builder()
            .max_capacity(KEPT)
            .time_to_live(KEPT_FOR)
            .build();
        Self { kept }
    }

    /// Keeps a draft and gives its name.
    pub(crate) async fn keep(&self, draft: Draft) -> String {
        let name = BASE64URL_NOPAD.encode(&rand::random::<[u8; 16]>());
        self.kept.insert(name.clone(), Arc::new(draft)).await;
        name
    }

    /// The draft of this name, if it is still there and this user's.
    pub(crate) async fn find(&self, name: &str, user_id: &str) -> Option<Arc<Draft>> {
        self.kept
            .get(name)
            .await
            .filter(|draft| draft.user_id == user_id)
    }

    /// Keeps what was typed and why it was not taken, and gives the path at which the form shows it again.
    pub(crate) async fn again(&self, path: &str, draft: Draft) -> String {
        let name = self.keep(draft).await;
        let (path, anchor) = path.split_once('#').unwrap_or((path, ""));
        let joint = if path.contains('?') { '&' } else { '?' };
        let hash = if anchor.is_empty() { "" } else { "#" };
        format!("{path}{joint}draft={name}{hash}{anchor}")
    }

    /// Forgets a draft.
    pub(crate) async fn forget(&self, name: &str) {
        self.kept.invalidate(name).await;
    }
}
