//! The body of every error on these paths.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What went wrong, in the shape of OpenAI.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenAiErrorBody {
    /// What went wrong.
    pub error: OpenAiError,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenAiError {
    /// What happened and what to do, for people.
    pub message: String,
    /// The class, for programs: `invalid_request_error`, `requests` for too many of them, or
    /// `server_error`.
    #[serde(rename = "type")]
    #[schema(example = "invalid_request_error")]
    pub kind: String,
    /// The field that does not fit.
    #[schema(required, example = "response_format")]
    pub param: Option<String>,
    /// What exactly, where programs may want to know: `invalid_api_key`, `model_not_found`,
    /// `invalid_value`, `unsupported_value`, `rate_limit_exceeded`.
    #[schema(required, example = "invalid_value")]
    pub code: Option<String>,
}
