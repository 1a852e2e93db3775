//! Opening the file: where it is, who may read it, how it is written, which tables it has.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use rusqlite_migration::{M, MigrationDefinitionError, Migrations};
use watchme_core::BoxError;

/// How long a statement waits for another process that is writing. Writes here take
/// milliseconds; who holds the file longer than this is stuck or is a person with a shell.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Each is run once, in order, and never changed after a release.
const MIGRATIONS: [&str; 4] = [
    include_str!("../migrations/0001_init.sql"),
    include_str!("../migrations/0002_claims.sql"),
    include_str!("../migrations/0003_ledger.sql"),
    include_str!("../migrations/0004_effort.sql"),
];

/// Where the store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file. It and its folder are made where they are not there.
    pub path: PathBuf,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file or its folder cannot be made or written.
    #[error("cannot write to `{}`; check its folder, its owner and its permissions", path.display())]
    Inaccessible {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file is something else.
    #[error("`{}` is no SQLite database, or is damaged; name another file", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// A later version of this program has used the file.
    #[error("`{}` was made by a newer version of this program; install that version", path.display())]
    NewerSchema {
        /// The file.
        path: PathBuf,
    },
    /// SQLite cannot use the file now.
    #[error("cannot open `{}`", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: BoxError,
    },
}

/// Opens `path` and brings its tables up to date.
pub(crate) fn open(path: &Path) -> Result<Connection, OpenError> {
    make_private(path)
        .map_err(|source| OpenError::Inaccessible { path: path.to_owned(), source })?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)
        .map_err(|error| OpenError::from_sqlite(path, error))?;
    configure(&connection).map_err(|error| OpenError::from_sqlite(path, error))?;
    migrate(path, &mut connection)?;
    Ok(connection)
}

/// Makes the folder and the file for this user only: what people said is health data. SQLite
/// gives the files that it puts beside this one the same permissions. A file that is there keeps
/// what its owner gave it.
fn make_private(path: &Path) -> io::Result<()> {
    let mut folder = DirBuilder::new();
    folder.recursive(true);
    let mut file = OpenOptions::new();
    file.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
        folder.mode(0o700);
        file.mode(0o600);
    }
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => folder.create(parent)?,
        Some(_) | None => {}
    }
    file.open(path).map(drop)
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Readers go on while a text is written. A file system that cannot do it answers with
    // another mode, which is as safe.
    write_ahead(connection)?;
    // A saved text is on the disk before its recording is marked completed: with less, WAL mode
    // may lose the last writes when the power fails.
    connection.pragma_update(None, "synchronous", "FULL")
}

/// Switching a new file does not wait for another program that does the same; this does.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    const PAUSE: Duration = Duration::from_millis(5);
    let give_up = Instant::now() + BUSY_TIMEOUT;
    loop {
        let switched =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |_mode| Ok(()));
        match switched {
            Err(error) if is_busy(&error) && Instant::now() < give_up => std::thread::sleep(PAUSE),
            done => return done,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

fn migrate(path: &Path, connection: &mut Connection) -> Result<(), OpenError> {
    use rusqlite_migration::Error;

    let migrations = Migrations::from_iter(MIGRATIONS.map(M::up));
    // Two programs that open a new file at once both begin; the second finds the tables made.
    let migrated = migrations.to_latest(connection).or_else(|error| {
        if migrations.pending_migrations(connection) == Ok(0) { Ok(()) } else { Err(error) }
    });
    migrated.map_err(|error| match error {
        Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => {
            OpenError::NewerSchema { path: path.to_owned() }
        }
        Error::RusqliteError { err, .. } => OpenError::from_sqlite(path, err),
        other => OpenError::unusable(path, other),
    })
}

impl OpenError {
    pub(crate) fn unusable(path: &Path, source: impl Into<BoxError>) -> Self {
        Self::Unusable { path: path.to_owned(), source: source.into() }
    }

    fn from_sqlite(path: &Path, error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::NotADatabase { path: path.to_owned() }
            }
            _ => Self::unusable(path, error),
        }
    }
}
