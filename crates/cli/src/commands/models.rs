//! `watchme models`: lists, downloads and verifies models.

use std::path::Path;

use serde::Serialize;
use watchme_app::models::{
    CatalogueModel, FileState, ModelLibrary, ModelOrigin, ModelStatus, Precision, find,
    memory_left_bytes, model_library,
};
use watchme_app::{Environment, SpeechSettings};
use watchme_core::ModelName;

use crate::args::ModelsCommand;
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;
use crate::progress;

pub(crate) async fn run(
    command: ModelsCommand,
    environment: &Environment,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let speech = SpeechSettings::parse(environment)?;
    let library = model_library(&speech);
    match command {
        ModelsCommand::List => list(&library, &speech, output),
        ModelsCommand::Pull { name } => {
            let model = published(&name)?;
            let bar = progress::of_download(output, model.name);
            let progress = |done, total| {
                bar.set_length(total);
                bar.set_position(done);
            };
            let pulled = library.pull(model, &progress).await;
            bar.finish_and_clear();
            show_file(&pulled?, output);
        }
        ModelsCommand::Verify { name } => {
            let model = published(&name)?;
            let verify = move || library.verify(&ModelOrigin::Catalogue(model));
            let verified = tokio::task::spawn_blocking(verify).await;
            let verified =
                verified.map_err(|error| CommandError::caused("cannot verify the file", &error))?;
            show_file(&verified?.path, output);
        }
    }
    Ok(ExitStatus::Done)
}

#[derive(Serialize)]
struct ModelBody {
    name: &'static str,
    parameters_millions: u32,
    size_bytes: u64,
    memory_need_bytes: u64,
    fits: Option<bool>,
    state: &'static str,
    path: String,
}

fn list(library: &ModelLibrary, speech: &SpeechSettings, output: &Output) {
    let left = memory_left_bytes(speech.memory_limit_bytes);
    let body = |status| ModelBody::new(status, speech.precision, left);
    let bodies: Vec<ModelBody> = library.list().iter().map(body).collect();
    if output.is_json {
        output.json(&bodies);
        return;
    }
    output.line("NAME                 PARAMETERS       FILE     MEMORY  STATE");
    for body in &bodies {
        let (size, need) = (megabytes(body.size_bytes), megabytes(body.memory_need_bytes));
        let too_large = if body.fits == Some(false) { ", too large for this machine" } else { "" };
        output.line(format!(
            "{:20} {:8} M {size:7} MB {need:7} MB  {}{too_large}",
            body.name, body.parameters_millions, body.state
        ));
    }
}

impl ModelBody {
    fn new(status: &ModelStatus, precision: Precision, memory_left_bytes: Option<u64>) -> Self {
        let memory_need = status.model.memory_need(precision);
        Self {
            name: status.model.name,
            parameters_millions: status.model.parameters_millions,
            size_bytes: status.model.size_bytes,
            memory_need_bytes: memory_need.bytes(memory_left_bytes),
            fits: memory_left_bytes.map(|left| memory_need.fits(Some(left))),
            state: match status.state {
                FileState::Present => "present",
                FileState::WrongSize { .. } => "wrong size",
                FileState::Partial { .. } => "partly downloaded",
                FileState::Absent => "absent",
            },
            path: status.path.display().to_string(),
        }
    }
}

fn published(name: &ModelName) -> Result<&'static CatalogueModel, CommandError> {
    find(name.as_str()).ok_or_else(|| {
        CommandError::new(
            format!("the catalogue has no model `{name}`"),
            "`watchme models list` shows what there is",
        )
    })
}

fn show_file(path: &Path, output: &Output) {
    if output.is_json {
        output.json(&serde_json::json!({ "path": path.display().to_string(), "verified": true }));
    } else {
        output.line(path.display());
        output.note("verified");
    }
}

/// Converts to megabytes of 10^6 bytes, as download sizes are given.
fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1_000_000)
}
