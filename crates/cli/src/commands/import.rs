//! `watchme import`: adds recordings of a folder to the embedded store.

use std::path::PathBuf;

use serde::Serialize;
use watchme_app::{App, SourceSettings};

use super::counted;
use crate::args::ImportArgs;
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;

#[derive(Serialize)]
struct ImportBody {
    found: usize,
    added: Vec<String>,
    unnamed: Vec<String>,
}

pub(crate) async fn run(
    args: ImportArgs,
    app: &App,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let folder = choose_folder(args.folder, app)?;
    let (imported, names) = match (&args.device, args.date) {
        (Some(device), Some(date)) => (app.import_day(device, date, &folder).await?, NAMES_OF_DAY),
        _ => (app.import(&folder).await?, NAMES),
    };
    for name in &imported.unnamed {
        output.note(format!("left out `{name}`: its name has no {}", names.missing));
    }
    if imported.found == imported.unnamed.len() {
        let what = format!("there are no recordings to import in `{}`", folder.display());
        return Err(CommandError::new(what, format!("they are named {}", names.pattern)));
    }
    if output.is_json {
        output.json(&ImportBody {
            found: imported.found,
            added: imported.added.iter().map(ToString::to_string).collect(),
            unnamed: imported.unnamed,
        });
        return Ok(ExitStatus::Done);
    }
    for key in &imported.added {
        output.line(key);
    }
    let found = counted(imported.found, "recording");
    output.note(format!("{found} below `{}`, {} new", folder.display(), imported.added.len()));
    Ok(ExitStatus::Done)
}

/// Names of recordings that can be imported.
struct Names {
    missing: &'static str,
    pattern: &'static str,
}

const NAMES: Names = Names {
    missing: "device, day and time",
    pattern: "`files/{device}/{YYYY-MM-DD}/{HH-MM}/audio.wav`, or `HH-MM.wav` with `--device` and `--date`",
};

const NAMES_OF_DAY: Names =
    Names { missing: "time", pattern: "`HH-MM.wav`, or with another ending" };

fn choose_folder(named: Option<PathBuf>, app: &App) -> Result<PathBuf, CommandError> {
    match (named, &app.settings().source) {
        (Some(folder), _) => Ok(folder),
        (None, SourceSettings::Folder { root }) => Ok(root.clone()),
        (None, SourceSettings::S3(_)) => Err(CommandError::new(
            "recordings are in a bucket, not in a folder",
            "name the folder: `watchme import FOLDER`",
        )),
    }
}
