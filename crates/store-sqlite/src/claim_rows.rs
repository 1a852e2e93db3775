//! Conversion of rows of `transcription_claims`, and summaries of devices.

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use watchme_core::{ClaimQuery, ClaimRecord, ClaimState, DeviceSummary, Ticket};

/// Columns of a claim.
pub(crate) const RECORD: &str = "object_key, state, owner, attempts, strikes, started,
    lease_until_us, next_attempt_us, claimed_at_us, finished_at_us, last_error_kind, last_error";

/// Last error of a recording that nobody finished.
pub(crate) const LEASE_RAN_OUT: &str =
    "the lease ran out each time; the process may have died of this recording";

/// Standing of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Held,
    Completed,
    Lost,
}

pub(crate) fn standing(connection: &Connection, ticket: &Ticket) -> rusqlite::Result<Standing> {
    const STATE: &str = "
        SELECT state FROM transcription_claims
        WHERE object_key = ?1 AND owner = ?2 AND fence = ?3";
    let values = params![ticket.object_key.as_str(), ticket.owner, ticket.fence];
    let state: Option<String> =
        connection.prepare_cached(STATE)?.query_row(values, |row| row.get(0)).optional()?;
    Ok(match state.as_deref() {
        Some("claimed") => Standing::Held,
        Some("completed") => Standing::Completed,
        _ => Standing::Lost,
    })
}

pub(crate) fn records(
    connection: &Connection,
    query: &ClaimQuery,
) -> rusqlite::Result<Vec<ClaimRecord>> {
    let mut found = Vec::new();
    match query {
        ClaimQuery::Quarantined => {
            let statement = format!(
                "SELECT {RECORD} FROM transcription_claims
                 WHERE state = 'quarantined' ORDER BY object_key"
            );
            let mut statement = connection.prepare_cached(&statement)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                found.extend(read_record(row)?);
            }
        }
        ClaimQuery::Objects(keys) => {
            let statement =
                format!("SELECT {RECORD} FROM transcription_claims WHERE object_key = ?1");
            let mut statement = connection.prepare_cached(&statement)?;
            let mut keys = keys.clone();
            keys.sort();
            keys.dedup();
            for key in keys {
                let mut rows = statement.query(params![key.as_str()])?;
                if let Some(row) = rows.next()? {
                    found.extend(read_record(row)?);
                }
            }
        }
    }
    Ok(found)
}

/// Reads the claim in a row; `None` if a join found none.
pub(crate) fn read_record(row: &Row<'_>) -> rusqlite::Result<Option<ClaimRecord>> {
    let Some(key) = row.get::<_, Option<String>>("object_key")? else { return Ok(None) };
    let state: String = row.get("state")?;
    let odd = |error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error));
    let state: ClaimState = state.parse().map_err(odd)?;
    Ok(Some(ClaimRecord {
        object_key: key.parse().map_err(odd)?,
        state,
        owner: row.get("owner")?,
        attempts: row.get("attempts")?,
        strikes: row.get("strikes")?,
        is_started: row.get("started")?,
        lease_until: instant(row.get("lease_until_us")?),
        next_attempt: instant(row.get("next_attempt_us")?),
        claimed_at: instant(row.get("claimed_at_us")?),
        finished_at: row.get::<_, Option<i64>>("finished_at_us")?.map(instant),
        last_error_kind: row.get("last_error_kind")?,
        last_error: row.get("last_error")?,
    }))
}

pub(crate) fn devices(connection: &Connection) -> rusqlite::Result<Vec<DeviceSummary>> {
    // Each part reads one index only, the one that is named where SQLite would otherwise read every
    // row of `audio_files`. With min(), the other columns come from the row that has the minimum.
    const SELECT: &str = "
        SELECT devices.device_id, recordings, latest.recorded_at, pending, oldest_pending,
            quarantined
        FROM (
            SELECT device_id, count(*) AS recordings, max(recorded_at_us) AS last_us
            FROM audio_files GROUP BY device_id
        ) AS devices
        JOIN audio_files AS latest
            ON latest.device_id = devices.device_id AND latest.recorded_at_us = last_us
        LEFT JOIN (
            SELECT device_id, count(*) AS pending, recorded_at AS oldest_pending,
                min(recorded_at_us)
            FROM audio_files INDEXED BY audio_files_pending
            WHERE transcriptions_status = 'pending' GROUP BY device_id
        ) AS waiting ON waiting.device_id = devices.device_id
        LEFT JOIN (
            SELECT device_id, count(DISTINCT object_key) AS quarantined
            FROM transcription_claims CROSS JOIN audio_files ON file_path = object_key
            WHERE state = 'quarantined' GROUP BY device_id
        ) AS given_up ON given_up.device_id = devices.device_id
        ORDER BY devices.device_id";
    let mut statement = connection.prepare_cached(SELECT)?;
    let mut rows = statement.query([])?;
    let mut devices = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, last): (String, String) = (row.get(0)?, row.get(2)?);
        // A row without a valid id or time is an unreadable row wherever it is read.
        let (Ok(device), Ok(last_recorded_at)) = (id.parse(), last.parse()) else { continue };
        let oldest: Option<String> = row.get(4)?;
        devices.push(DeviceSummary {
            device,
            recordings: row.get(1)?,
            last_recorded_at,
            pending: row.get::<_, Option<u32>>(3)?.unwrap_or(0),
            oldest_pending: oldest.and_then(|text| text.parse().ok()),
            quarantined: row.get::<_, Option<u32>>(5)?.unwrap_or(0),
        });
    }
    Ok(devices)
}

pub(crate) fn instant(microseconds: i64) -> Timestamp {
    let bound = if microseconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_microsecond(microseconds).unwrap_or(bound)
}
