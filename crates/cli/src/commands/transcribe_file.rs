//! `watchme transcribe-file`: transcribes files, without any store.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use watchme_app::{Environment, SpeechSettings, variables};
use watchme_core::{
    ErrorChain, FetchedAudio, TranscribeError, TranscribeOptions, Transcriber, Transcript,
};
use watchme_wire::subtitles;

use crate::args::{TextFormat, TranscribeFileArgs};
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;
use crate::progress;

pub(crate) async fn run(
    args: TranscribeFileArgs,
    environment: Environment,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let format = if output.is_json { TextFormat::Json } else { args.format };
    let is_subtitles = matches!(format, TextFormat::Srt | TextFormat::Vtt);
    if is_subtitles && args.files.len() > 1 {
        return Err(CommandError::new(
            "subtitles of several files cannot stand in one output",
            "name one file at a time",
        ));
    }
    let environment = match &args.model {
        Some(model) => environment.with(&variables::MODELS, model),
        None => environment,
    };
    let speech = SpeechSettings::parse(&environment)?;
    let transcriber = watchme_app::build_transcriber(&speech)?;
    let mut options = speech.options;
    options.language = args.language.unwrap_or(options.language);

    let (mut text, mut ending) = (String::new(), ExitStatus::Done);
    for file in &args.files {
        match transcribe(file, &transcriber, &options, output).await? {
            Ok(transcript) => text += &written(file, &transcript, format),
            Err(reason) => {
                output.error(&CommandError {
                    items: vec![(format!("`{}`: {reason}", file.display()), None)],
                });
                ending = ExitStatus::SomeFailed;
            }
        }
    }
    match args.output {
        None => output.write(text.as_bytes()),
        Some(path) => {
            let what = format!("cannot write to `{}`", path.display());
            let written = tokio::fs::write(path, text).await;
            written.map_err(|error| CommandError::caused(&what, &error))?;
        }
    }
    Ok(ending)
}

/// Transcribes one file. The inner error concerns this file only; the outer one would affect every
/// file.
async fn transcribe(
    file: &Path,
    transcriber: &Arc<dyn Transcriber>,
    options: &TranscribeOptions,
    output: &Output,
) -> Result<Result<Transcript, String>, CommandError> {
    let found = match tokio::fs::metadata(file).await {
        Ok(found) if found.is_file() => found,
        Ok(_) => return Ok(Err("not a file".to_owned())),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let audio = FetchedAudio::new(file.to_owned(), found.len(), ());
    let progress = progress::of_file(output, &file.display().to_string());
    match transcriber.transcribe(audio, options, progress).await {
        Err(error @ TranscribeError::Model { .. }) => {
            Err(CommandError::caused("no file is done", &error))
        }
        result => Ok(result.map_err(|error| ErrorChain(&error).to_string())),
    }
}

fn written(file: &Path, transcript: &Transcript, format: TextFormat) -> String {
    match format {
        TextFormat::Text => format!("{}\n", transcript.text()),
        TextFormat::Srt => subtitles::srt(transcript),
        TextFormat::Vtt => subtitles::vtt(transcript),
        TextFormat::Json => {
            // The body has texts, numbers and lists only, which can always be serialised.
            let body = serde_json::to_string(&TranscriptBody::new(file, transcript));
            format!("{}\n", body.unwrap_or_default())
        }
    }
}

#[derive(Serialize)]
struct TranscriptBody {
    file: String,
    language: Option<String>,
    audio_seconds: f64,
    speech_seconds: f64,
    text: String,
    segments: Vec<SegmentBody>,
}

#[derive(Serialize)]
struct SegmentBody {
    start_seconds: f64,
    end_seconds: f64,
    text: String,
    confidence: f32,
    no_speech: f32,
}

impl TranscriptBody {
    fn new(file: &Path, transcript: &Transcript) -> Self {
        let segment = |segment: &watchme_core::Segment| SegmentBody {
            start_seconds: segment.start.as_secs_f64(),
            end_seconds: segment.end.as_secs_f64(),
            text: segment.text.trim().to_owned(),
            confidence: segment.confidence,
            no_speech: segment.no_speech,
        };
        Self {
            file: file.display().to_string(),
            language: transcript.language.clone(),
            audio_seconds: transcript.audio.as_secs_f64(),
            speech_seconds: transcript.speech.as_secs_f64(),
            text: transcript.text(),
            segments: transcript.segments.iter().map(segment).collect(),
        }
    }
}
