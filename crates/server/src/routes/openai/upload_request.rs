//! Parsing the fields of an upload.

use watchme_core::{Language, TranscribeOptions};

use super::answer::Format;
use super::form::Fields;
use super::models;
use super::refusal::{INVALID_VALUE, Refusal, UNSUPPORTED_VALUE};
use crate::Settings;
use crate::response::echo::shorten;

/// Parsed fields of an upload.
#[derive(Debug)]
pub(super) struct UploadRequest {
    pub(super) options: TranscribeOptions,
    pub(super) format: Format,
}

impl UploadRequest {
    pub(super) fn parse(fields: &Fields, settings: &Settings) -> Result<Self, Refusal> {
        let model = match fields.get("model") {
            Some(asked) => {
                models::find(asked, settings).ok_or_else(|| Refusal::unknown_model(asked))?
            }
            None => &settings.options.model,
        };
        check_temperature(fields)?;
        check_granularities(fields)?;
        let language = parse_language(fields)?;
        if let Language::Code(code) = &language
            && !settings.knows_language(model, code)
        {
            let expected = format!("the model `{model}` does not know the language `{code}`");
            return Err(Refusal::field("language", UNSUPPORTED_VALUE, expected));
        }
        let options = TranscribeOptions { model: model.clone(), language };
        Ok(Self { options, format: parse_format(fields)? })
    }
}

/// Parses the language. As at OpenAI, the model detects a language that is left out: the setting for
/// the devices' recordings says nothing about an upload.
fn parse_language(fields: &Fields) -> Result<Language, Refusal> {
    let Some(asked) = fields.get("language") else { return Ok(Language::Auto) };
    watchme_app::parse_language(asked)
        .map_err(|expected| Refusal::field("language", INVALID_VALUE, expected))
}

fn parse_format(fields: &Fields) -> Result<Format, Refusal> {
    let whole = match fields.get("response_format") {
        None | Some("json") => Format::Json,
        Some("verbose_json") => Format::Verbose,
        Some("text") => Format::Text,
        Some("srt") => Format::Srt,
        Some("vtt") => Format::Vtt,
        Some(other) => {
            let expected = format!(
                "`{}` is none of `json`, `verbose_json`, `text`, `srt` and `vtt`",
                shorten(other)
            );
            return Err(Refusal::field("response_format", UNSUPPORTED_VALUE, expected));
        }
    };
    match (is_stream(fields)?, whole) {
        (false, format) => Ok(format),
        (true, Format::Json | Format::Text) => Ok(Format::Events),
        (true, _) => {
            let expected = "events hold text; ask for `json` or `text`, or do not stream";
            Err(Refusal::field("response_format", UNSUPPORTED_VALUE, expected))
        }
    }
}

fn is_stream(fields: &Fields) -> Result<bool, Refusal> {
    match fields.get("stream").map(str::to_ascii_lowercase).as_deref() {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        _ => Err(Refusal::field("stream", INVALID_VALUE, "write `true` or `false`")),
    }
}

fn check_temperature(fields: &Fields) -> Result<(), Refusal> {
    let Some(asked) = fields.get("temperature") else { return Ok(()) };
    let is_known = asked.parse().is_ok_and(|number: f32| (0.0..=1.0).contains(&number));
    let refused = || Refusal::field("temperature", INVALID_VALUE, "write a number from 0 to 1");
    is_known.then_some(()).ok_or_else(refused)
}

fn check_granularities(fields: &Fields) -> Result<(), Refusal> {
    const NAME: &str = "timestamp_granularities";
    match fields.all(NAME).find(|asked| *asked != "segment") {
        None => Ok(()),
        Some("word") => {
            let expected = "times of words are not known here; ask for `segment`";
            Err(Refusal::field(NAME, UNSUPPORTED_VALUE, expected))
        }
        Some(_) => Err(Refusal::field(NAME, INVALID_VALUE, "ask for `segment`")),
    }
}
