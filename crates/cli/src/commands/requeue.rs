//! `watchme requeue`: sets recordings back to pending.

use std::collections::BTreeMap;

use serde::Serialize;
use watchme_app::App;
use watchme_core::rules::{day_window, slot_of};
use watchme_core::{Recording, RecordingQuery, RecordingRow, RecordingStatus};

use super::{Day, counted, refuse_unknown};
use crate::args::RequeueArgs;
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;

#[derive(Serialize)]
struct RequeueBody {
    dry_run: bool,
    requeued: Vec<RequeuedBody>,
}

#[derive(Serialize)]
struct RequeuedBody {
    file: String,
    recorded_at: String,
    status: String,
}

pub(crate) async fn run(
    args: RequeueArgs,
    app: &App,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let store = &app.pipeline().ports().store;
    let day = Day::of(args.day);
    let query = match &day {
        Some(day) => {
            let (from, until) = day_window(day.date);
            RecordingQuery::Window { device: day.device.clone(), from, until }
        }
        None => RecordingQuery::Objects(args.paths.into_iter().collect()),
    };
    let (mut wanted, mut left) = (Vec::new(), BTreeMap::new());
    for row in store.recordings(&query).await? {
        match row {
            RecordingRow::Unreadable(row) => {
                output.note(format!("left out `{}`: {}", row.label, row.reason));
            }
            RecordingRow::Readable(row) if !is_of(day.as_ref(), &row, app) => {}
            RecordingRow::Readable(row) if args.status.contains(&row.status) => wanted.push(row),
            RecordingRow::Readable(row) => *left.entry(row.status.to_string()).or_insert(0) += 1,
        }
    }
    if let Some(day) = day.as_ref().filter(|_| wanted.is_empty() && left.is_empty()) {
        refuse_unknown(app, &day.device, day.date).await?;
    }
    if !args.dry_run {
        for row in &wanted {
            store.mark(&row.id, &RecordingStatus::Pending).await?;
        }
    }
    show(&wanted, args.dry_run, output);
    for (status, count) in left {
        let rows = counted(count, "row");
        output.note(format!("{rows} with status `{status}` left as is; `--status` names others"));
    }
    Ok(if wanted.is_empty() { ExitStatus::Unusable } else { ExitStatus::Done })
}

fn is_of(day: Option<&Day>, row: &Recording, app: &App) -> bool {
    let Some(day) = day else { return true };
    let slot = slot_of(row, &app.settings().speech.zone);
    let is_block = |blocks: &std::collections::BTreeSet<_>| blocks.contains(&slot.block);
    slot.device == day.device && slot.date == day.date && day.blocks.as_ref().is_none_or(is_block)
}

fn show(rows: &[Recording], is_dry: bool, output: &Output) {
    if output.is_json {
        let body = |row: &Recording| RequeuedBody {
            file: row.object_key.to_string(),
            recorded_at: row.id.recorded_at.to_string(),
            status: row.status.to_string(),
        };
        output.json(&RequeueBody { dry_run: is_dry, requeued: rows.iter().map(body).collect() });
        return;
    }
    for row in rows {
        output.line(format!("{}  {}", row.object_key, row.status));
    }
    let done = if is_dry { "would be" } else { "are" };
    output.note(format!("{} {done} pending again", counted(rows.len(), "row")));
}
