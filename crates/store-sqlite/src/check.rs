//! Checks of the file, none of which changes it.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};
use watchme_core::Check;

use crate::error::into_store_error;

/// Columns that the statements of this store name, by table.
const TABLES: [(&str, &str); 5] = [
    (
        "audio_files",
        "SELECT device_id, recorded_at, recorded_at_us, file_path, transcriptions_status,
             local_date, time_block, created_at
         FROM audio_files LIMIT 0",
    ),
    ("vibe_whisper", "SELECT device_id, date, time_block, transcription FROM vibe_whisper LIMIT 0"),
    (
        "transcription_claims",
        "SELECT object_key, owner, fence, state, attempts, strikes, started, lease_until_us,
             next_attempt_us, claimed_at_us, finished_at_us, last_error_kind, last_error
         FROM transcription_claims LIMIT 0",
    ),
    (
        "transcription_ledger",
        "SELECT object_key, device_id, date, time_block, model, language, transcribed_at_us,
             audio_seconds, speech_seconds, peak, loudest_second, voiced_seconds, doubted_seconds,
             work_seconds, cpu_seconds
         FROM transcription_ledger LIMIT 0",
    ),
    (
        "transcription_ledger_segments",
        "SELECT object_key, position, start_seconds, end_seconds, text, confidence, no_speech,
             reason, voice_seconds
         FROM transcription_ledger_segments LIMIT 0",
    ),
];

pub(crate) fn checks(connection: &mut Connection, path: &Path) -> Vec<Check> {
    let mut checks = vec![integrity(connection, path)];
    checks.extend(TABLES.iter().map(|(name, select)| table(connection, name, select)));
    checks.push(permission_to_write(connection, path));
    checks.push(space(path));
    checks.extend(privacy(path));
    checks
}

/// Checks that pages and indexes are sound.
fn integrity(connection: &Connection, path: &Path) -> Check {
    let first: rusqlite::Result<String> =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    match first {
        Ok(answer) if answer == "ok" => Check::pass("database", path.display().to_string()),
        Ok(damage) => Check::fail(
            "database",
            format!("`{}` is damaged: {damage}", path.display()),
            "restore the file from a copy",
        ),
        Err(error) => failed("database", error),
    }
}

fn table(connection: &Connection, name: &str, select: &str) -> Check {
    let subject = format!("table `{name}`");
    let count = format!("SELECT count(*) FROM {name}");
    let rows: rusqlite::Result<i64> = connection
        .prepare(select)
        .and_then(|_columns_are_there| connection.query_row(&count, [], |row| row.get(0)));
    match rows {
        Ok(rows) => Check::pass(subject, format!("{rows} rows")),
        Err(error) => failed(&subject, error),
    }
}

/// Checks the permission to write, by taking the write lock and giving it back.
fn permission_to_write(connection: &mut Connection, path: &Path) -> Check {
    let begun = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .and_then(rusqlite::Transaction::rollback);
    match begun {
        Ok(()) => Check::pass("permission to write", path.display().to_string()),
        Err(error) => failed("permission to write", error),
    }
}

/// Size of the file that is written to find out if there is space, in bytes. The text and the ledger
/// of a long recording have a tenth of it.
const SPACE: usize = 1 << 20;

/// Checks that there is space, by writing a file beside the database and deleting it: SQLite itself
/// writes nothing to the disk before it commits.
fn space(path: &Path) -> Check {
    let subject = "disk";
    match write_beside(path) {
        Ok(()) => Check::pass(subject, "has space"),
        Err(error) => {
            let (finding, mend) = describe(&error);
            Check::fail(subject, format!("{finding} ({error})"), mend)
        }
    }
}

fn write_beside(path: &Path) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push("-check");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&name)?;
    let written = file.write_all(&vec![0; SPACE]);
    drop(file);
    // Another process that checks at the same time may have deleted it.
    fs::remove_file(&name).or_else(|error| match error.kind() {
        ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    written
}

/// Says what is wrong with the disk, and what to do.
fn describe(error: &io::Error) -> (&'static str, &'static str) {
    match error.kind() {
        ErrorKind::StorageFull => ("no space left for the database", "free some space on its disk"),
        ErrorKind::QuotaExceeded => {
            ("the quota of the database's disk is used up", "free some space on its disk")
        }
        ErrorKind::ReadOnlyFilesystem => {
            ("the database's disk is read-only", "make it writable, or name another file")
        }
        _ => (
            "no file can be written beside the database",
            "make its folder writable for this user, or check the disk",
        ),
    }
}

/// Checks that other users cannot read what people said.
#[cfg(unix)]
fn privacy(path: &Path) -> Option<Check> {
    use std::os::unix::fs::PermissionsExt;

    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    let of_others = mode & 0o077;
    let check = if of_others == 0 {
        Check::pass("privacy", format!("mode {mode:o}"))
    } else {
        Check::warn(
            "privacy",
            format!("other users of this machine may open the file (mode {mode:o})"),
            format!("run `chmod 600 {}`", path.display()),
        )
    };
    Some(check)
}

#[cfg(not(unix))]
fn privacy(_path: &Path) -> Option<Check> {
    None
}

fn failed(subject: &str, error: rusqlite::Error) -> Check {
    let error = into_store_error(error);
    let finding = watchme_core::ErrorChain(&error).to_string();
    Check::fail(subject, finding, "repair the file, or name another one")
}

#[cfg(test)]
mod tests {
    use watchme_core::Verdict;

    use super::*;

    #[test]
    fn a_folder_with_space_passes_and_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(space(&folder.path().join("watchme.db")).verdict, Verdict::Pass(_)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_fails() {
        let check = space(Path::new("/proc/watchme.db"));
        assert!(check.is_failure(), "{check:?}");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn each_error_of_the_disk_is_told_by_its_number() {
        // ENOSPC, EDQUOT, EROFS and EACCES, as the kernel numbers them.
        for (number, expected) in
            [(28, "no space"), (122, "quota"), (30, "read-only"), (13, "no file can be written")]
        {
            let (finding, _) = describe(&io::Error::from_raw_os_error(number));
            assert!(finding.contains(expected), "{number}: {finding}");
        }
    }
}
