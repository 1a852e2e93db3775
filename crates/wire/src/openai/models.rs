//! Models that a caller may name.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// List of models that a caller may name.
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
    /// Name.
    #[schema(example = "base")]
    pub id: String,
    /// `model`.
    #[schema(example = "model")]
    pub object: String,
    /// Creation time; 0, since a model file has none.
    pub created: u64,
    /// Owner: this service.
    #[schema(example = "watchme-transcriber")]
    pub owned_by: String,
}

impl OpenAiModels {
    /// Builds a list of models.
    #[must_use]
    pub fn new(data: Vec<OpenAiModel>) -> Self {
        Self { object: "list".to_owned(), data }
    }
}

impl OpenAiModel {
    /// Builds the model of this name.
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
