//! `watchme transcribe-file`: transcribes files, without any store.

mod inputs;
mod written;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use watchme_app::{Engine, Environment, SpeechSettings, variables};
use watchme_core::{ErrorChain, TranscribeError, TranscribeOptions, Transcriber, Transcript};

use self::inputs::Input;
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
    let inputs = inputs::find(args.files).await.map_err(|(folder, error)| {
        CommandError::caused(&format!("cannot read the folder `{}`", folder.display()), &error)
    })?;
    let destination = Destination::choose(&inputs, format, args.output, args.overwrite)?;
    let environment = match &args.model {
        Some(model) => environment.with(&variables::MODELS, model),
        None => environment,
    };
    let speech = SpeechSettings::parse(&environment)?;
    super::restart_if_needed(&speech, output);
    let engine = Engine::new(&speech)?;
    let mut options = speech.options;
    options.language = args.language.unwrap_or(options.language);
    engine.verify(&options).await?;

    let (mut texts, mut status) = (String::new(), ExitStatus::Done);
    for input in &inputs {
        let file = input.path();
        let saved = match destination.refusal(file).await {
            Some(reason) => Err(reason),
            None => match transcribe(input, &engine.transcriber(), &options, output).await? {
                Ok(transcript) => {
                    let text = written::write(file, &transcript, format);
                    destination.save(file, text, &mut texts, output).await
                }
                Err(reason) => Err(reason),
            },
        };
        if let Err(reason) = saved {
            let what = format!("`{}`: {reason}", file.display());
            output.error(&CommandError { items: vec![(what, None)] });
            status = ExitStatus::SomeFailed;
        }
    }
    match destination {
        Destination::Beside { .. } => {}
        Destination::StandardOutput => output.write(texts.as_bytes()),
        Destination::File(path) => {
            let what = format!("cannot write to `{}`", path.display());
            let saved = tokio::fs::write(path, texts).await;
            saved.map_err(|error| CommandError::caused(&what, &error))?;
        }
    }
    Ok(status)
}

/// Place that texts are written to.
enum Destination {
    StandardOutput,
    File(PathBuf),
    /// Beside each recording, under its name with another extension.
    Beside {
        extension: &'static str,
        overwrites: bool,
    },
}

impl Destination {
    /// Chooses the place. Subtitles of several recordings cannot be joined: their times all start
    /// at zero.
    fn choose(
        inputs: &[Input],
        format: TextFormat,
        file: Option<PathBuf>,
        overwrites: bool,
    ) -> Result<Self, CommandError> {
        let extension = match format {
            TextFormat::Srt => "srt",
            TextFormat::Vtt => "vtt",
            TextFormat::Text | TextFormat::Json => "",
        };
        if inputs.is_empty() {
            let hint = "files are found in folders by their extensions, such as `.wav` or `.m4a`";
            return Err(CommandError::new("there are no recordings to transcribe", hint));
        }
        if extension.is_empty() || inputs.len() == 1 {
            return Ok(file.map_or(Self::StandardOutput, Self::File));
        }
        if file.is_some() {
            let what = "subtitles of several files cannot be written to one file";
            return Err(CommandError::new(
                what,
                "leave out `--output` to write them beside the files",
            ));
        }
        if inputs.iter().any(|input| matches!(input, Input::StandardInput)) {
            let what = "subtitles of standard input have no file to be written beside";
            return Err(CommandError::new(what, "transcribe standard input by itself"));
        }
        Ok(Self::Beside { extension, overwrites })
    }

    /// Reason why the text of `file` must not be written, known before it is transcribed.
    async fn refusal(&self, file: &Path) -> Option<String> {
        let Self::Beside { extension, overwrites: false } = self else { return None };
        let path = file.with_extension(extension);
        let exists = tokio::fs::try_exists(&path).await.unwrap_or(false);
        exists.then(|| format!("`{}` already exists; `--overwrite` replaces it", path.display()))
    }

    /// Writes a text beside its recording, or else appends it to `texts`.
    async fn save(
        &self,
        file: &Path,
        text: String,
        texts: &mut String,
        output: &Output,
    ) -> Result<(), String> {
        let Self::Beside { extension, .. } = self else {
            *texts += &text;
            return Ok(());
        };
        let path = file.with_extension(extension);
        let saved = tokio::fs::write(&path, text).await;
        saved.map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
        output.line(path.display());
        Ok(())
    }
}

/// Transcribes one recording. The inner error concerns this one only; the outer one would affect
/// every one.
async fn transcribe(
    input: &Input,
    transcriber: &Arc<dyn Transcriber>,
    options: &TranscribeOptions,
    output: &Output,
) -> Result<Result<Transcript, String>, CommandError> {
    let audio = match input.open().await {
        Ok(audio) => audio,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let progress = progress::of_file(output, &input.path().display().to_string());
    match transcriber.transcribe(audio, options, progress).await {
        Err(error @ TranscribeError::Model { .. }) => {
            Err(CommandError::caused("no file is transcribed", &error))
        }
        result => Ok(result.map_err(|error| ErrorChain(&error).to_string())),
    }
}
