//! `/v1/models`.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use watchme_core::ModelName;
use watchme_wire::openai::{OpenAiErrorBody, OpenAiModel, OpenAiModels};

use super::refusal::Refusal;
use crate::{Service, Settings};

/// Name that OpenAI's clients send. It means the default, unless a model really has this name.
const WHISPER: &str = "whisper-1";

/// List the models
///
/// Returns the models that a transcription request may name, the default first. `whisper-1` is
/// another name for the default.
#[utoipa::path(
    get,
    path = "/v1/models",
    tag = "openai",
    responses((status = 200, description = "The models", body = OpenAiModels))
)]
pub(crate) async fn list_models(State(service): State<Service>) -> Json<OpenAiModels> {
    let Settings { models, options, .. } = &*service.settings;
    let others = models.iter().filter(|model| **model != options.model);
    let names = std::iter::once(&options.model).chain(others).map(ModelName::as_str);
    let is_taken = models.iter().any(|model| model.as_str() == WHISPER);
    let names = names.chain((!is_taken).then_some(WHISPER));
    Json(OpenAiModels::new(names.map(OpenAiModel::new).collect()))
}

/// Get a model
#[utoipa::path(
    get,
    path = "/v1/models/{id}",
    tag = "openai",
    params(("id" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "The model", body = OpenAiModel),
        (status = 404, description = "No model has this name", body = OpenAiErrorBody),
    )
)]
pub(crate) async fn show_model(
    State(service): State<Service>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<OpenAiModel>, Refusal> {
    let Path(id) = id.map_err(|_| Refusal::unknown_model("?"))?;
    match find(&id, &service.settings) {
        Some(_) => Ok(Json(OpenAiModel::new(id))),
        None => Err(Refusal::unknown_model(&id)),
    }
}

/// Returns the model that a caller means.
pub(super) fn find<'a>(asked: &str, settings: &'a Settings) -> Option<&'a ModelName> {
    let named = settings.models.iter().find(|model| model.as_str() == asked);
    named.or_else(|| (asked == WHISPER).then_some(&settings.options.model))
}
