//! Opens the file: makes it private, configures how it is written, and migrates its tables.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use rusqlite_migration::{M, MigrationDefinitionError, Migrations};

use crate::OpenError;

/// Time that a statement waits for another process that is writing. Writes here take
/// milliseconds; whoever holds the file longer is stuck, or is a person with a shell.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Migrations, run once and in order. None is changed after a release.
const MIGRATIONS: [&str; 6] = [
    include_str!("../migrations/0001_init.sql"),
    include_str!("../migrations/0002_claims.sql"),
    include_str!("../migrations/0003_ledger.sql"),
    include_str!("../migrations/0004_effort.sql"),
    include_str!("../migrations/0005_started.sql"),
    include_str!("../migrations/0006_voice.sql"),
];

/// Opens `path` and brings its tables up to date.
pub(crate) fn open(path: &Path) -> Result<Connection, OpenError> {
    make_private(path).map_err(|error| OpenError::from_io(path, error))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)
        .map_err(|error| OpenError::from_sqlite(path, error))?;
    configure(&connection).map_err(|error| OpenError::from_sqlite(path, error))?;
    migrate(path, &mut connection)?;
    Ok(connection)
}

/// Creates the folder and the file for this user only: what people said is health data. SQLite
/// gives the files that it puts beside this one the same permissions. An existing file keeps its
/// own.
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
    // Readers go on while a text is written. On a file system that cannot do this, SQLite stays
    // in another mode, which is as safe.
    write_ahead(connection)?;
    // A saved text is on the disk before its recording is marked completed: with anything less,
    // WAL mode may lose the last writes when the power fails.
    connection.pragma_update(None, "synchronous", "FULL")
}

/// Switches to write-ahead logging. SQLite's own switch of a new file does not wait for another
/// program that does the same; this does.
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
