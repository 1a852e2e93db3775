//! The models that a caller may name.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Every model that a caller may name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenAiModels {
    /// `list`.
    #[schema(example = "list")]
    pub object: String,
    /// The models, the default first.
    pub data: Vec<OpenAiModel>,
}

/// A model that a caller may name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenAiModel {
    /// Its name.
    #[schema(example = "base")]
    pub id: String,
    /// `model`.
    #[schema(example = "model")]
    pub object: String,
    /// When it was made; 0, since a model file does not tell.
    pub created: u64,
    /// Who has it: this service.
    #[schema(example = "watchme-transcriber")]
    pub owned_by: String,
}

impl OpenAiModels {
    /// A list of models.
    #[must_use]
    pub fn new(data: Vec<OpenAiModel>) -> Self {
        Self { object: "list".to_owned(), data }
    }
}

impl OpenAiModel {
    /// The model of this name.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            object: "model".to_owned(),
            created: 0,
            owned_by: "watchme-transcriber".to_owned(),
        }
    }
}
