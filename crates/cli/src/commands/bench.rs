//! `watchme bench`: measures how fast this machine transcribes.

mod body;
mod lines;
mod saved;

use std::io::Write;

use jiff::Timestamp;
use tempfile::NamedTempFile;
use watchme_app::models::Measurement;
use watchme_app::{CostSettings, Engine, Environment, SpeechSettings, variables};
use watchme_core::{Check, FetchedAudio, Language, TranscribeOptions};

use self::body::BenchBody;
use crate::args::BenchArgs;
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;

/// A minute of synthetic Japanese speech: `models/recordings/long-ja.wav`, compressed by
/// `ffmpeg -c:a libopus -b:a 20k -application voip`.
const SPEECH: &[u8] = include_bytes!("bench/speech.opus");

/// Language of that recording.
const LANGUAGE: &str = "ja";

pub(crate) async fn run(
    args: BenchArgs,
    environment: Environment,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let environment = match &args.model {
        Some(model) => environment.with(&variables::MODELS, model),
        None => environment,
    };
    let speech = SpeechSettings::parse(&environment)?;
    // A checkpoint of the first run would spare the others their work.
    let speech = SpeechSettings { checkpoint_dir: None, ..speech };
    let price = CostSettings::parse(&environment)?;
    super::restart_if_needed(&speech, output);
    let engine = Engine::new(&speech)?;
    let model = speech.options.model.clone();
    // An English model writes something too, and takes about as long.
    let code = if engine.languages(&model).include(LANGUAGE) { LANGUAGE } else { "en" };
    let options = TranscribeOptions { model, language: Language::Code(code.to_owned()) };
    engine.verify(&options).await?;

    let mut runs = Vec::new();
    for number in 1..=args.runs {
        output.note(format!("run {number} of {}", args.runs));
        runs.push(measure(&engine, &options).await?);
    }
    let Some(body) = BenchBody::new(Timestamp::now(), &speech, &runs, &price) else {
        return Err(CommandError::new("nothing was measured", "ask for at least one run"));
    };
    if let Err(error) = saved::save(&speech, &body) {
        output.note(format!("`watchme doctor` will not show this: {error}"));
    }
    if output.is_json {
        output.json(&body);
        return Ok(ExitStatus::Done);
    }
    for line in lines::of(&body) {
        output.line(line);
    }
    Ok(ExitStatus::Done)
}

/// The line of `watchme doctor` about the speed. `None` if the settings cannot be used.
pub(super) fn check(environment: &Environment) -> Option<Check> {
    let speech = SpeechSettings::parse(environment).ok()?;
    let body = saved::load(&speech);
    let is_current = |body: &BenchBody| body.model == speech.options.model.as_str();
    Some(match body.filter(is_current) {
        Some(body) => Check::pass("speed", lines::summary(&body)),
        None => Check::pass("speed", "not measured with this model: `watchme bench` measures it"),
    })
}

async fn measure(
    engine: &Engine,
    options: &TranscribeOptions,
) -> Result<Measurement, CommandError> {
    let audio = write_speech();
    let audio =
        audio.map_err(|error| CommandError::caused("cannot write the recording", &error))?;
    let measured = engine.measure(audio, options).await;
    let (_, measurement) =
        measured.map_err(|error| CommandError::caused("cannot transcribe", &error))?;
    Ok(measurement)
}

/// Writes the recording to a temporary file.
fn write_speech() -> std::io::Result<FetchedAudio> {
    let mut file = NamedTempFile::with_suffix(".opus")?;
    file.write_all(SPEECH)?;
    let path = file.into_temp_path();
    let size_bytes = u64::try_from(SPEECH.len()).unwrap_or(u64::MAX);
    Ok(FetchedAudio::new(path.to_path_buf(), size_bytes, path))
}
