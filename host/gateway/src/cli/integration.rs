//! `portcullis integration …`.

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Subcommand, ValueEnum};

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
    /// Show the newest lines of its syncs' logs.
    #[command(after_help = "Example:\n  portcullis integration logs int_4f1m0a… --follow")]
    Logs {
        #[command(flatten)]
        which: Which,
        /// How many lines of the past.
        #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=10_000))]
        lines: u32,
        /// Go on with the lines to come, until Ctrl-C. With --json one line each.
        #[arg(long)]
        follow: bool,
    },
    /// Give it another name.
    #[command(after_help = "Example:\n  portcullis integration rename int_4f1m0a… 'Acme Homes'")]
    Rename {
        #[command(flatten)]
        which: Which,
        /// The new name.
        name: String,
    },
    /// Keep the vendor's own records beside the unified ones, or delete those that are kept and keep none.
    #[command(
        after_help = "The API serves them with include=raw. Each record has its own from when it is read next.\n\nExample:\n  portcullis integration originals int_4f1m0a… on"
    )]
    Originals {
        #[command(flatten)]
        which: Which,
        /// Whether they are kept.
        #[arg(value_enum)]
        keep: OnOff,
    },
    /// Erase it for good: records, originals, logs, credentials and their key. One line of the audit stays.
    #[command(
        after_help = "Backups that were made before still have it.\n\nExample:\n  portcullis integration erase int_4f1m0a… --name 'Acme Homes'"
    )]
    Erase {
        #[command(flatten)]
        which: Which,
        /// Its name, typed again.
        #[arg(long)]
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
    /// Show deletions that wait for somebody, because a sync missed more records than it may delete by itself; decide.
    #[command(
        after_help = "Example:\n  portcullis integration deletes int_4f1m0a… --confirm units"
    )]
    Deletes {
        #[command(flatten)]
        which: Which,
        /// Delete what waits of this model, as far as it is still missing.
        #[arg(long, value_name = "MODEL", group = "decision")]
        confirm: Option<String>,
        /// Keep it, until complete full syncs miss it anew.
        #[arg(long, value_name = "MODEL", group = "decision")]
        reject: Option<String>,
    },
    /// Show records that could not be stored, or read their models again.
    #[command(
        after_help = "Example:\n  portcullis integration dead-letters int_4f1m0a… --model leases --retry --wait"
    )]
    DeadLetters {
        #[command(flatten)]
        one: One,
        /// Only those of this model.
        #[arg(long, value_name = "MODEL")]
        model: Option<String>,
        /// Resolved ones, too.
        #[arg(long, conflicts_with = "retry")]
        all: bool,
        /// Read the models again that have open ones: whole, beside other syncs.
        #[arg(long)]
        retry: bool,
    },
    /// Show which properties are read, or switch them, by the vendor's ids.
    #[command(
        after_help = "Example:\n  portcullis integration properties int_4f1m0a… --off 1204 --off 1305 --new off"
    )]
    Properties {
        #[command(flatten)]
        which: Which,
        /// Read what belongs to this property; may be given several times.
        #[arg(long, value_name = "ID")]
        on: Vec<String>,
        /// Leave out what belongs to this property; may be given several times.
        #[arg(long, value_name = "ID")]
        off: Vec<String>,
        /// Whether properties that appear from now on are read.
        #[arg(long, value_enum, value_name = "ON|OFF")]
        new: Option<OnOff>,
    },
    /// Show what syncs did, by day and model; or the history of one record.
    #[command(
        after_help = "Example:\n  portcullis integration changes int_4f1m0a… --from 2026-01-01 --to 2026-01-31"
    )]
    Changes {
        #[command(flatten)]
        which: Which,
        /// The first day, in UTC. Default: 29 days before the last one.
        #[arg(long, value_name = "DAY")]
        from: Option<NaiveDate>,
        /// The last day. Default: today.
        #[arg(long, value_name = "DAY")]
        to: Option<NaiveDate>,
        /// The history of this record instead.
        #[arg(long, value_name = "ID", conflicts_with_all = ["from", "to"])]
        record: Option<String>,
    },
}

/// A switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnOff {
    /// On.
    On,
    /// Off.
    Off,
}
