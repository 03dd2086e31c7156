//! The use cases of Portcullis: who may do what, what is asked of the store, and what people read of it.
//!
//! Nothing here calls a connector or speaks HTTP. Work is enqueued through the store and done by
//! whatever process runs a worker; loaded connectors are rows there. Every use case takes the
//! [`Principal`] who asks, sees only what belongs to its account and environment, and writes what it
//! changes to the audit.

mod access;
mod account_users;
mod audit;
mod changes;
mod connectors;
mod coverage;
mod credentials;
mod customers;
mod dead_letters;
mod deletions;
mod enable;
mod erase;
mod error;
mod fields;
mod freshness;
mod history;
mod idempotency;
mod integration_refusals;
mod integrations;
mod keys;
mod model_switches;
mod planning;
mod principal;
mod properties;
mod records;
mod schedule;
mod scope;
mod sign_in;
mod start;
mod sync_events;
mod sync_view;
mod syncs;
mod users;
mod vendors;
mod words;

use portcullis_store::vault::Vault;
use portcullis_store::{Purpose, Store, TokenKey};

pub use crate::access::{AccessWord, CheckView, CredentialsView, DataAccessView, ModelAccess};
pub use crate::audit::{AuditView, in_request};
pub use crate::changes::{ChangePage, ChangeQuery, ChangeView};
pub use crate::coverage::{CoverageView, FieldCoverageView, FieldState, ModelCoverageView};
pub use crate::customers::{
    Customer, CustomerFilter, CustomerPage, EventView, ModelFreshness, VendorCount, VerdictCounts,
};
pub use crate::dead_letters::{DeadLetterFilter, DeadLetterView};
pub use crate::deletions::{DeletesDecided, HeldDeletesView};
pub use crate::enable::{EnabledView, SkippedModel};
pub use crate::erase::ErasedView;
pub use crate::error::{At, INPUT_CODES, InputProblem, Refusal, ServiceError, Thing};
pub use crate::history::{DayView, RecordChangeView, RecordHistoryView};
pub use crate::idempotency::{FirstRequest, KeptAnswer, Keyed, KeyedRequest, SIGN_OF_LIFE_EVERY};
pub use crate::integrations::{ConnectorRef, CreateIntegration, IntegrationView, VendorAccount};
pub use crate::keys::{
    CreateKey, CreatedKey, KeyView, OVERLAP_DEFAULT, OVERLAP_MAX, REQUESTS_PER_MINUTE_MAX,
    SCOPE_MAX, model_names,
};
pub use crate::model_switches::{ModelSwitchView, ModelSwitchesView};
pub use crate::principal::{Environment, Principal, Role, UserRole, WhoMustAct, system};
pub use crate::properties::{NewPropertiesView, PropertySwitches, PropertyView};
pub use crate::records::expand::{Expansion, expansions};
pub use crate::records::query::{
    Format, LIMIT_DEFAULT, LIMIT_MAX, OFFSET_MAX, ORDER_MAX, OrderBy, RecordQuery, Served,
    VALUE_MAX,
};
pub use crate::records::{
    Packed, RecordExport, RecordPage, RecordRow, SingleRecord, SyncState, SyncStateWord,
};
pub use crate::schedule::{
    CadenceInput, CadenceView, ModelCadenceView, ScheduleInput, ScheduleView,
};
pub use crate::scope::KeyScope;
pub use crate::sign_in::{SignInError, SignedIn};
pub use crate::start::{StartBackSync, StartSync};
pub use crate::sync_events::{LogLineView, News, SyncFeed};
pub use crate::sync_view::{Counters, Progress, RunView, SyncView};
pub use crate::users::{ChangeUser, Choice, Invitation, InviteUser, UserView, welcome_path};
pub use crate::vendors::{
    EnvironmentView, FieldGroupView, FieldView, ModelView, PendingView, RefusedFile, VendorView,
    VendorsView,
};
pub use crate::words::label;
pub use portcullis_store::{
    AccountRow, ApiKeyRow, CustomerCursor, CustomerState, Followed, GenerationRow,
    IntegrationFilter, KeyRow, Listener, RotatedKey, Wake,
};

/// What can be set about the use cases.
#[derive(Debug, Clone, Default)]
pub struct ServiceConfig {
    /// Whether an integration may name a base URL of its own, which must then be on loopback: for tests.
    pub allow_loopback: bool,
}

/// The use cases. Clones share everything.
#[derive(Clone)]
pub struct Service {
    /// For what answers a request.
    pub(crate) store: Store,
    /// For what keeps a process up with others.
    pub(crate) background: Store,
    /// Seals the cursors of lists.
    pub(crate) cursors: TokenKey,
    /// Seals places in the feed.
    pub(crate) feed: TokenKey,
    /// Names requests that came with a key, and seals their answers.
    pub(crate) requests: TokenKey,
    pub(crate) vault: Vault,
    pub(crate) config: ServiceConfig,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Service {
    /// The use cases on a store, with the vault for credentials.
    pub fn new(store: &Store, vault: Vault, config: ServiceConfig) -> Self {
        Self {
            store: store.with_purpose(Purpose::Api),
            background: store.with_purpose(Purpose::Background),
            cursors: TokenKey::new(&vault, "record list"),
            feed: TokenKey::new(&vault, "feed"),
            requests: TokenKey::new(&vault, "idempotent request"),
            vault,
            config,
        }
    }
}
