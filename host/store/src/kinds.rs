//! The closed sets of words that tables hold as text.

/// An enum that is stored, printed, parsed and serialized as one snake_case word.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, sqlx::Type)]
        #[sqlx(type_name = "text", rename_all = "snake_case")]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$vmeta])* $variant,)+
        }

        impl $name {
            /// Every value, in the order of definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word that is stored and shown.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The value of a word; `None` when there is none of that name.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// Which of a vendor's worlds an integration or a key belongs to.
    Environment {
        /// Trial data.
        Sandbox = "sandbox",
        /// Real data.
        Production = "production",
    }
}

words! {
    /// What a key may do.
    Role {
        /// Read records.
        Read = "read",
        /// Read records and manage the account.
        Admin = "admin",
    }
}

words! {
    /// What a user of the console may do.
    UserRole {
        /// Everything, users and keys included.
        Admin = "admin",
        /// Look at everything, start checks and syncs.
        Support = "support",
        /// Look at everything.
        ReadOnly = "read_only",
    }
}

words! {
    /// What is known about an integration's credentials.
    CredentialsVerdict {
        /// No check has ended yet.
        Unchecked = "unchecked",
        /// The vendor accepted them.
        Valid = "valid",
        /// The vendor refused them.
        Rejected = "rejected",
    }
}

words! {
    /// Where a version of a connector stands.
    ConnectorStatus {
        /// It serves.
        Active = "active",
        /// It asks for more than was approved and waits for a person.
        PendingApproval = "pending_approval",
        /// A newer version took its place.
        Superseded = "superseded",
        /// Its file is gone.
        Removed = "removed",
    }
}

words! {
    /// Where an access check stands.
    CheckStatus {
        /// No worker has it yet.
        Queued = "queued",
        /// A worker holds it.
        Running = "running",
        /// It ended; `outcome` says how.
        Finished = "finished",
    }
}

words! {
    /// What credentials can read of one model.
    Verdict {
        /// Readable, with records.
        Granted = "granted",
        /// Readable, without records.
        Empty = "empty",
        /// Readable in part.
        Partial = "partial",
        /// The vendor refuses.
        Denied = "denied",
        /// The customer has not bought it.
        NotLicensed = "not_licensed",
        /// The vendor or the connector does not have it.
        Unsupported = "unsupported",
        /// It could not be found out.
        Unknown = "unknown",
        /// The probe failed.
        Error = "error",
    }
}

words! {
    /// Why a sync was started.
    SyncKind {
        /// The integration was enabled for the first time.
        First = "first",
        /// Somebody asked.
        Manual = "manual",
        /// Its time had come.
        Scheduled = "scheduled",
        /// Somebody asked for the past: it stands in a lane of its own, which yields to the others.
        BackSync = "back_sync",
    }
}

words! {
    /// Where a sync or a run stands, or how it ended.
    Status {
        /// No worker has it yet.
        Queued = "queued",
        /// A worker holds it.
        Running = "running",
        /// It goes on at `next_at`.
        Waiting = "waiting",
        /// It cannot start yet, since one that must end first waits itself.
        Blocked = "blocked",
        /// Everything was read.
        Succeeded = "succeeded",
        /// Everything was read, and there was nothing.
        SucceededEmpty = "succeeded_empty",
        /// A part was read.
        Partial = "partial",
        /// The credentials may not read it.
        SkippedNoAccess = "skipped_no_access",
        /// The customer has not bought it.
        SkippedNotLicensed = "skipped_not_licensed",
        /// The vendor or the connector does not have it.
        SkippedUnsupported = "skipped_unsupported",
        /// It ended in an error.
        Failed = "failed",
        /// Somebody stopped it.
        Cancelled = "cancelled",
        /// It was given up after too many attempts.
        Abandoned = "abandoned",
    }
}

impl Status {
    /// Whether nothing more will happen.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(
            self,
            Self::Queued | Self::Running | Self::Waiting | Self::Blocked
        )
    }

    /// Whether a model that ended so may be served from the cache: everything but failed, cancelled and abandoned.
    #[must_use]
    pub fn settles(self) -> bool {
        self.is_final() && !matches!(self, Self::Failed | Self::Cancelled | Self::Abandoned)
    }
}
