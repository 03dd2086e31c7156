//! Guest log lines on their way to the gateway's log.

use portcullis_runtime::{GuestLog, Level};

/// Adds connector, version and integration to each line of a call.
pub(crate) struct CallLog {
    pub(crate) connector: String,
    pub(crate) version: String,
    /// As `portcullis_trace::log_name` has it.
    pub(crate) integration: String,
}

impl GuestLog for CallLog {
    fn write(&self, level: Level, message: &str, fields: &[(String, String)]) {
        // One line carries all fields as JSON: their names are the guest's and known only now.
        let fields = serde_json::to_string(fields).unwrap_or_default();
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: "portcullis::connector",
                    connector = %self.connector,
                    version = %self.version,
                    integration = %self.integration,
                    fields = %fields,
                    "{message}"
                )
            };
        }
        match level {
            Level::Trace => line!(trace),
            Level::Debug => line!(debug),
            Level::Info => line!(info),
            Level::Warn => line!(warn),
            Level::Error => line!(error),
        }
    }
}
