//! Errors, one case per reaction of the caller.

/// Why a call to the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or has no free connection. Trying again later can help.
    #[error("the database cannot be reached: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The row is in a state that forbids the change; `what` is a stable snake_case word such as `check_running`.
    #[error("conflict: {what}")]
    Conflict {
        /// Which rule stands in the way.
        what: &'static str,
    },
    /// There is no such row in this account.
    #[error("not found")]
    NotFound,
    /// Somebody else holds the run or check now, or it has ended. The caller must drop what it has.
    #[error("the lease is lost")]
    LeaseLost,
    /// The key-encryption key is not the one that this database was set up with.
    #[error("the vault was written with key {wanted}, and another key was given")]
    WrongVaultKey {
        /// Id of the key that the database wants.
        wanted: String,
    },
    /// Stored bytes do not read as what they must be; only a restore can help.
    #[error("stored data is corrupt: {0}")]
    Corrupt(&'static str),
    /// Postgres refused a statement. This is a bug or a broken database.
    #[error("database error: {0}")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    /// The stable word for logs and answers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "database_unavailable",
            Self::Conflict { what } => what,
            Self::NotFound => "not_found",
            Self::LeaseLost => "lease_lost",
            Self::WrongVaultKey { .. } => "wrong_vault_key",
            Self::Corrupt(_) => "corrupt",
            Self::Database(_) => "database_error",
        }
    }

    /// Turns the violation of a unique index into a conflict with the given word; all else stays as it is.
    pub(crate) fn on_duplicate(error: sqlx::Error, what: &'static str) -> Self {
        match &error {
            sqlx::Error::Database(e) if e.is_unique_violation() => Self::Conflict { what },
            _ => error.into(),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed => Self::Unavailable(error),
            // Class 08: connection; 53: out of resources; 57P: the server is shutting down or starting.
            sqlx::Error::Database(e)
                if e.code().is_some_and(|c| {
                    c.starts_with("08") || c.starts_with("53") || c.starts_with("57P")
                }) =>
            {
                Self::Unavailable(error)
            }
            _ => Self::Database(error),
        }
    }
}

/// Why a commit unit was not stored. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A value of the unit cannot be stored. The caller splits the unit to find the record, never repeats it whole.
    #[error("a record cannot be stored: {message}")]
    Data {
        /// What Postgres said about it, without the record's content.
        message: String,
    },
    /// Anything else, lost leases among it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CommitError {
    /// The stable word for logs and answers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Data { .. } => "record_data",
            Self::Store(e) => e.code(),
        }
    }
}

impl From<sqlx::Error> for CommitError {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::Database(e) = &error
            // Class 22: bad data; 23: a constraint; 54000: an index row or a document that is too large.
            && e.code().is_some_and(|c| c.starts_with("22") || c.starts_with("23") || c.starts_with("54"))
        {
            // The primary message names type and reason. Detail and context, which quote the value, are left out.
            let code = e.code().unwrap_or_default().into_owned();
            let message = match code.as_str() {
                "22P02" => "invalid JSON text".to_owned(),
                _ => e.message().chars().take(200).collect(),
            };
            return Self::Data {
                message: format!("{message} (SQLSTATE {code})"),
            };
        }
        Self::Store(error.into())
    }
}
