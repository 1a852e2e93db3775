//! `watchme import`: adds recordings of a folder to the embedded store.

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
    let folder = match (args.folder, &app.settings().source) {
        (Some(folder), _) => folder,
        (None, SourceSettings::Folder { root }) => root.clone(),
        (None, SourceSettings::S3(_)) => {
            return Err(CommandError::new(
                "recordings are in a bucket, not in a folder",
                "name the folder: `watchme import FOLDER`",
            ));
        }
    };
    let imported = app.import(&folder).await?;
    for key in &imported.unnamed {
        output.note(format!("left out `{key}`: it names no device, day and time"));
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
    if imported.found == 0 {
        output.note("hint: they are named `files/{device}/{YYYY-MM-DD}/{HH-MM}/audio.wav`");
    }
    Ok(ExitStatus::Done)
}
