//! `watchme quarantine`: lists and releases recordings that failed too often.

use serde::Serialize;
use watchme_app::App;
use watchme_core::{ClaimQuery, ClaimRecord, ObjectKey};

use super::counted;
use crate::args::QuarantineCommand;
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;

#[derive(Serialize)]
struct QuarantinedBody {
    file: String,
    attempts: u32,
    kind: Option<String>,
    reason: Option<String>,
    since: Option<String>,
    worker: String,
}

#[derive(Serialize)]
struct ReleasedBody {
    released: usize,
}

pub(crate) async fn run(
    command: QuarantineCommand,
    app: &App,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    match command {
        QuarantineCommand::List => list(&quarantined(app).await?, output),
        QuarantineCommand::Release { paths, all } => {
            let keys: Vec<ObjectKey> = if all {
                quarantined(app).await?.into_iter().map(|record| record.object_key).collect()
            } else {
                paths
            };
            let released = app.claims().release_quarantined(&keys).await?;
            if released == 0 && !all {
                let hint = "`watchme quarantine list` shows the quarantined ones";
                return Err(CommandError::new("none of these recordings is quarantined", hint));
            }
            if output.is_json {
                output.json(&ReleasedBody { released });
            } else {
                output.note(format!("{} pending again", counted(released, "recording")));
            }
        }
    }
    Ok(ExitStatus::Done)
}

async fn quarantined(app: &App) -> Result<Vec<ClaimRecord>, CommandError> {
    Ok(app.claims().claims(&ClaimQuery::Quarantined).await?)
}

fn list(records: &[ClaimRecord], output: &Output) {
    if output.is_json {
        let body = |record: &ClaimRecord| QuarantinedBody {
            file: record.object_key.to_string(),
            attempts: record.strikes,
            kind: record.last_error_kind.clone(),
            reason: record.last_error.clone(),
            since: record.finished_at.map(|time| time.to_string()),
            worker: record.owner.clone(),
        };
        output.json(&records.iter().map(body).collect::<Vec<_>>());
        return;
    }
    for record in records {
        let reason = record.last_error.as_deref().unwrap_or("no reason is known");
        output.line(format!("{}  {} attempts: {reason}", record.object_key, record.strikes));
    }
    output.note(format!("{} quarantined", counted(records.len(), "recording")));
}
