//! Body of every error on these paths.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An error in OpenAI's shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenAiErrorBody {
    /// The error.
    pub error: OpenAiError,
}

/// The error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenAiError {
    /// Reason and suggested fix, for people.
    pub message: String,
    /// Kind, for programs: `invalid_request_error`, `requests` for too many of them, or `server_error`.
    #[serde(rename = "type")]
    #[schema(example = "invalid_request_error")]
    pub kind: String,
    /// The invalid field.
    #[schema(required, example = "response_format")]
    pub param: Option<String>,
    /// Exact reason, for programs: `invalid_api_key`, `model_not_found`, `invalid_value`,
    /// `unsupported_value`, `rate_limit_exceeded`.
    #[schema(required, example = "invalid_value")]
    pub code: Option<String>,
}
