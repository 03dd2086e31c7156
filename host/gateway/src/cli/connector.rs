//! `portcullis connector`: what its subcommands take.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Environment, Values};

#[derive(Debug, Subcommand)]
pub(crate) enum Connector {
    /// Make the project of a new connector, with a fake vendor and tests, in a folder of its name.
    #[command(after_help = "Example:\n  portcullis connector new sunny-hills")]
    New {
        /// Its name: lower-case words joined by `-`. Id, vendor, package and hosts are made from it.
        name: String,
    },
    /// Build a connector, see that a gateway would load it, and say what it asks for. Wants Rust with the target
    /// wasm32-wasip2.
    #[command(after_help = "Example:\n  portcullis connector build sunny-hills")]
    Build {
        /// The project's folder.
        #[arg(default_value = ".")]
        project: PathBuf,
        /// Where the component goes. Default: into the project, named by the connector's id.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Build at every change, hand the component to a running gateway, and read the first pages, until Ctrl-C.
    #[command(
        after_help = "The gateway must run with --trust-connectors: a version that was loaded may not change otherwise. Pages are read when an address or a credential is given.\n\nExample:\n  portcullis connector dev --connectors ./connectors \\\n    --base-url http://127.0.0.1:7878 --allow-loopback --credential apiKey=…"
    )]
    Dev(Dev),
    /// Try a connector against a vendor, without any database: validate, probe, first pages.
    #[command(
        after_help = "Exit codes: 0 every model is readable, 2 some are, 3 the vendor refuses the credentials, 4 the connector fails, 1 anything else.\n\nExample:\n  portcullis connector check acme.wasm --environment production \\\n    --credential clientId=… --credentials-file secrets.env"
    )]
    Check(Check),
    /// Put a connector to the test: does it keep the contract? Any component, any vendor, no database.
    #[command(
        after_help = "What it reads it reads several times, in small pages and in large ones. It plays answers back and changes them on the way, and tries once with credentials that are wrong on purpose; it writes nothing.\n\nExit codes: 0 no clause fails, 1 a clause fails or the command does, 3 the vendor refuses the credentials, 4 the connector does not load or cannot validate them. A clause that cannot be judged against a vendor is named with the reason.\n\nExample:\n  portcullis connector test acme.wasm --base-url http://127.0.0.1:8081 --allow-loopback \\\n    --setting site=demo --credentials-file secrets.env"
    )]
    Test(Test),
    /// List the connectors that a gateway has loaded, and those that wait for approval.
    #[command(after_help = "Example:\n  portcullis connector list")]
    List,
    /// Approve what the pending version of a connector asks for.
    #[command(after_help = "Example:\n  portcullis connector approve acme --digest 3f9a…")]
    Approve {
        /// The connector's id.
        id: String,
        /// The digest of the version; it must be the pending one.
        #[arg(long)]
        digest: String,
    },
    /// Put a manifest into a component that was built without the Rust SDK.
    #[command(
        after_help = "Example:\n  portcullis connector pack app.wasm connector.toml --output acme.wasm"
    )]
    Pack {
        /// The component.
        component: PathBuf,
        /// Its manifest.
        manifest: PathBuf,
        /// Where the packed component goes. Default: over the component.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// The project's folder.
    #[arg(default_value = ".")]
    pub(crate) project: PathBuf,
    /// The folder that the gateway watches. Default: the configured one; connectors in the data folder, if it is there.
    #[arg(long, value_name = "DIR")]
    pub(crate) connectors: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) against: Against,
    /// How many pages of each model.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) pages: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Test {
    /// The connector.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) against: Against,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The connector.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) against: Against,
    /// How many pages of each model.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) pages: u32,
    /// Say on standard error what each page brought, as it comes.
    #[arg(long)]
    pub(crate) log_pages: bool,
}

/// Which vendor a connector is tried against, and on which models.
#[derive(Debug, Clone, Args)]
pub(crate) struct Against {
    /// The vendor's address. Default: the manifest's, for the chosen environment.
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Which of the manifest's environments.
    #[arg(long, value_enum, default_value = "sandbox")]
    pub(crate) environment: Environment,
    #[command(flatten)]
    pub(crate) values: Values,
    /// Admit plain http and loopback addresses for the base URL. For simulators.
    #[arg(long)]
    pub(crate) allow_loopback: bool,
    /// Only this model; may be given several times.
    #[arg(long = "model", value_name = "MODEL")]
    pub(crate) models: Vec<String>,
}

impl Connector {
    /// Whether plain http and loopback addresses are admitted.
    pub(crate) fn allows_loopback(&self) -> bool {
        match self {
            Self::Check(Check { against, .. })
            | Self::Test(Test { against, .. })
            | Self::Dev(Dev { against, .. }) => against.allow_loopback,
            _ => false,
        }
    }

    /// The connectors folder that the command line names.
    pub(crate) fn connectors(&self) -> &Option<PathBuf> {
        match self {
            Self::Dev(dev) => &dev.connectors,
            _ => &None,
        }
    }
}
