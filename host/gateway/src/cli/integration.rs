//! `portcullis integration …`.

use chrono::{DateTime, Utc};
use clap::Subcommand;

use super::{Environment, InAccount, One, Values, Wait, Which};

#[derive(Debug, Subcommand)]
pub(crate) enum Integration {
    /// Add an integration; its credentials are checked at once by a running gateway.
    #[command(
        after_help = "Example:\n  portcullis integration add 'Acme - Sandbox' --vendor ACME --environment sandbox \\\n    --credential clientId=… --credentials-file secrets.env --wait"
    )]
    Add {
        /// What to call it.
        name: String,
        #[command(flatten)]
        account: InAccount,
        /// The vendor, as `connector list` names it.
        #[arg(long)]
        vendor: String,
        /// The environment it belongs to.
        #[arg(long, value_enum, default_value = "sandbox")]
        environment: Environment,
        #[command(flatten)]
        values: Values,
        /// The vendor's address, for a simulator; needs egress.allow_loopback.
        #[arg(long, value_name = "URL")]
        base_url: Option<String>,
        #[command(flatten)]
        wait: Wait,
    },
    /// List the integrations.
    #[command(after_help = "Example:\n  portcullis integration list --json")]
    List {
        #[command(flatten)]
        account: InAccount,
        /// Only those of this environment.
        #[arg(long, value_enum)]
        environment: Option<Environment>,
    },
    /// Check what the credentials can read.
    #[command(after_help = "Example:\n  portcullis integration check int_4f1m0a… --wait")]
    Check(One),
    /// Enable it: the first sync begins.
    #[command(after_help = "Example:\n  portcullis integration enable int_4f1m0a… --wait")]
    Enable(One),
    /// Disable it: a running sync stops within a page; data and cursor stay.
    #[command(after_help = "Example:\n  portcullis integration disable int_4f1m0a…")]
    Disable {
        #[command(flatten)]
        which: Which,
    },
    /// Sync it now.
    #[command(
        after_help = "Example:\n  portcullis integration sync int_4f1m0a… --model leases --wait"
    )]
    Sync {
        #[command(flatten)]
        one: One,
        /// Only this model, and what it arrives with; may be given several times.
        #[arg(long = "model", value_name = "MODEL")]
        models: Vec<String>,
    },
    /// Read the past again: a window, or everything. It yields to the syncs that come meanwhile.
    #[command(
        after_help = "Example:\n  portcullis integration back-sync int_4f1m0a… --start 2026-01-01T00:00:00Z --wait"
    )]
    BackSync {
        #[command(flatten)]
        one: One,
        /// Only this model, and what it arrives with; may be given several times.
        #[arg(long = "model", value_name = "MODEL")]
        models: Vec<String>,
        /// Records that changed since then. Default: everything.
        #[arg(long, value_name = "TIME")]
        start: Option<DateTime<Utc>>,
        /// Records that changed before then. Default: now.
        #[arg(long, value_name = "TIME", requires = "start")]
        end: Option<DateTime<Utc>>,
    },
    /// Stop its sync, and its back-sync: within a page; what was read stays.
    #[command(after_help = "Example:\n  portcullis integration cancel int_4f1m0a…")]
    Cancel {
        #[command(flatten)]
        which: Which,
    },
    /// Give it another name.
    #[command(after_help = "Example:\n  portcullis integration rename int_4f1m0a… 'Acme Homes'")]
    Rename {
        #[command(flatten)]
        which: Which,
        /// The new name.
        name: String,
    },
    /// Give it other credentials: they replace the old ones only if the vendor takes them.
    #[command(
        after_help = "Example:\n  portcullis integration credentials int_4f1m0a… --setting clientId=… --credentials-file secrets.env --wait"
    )]
    Credentials {
        #[command(flatten)]
        one: One,
        #[command(flatten)]
        values: Values,
    },
    /// Show when it syncs by itself, or change that.
    #[command(
        after_help = "Example:\n  portcullis integration schedule int_4f1m0a… --cron '30 2 * * *' --timezone America/New_York"
    )]
    Schedule {
        #[command(flatten)]
        which: Which,
        /// So long after the end of the last sync, such as 12h.
        #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration, group = "cadence")]
        every: Option<std::time::Duration>,
        /// By the clock: minute, hour, day of month, month, day of week.
        #[arg(long, value_name = "PATTERN", group = "cadence")]
        cron: Option<String>,
        /// The time zone of the pattern. Default: UTC.
        #[arg(long, value_name = "ZONE", requires = "cron")]
        timezone: Option<String>,
        /// Only when somebody asks.
        #[arg(long, group = "cadence")]
        on_demand: bool,
    },
}
