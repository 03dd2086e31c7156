//! Postgres behind Portcullis: tables, queries, leases, commit units and the vault.
//!
//! This is the only crate with SQL. It stands at the bottom: it knows no connector, no HTTP and no other Portcullis
//! crate. [`Store`] is a cheap handle; its methods are grouped by the table they are about, one module each.
//! Every statement runs against the database's clock, so replicas may disagree about the time.

mod access;
mod account;
mod api_key;
mod audit;
mod backup;
mod cancel;
mod change;
mod checkpoint;
mod claim;
mod commit;
mod connection;
mod connector;
mod coverage;
mod customer;
mod dead_letter;
mod deletion;
mod ending;
mod erase;
mod error;
mod export;
mod feed;
mod filter;
mod follow;
mod generation;
mod idempotency;
mod ids;
mod integration;
mod keyset;
#[macro_use]
mod kinds;
mod lease;
mod limiter;
mod model_switch;
mod original;
mod partition;
mod reached;
mod read;
mod sabotage;
mod schedule;
mod seen;
mod session;
mod span;
mod start;
mod statistics;
mod summary;
mod sweep;
mod sync;
mod sync_log;
mod sync_result;
mod tables;
mod token;
mod unit;
mod upsert;
mod user;
pub mod vault;
mod views;
mod web_session;

pub use access::{AccessCheckRow, CheckLease, ClaimedCheck, DataAccess, DataAccessRow, NewVerdict};
pub use account::AccountRow;
pub use api_key::{ApiKeyRow, KeyRow, NewKey, RotatedKey};
pub use audit::{AuditEntry, AuditFilter, AuditRow, DONE};
pub use backup::{BackedUp, BackupError, BackupHeader, Restored};
pub use change::{ChangeRow, DayRow, RecordPast};
pub use checkpoint::ModelFacts;
pub use claim::{ClaimedRun, CompanionRun};
pub use connection::{ConnectOptions, Purpose, ServerFacts, Store};
pub use connector::{
    ConnectorApprovalRow, ConnectorRefusalRow, ConnectorVersionRow, NewConnectorVersion, NewRefusal,
};
pub use coverage::FieldCoverage;
pub use customer::{
    CustomerCursor, CustomerQuery, CustomerState, ModelStateRow, VendorCountRow, VerdictCountRow,
};
pub use dead_letter::LetterQuery;
pub use deletion::HeldDeletesRow;
pub use erase::Erased;
pub use error::{CommitError, StoreError};
pub use export::Export;
pub use feed::{FeedPosition, FeedQuery, FeedRow};
pub use filter::{Column, DocType, Filter, Operand, Order, OrderBy, Target};
pub use follow::{Follow, Followed};
pub use generation::{GenerationRow, Listener, Wake};
pub use idempotency::{HeldRequest, IdempotentRequest, TakenRequest};
pub use ids::random_id;
pub use integration::{
    CredentialsState, IntegrationFilter, IntegrationRow, NewIntegration, SetEnabled,
};
pub use keyset::After;
pub use kinds::{
    CheckStatus, ConnectorStatus, CredentialsVerdict, Environment, Role, Status, SyncKind,
    UserRole, Verdict,
};
pub use lease::{Heartbeat, RunLease, Why};
pub use limiter::{LimiterAnswer, LimiterOutcome, LimiterWrite};
pub use model_switch::ModelSwitchRow;
pub use original::{Original, Packed};
pub use partition::{ParentRow, PropertyFilter, PropertyRow};
pub use reached::{Reached, ReachedSum, SyncStateRow};
pub use read::{FoundRecord, ListQuery, ListRows, RecordRow, Total};
pub use sabotage::Sabotage;
pub use schedule::{DEFAULT_EVERY_S, Fired, IntegrationSchedules, ScheduleKind, ScheduleRow};
pub use session::{LeavingSession, NewSession, SessionRow, SessionTake, SessionWant};
pub use span::SpanWish;
pub use start::NewSync;
pub use summary::IntegrationSummaryRow;
pub use sync::{
    CheckpointRow, DeadLetterRow, NewRun, RunRow, RunState, Skip, SyncRow, SyncWithRuns,
};
pub use sync_log::{LogLevel, NewSyncLog, SyncLogRow};
pub use sync_result::sync_result;
pub use token::TokenKey;
pub use unit::{
    Absence, Announce, Committed, DeadLetter, DeleteGuard, Extent, LetterKey, ModelCounts,
    ModelEnd, Next, PartitionEnd, PassPart, RecordWrite, Unit,
};
pub use user::{InvitationRow, NewInvitation, NewUser, UserRow};
pub use web_session::{NewWebSession, WebSessionRow};
