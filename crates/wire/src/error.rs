//! Body of every error.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// An error. `detail` has the form that clients of the original service know, `message` is for
/// people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "detail": "Not Found",
    "message": "there is nothing at this path; `/docs` lists what there is"
}))]
pub struct ErrorBody {
    /// A text, or the list of issues for an invalid request.
    pub detail: Detail,
    /// Reason and suggested fix.
    pub message: String,
}

/// `detail` of an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Detail {
    /// Reason.
    Text(String),
    /// Every invalid part of the request.
    Issues(Vec<ValidationIssue>),
}

/// An invalid part of the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ValidationIssue {
    /// Kind, for programs: `missing`, `string_type`, `value_error`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Location: `body`, then keys and indices.
    pub loc: Vec<LocationPart>,
    /// Expected input.
    pub msg: String,
    /// Actual input. A long value is shortened.
    pub input: Value,
    /// More details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ctx: Option<IssueContext>,
    /// Documentation of the kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One step of a location.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum LocationPart {
    /// A key of an object.
    Key(String),
    /// An index in a list, or in the text of a body that is not JSON.
    Index(usize),
}

/// More details of an invalid part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IssueContext {
    /// Description of the error.
    pub error: String,
}

impl From<&str> for LocationPart {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for LocationPart {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}
