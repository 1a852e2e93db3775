//! Parsing of a transcription request, in any of its three forms.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value};
use watchme_core::{
    DeviceId, Language, LocalDate, ModelName, ObjectKey, Report, Selection, TimeBlock,
    TranscribeOptions,
};
use watchme_runner::Request as RunRequest;
use watchme_wire::{BlocksResponse, DayResponse, FilesResponse, TranscribeResponse};

use super::fields::{Fields, object};
use crate::Settings;
use crate::response::ApiError;

/// A parsed transcription request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    form: Form,
    options: TranscribeOptions,
}

/// The three forms of a request. Each has its own form of answer.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// `device_id` and `date`.
    Day { device: DeviceId, date: LocalDate, blocks: Blocks },
    /// `device_id` and `local_date`. `asked` holds the blocks as the client wrote them.
    Blocks { device: DeviceId, date: LocalDate, asked: Option<Vec<String>>, blocks: Blocks },
    /// `file_paths`.
    Files(BTreeSet<ObjectKey>),
}

/// Blocks of a day, or `None` for the whole day.
type Blocks = Option<BTreeSet<TimeBlock>>;

impl Command {
    /// Parses a body. The error lists every field that does not fit, not only the first.
    pub(crate) fn parse(body: &Value, settings: &Settings) -> Result<Self, ApiError> {
        Self::parse_with(body, settings, |_| None)
    }

    /// Parses the body of a run, which may also name a language.
    pub(crate) fn parse_run(body: &Value, settings: &Settings) -> Result<Self, ApiError> {
        Self::parse_with(body, settings, |fields| {
            fields.optional_as("language", watchme_app::parse_language)
        })
    }

    fn parse_with(
        body: &Value,
        settings: &Settings,
        read_language: impl FnOnce(&mut Fields<'_>) -> Option<Language>,
    ) -> Result<Self, ApiError> {
        let map = object(body)?;
        let mut fields = Fields::new(body, map);
        let (form, model) = if asks_for_blocks(map) {
            read_blocks(&mut fields, map)
        } else if asks_for_files(map) {
            read_files(&mut fields)
        } else {
            read_day(&mut fields, map)
        };
        let language = read_language(&mut fields);
        let issues = fields.into_issues();
        let Some(form) = form.filter(|_| issues.is_empty()) else {
            return Err(ApiError::Invalid(issues));
        };
        Ok(Self { form, options: choose_options(model, language, settings)? })
    }

    pub(crate) fn model(&self) -> &ModelName {
        &self.options.model
    }

    /// Returns the request for the runner.
    pub(crate) fn to_run_request(&self) -> RunRequest {
        let selection = match &self.form {
            Form::Day { device, date, blocks } | Form::Blocks { device, date, blocks, .. } => {
                Selection::Day { device: device.clone(), date: *date, blocks: blocks.clone() }
            }
            Form::Files(keys) => Selection::Objects(keys.clone()),
        };
        RunRequest { selection, options: self.options.clone() }
    }

    /// Builds the answer, in the form that belongs to the request.
    pub(crate) fn into_response(self, report: &Report, took: Duration) -> TranscribeResponse {
        match self.form {
            Form::Day { device, date, .. } => {
                TranscribeResponse::Day(DayResponse::new(&device, date, report, took))
            }
            Form::Blocks { device, date, asked, .. } => {
                let response = BlocksResponse::new(&device, date, asked, report, took);
                TranscribeResponse::Blocks(response)
            }
            Form::Files(_) => TranscribeResponse::Files(FilesResponse::new(report, took)),
        }
    }
}

/// `date` takes precedence over `local_date`: the older form uses it and ignores unknown fields.
fn asks_for_blocks(map: &Map<String, Value>) -> bool {
    !map.contains_key("date") && map.get("local_date").is_some_and(|value| !value.is_null())
}

fn asks_for_files(map: &Map<String, Value>) -> bool {
    let names_files = match map.get("file_paths") {
        Some(Value::Array(paths)) => !paths.is_empty(),
        _ => false,
    };
    names_files && !map.contains_key("device_id") && !map.contains_key("date")
}

fn read_day<'a>(
    fields: &mut Fields<'a>,
    map: &Map<String, Value>,
) -> (Option<Form>, Option<&'a str>) {
    let (device, date) = (fields.required("device_id"), fields.required("date"));
    let (_, blocks) = read_time_blocks(fields, map);
    let model = fields.optional("model");
    // This form ignores paths, but the original validates them all the same.
    fields.list("file_paths");
    let form = device.zip(date).map(|(device, date)| Form::Day { device, date, blocks });
    (form, model)
}

/// Reads the blocks as they were asked for, and parsed. An empty list selects the whole day.
fn read_time_blocks<'a>(
    fields: &mut Fields<'a>,
    map: &Map<String, Value>,
) -> (Option<Vec<&'a str>>, Blocks) {
    let is_given = map.get("time_blocks").is_some_and(|value| !value.is_null());
    let asked = if is_given { fields.list("time_blocks") } else { None };
    let blocks = asked.as_ref().map(|asked| fields.parsed_list("time_blocks", asked));
    let blocks = blocks.filter(|blocks| !blocks.is_empty()).map(BTreeSet::from_iter);
    (asked, blocks)
}

fn read_blocks<'a>(
    fields: &mut Fields<'a>,
    map: &Map<String, Value>,
) -> (Option<Form>, Option<&'a str>) {
    let (device, date) = (fields.required("device_id"), fields.required("local_date"));
    let (asked, blocks) = read_time_blocks(fields, map);
    let model = fields.optional("model");
    let form = device.zip(date).map(|(device, date)| Form::Blocks {
        device,
        date,
        asked: asked.map(|asked| asked.into_iter().map(str::to_owned).collect()),
        blocks,
    });
    (form, model)
}

fn read_files<'a>(fields: &mut Fields<'a>) -> (Option<Form>, Option<&'a str>) {
    let paths = fields.list("file_paths").unwrap_or_default();
    let keys = fields.parsed_list("file_paths", &paths);
    let model = fields.optional("model");
    (Some(Form::Files(keys.into_iter().collect())), model)
}

fn choose_options(
    model: Option<&str>,
    language: Option<Language>,
    settings: &Settings,
) -> Result<TranscribeOptions, ApiError> {
    let model = match model {
        None => settings.options.model.clone(),
        Some(asked) => {
            let model = settings.models.iter().find(|model| model.as_str() == asked).cloned();
            let allowed = || settings.models.clone();
            model.ok_or_else(|| ApiError::UnknownModel {
                asked: asked.to_owned(),
                allowed: allowed(),
            })?
        }
    };
    let language = language.unwrap_or_else(|| settings.options.language.clone());
    match &language {
        Language::Code(code) if !settings.knows_language(&model, code) => {
            Err(ApiError::UnknownLanguage { model, code: code.clone() })
        }
        _ => Ok(TranscribeOptions { model, language }),
    }
}
