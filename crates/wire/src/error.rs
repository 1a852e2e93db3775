//! The body of every error.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What went wrong. `detail` is as clients of the original service know it, `message` says the
/// same to people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "detail": "Not Found",
    "message": "there is nothing at this path; `/docs` lists what there is"
}))]
pub struct ErrorBody {
    /// A text, or for a body that does not fit the list of what does not.
    pub detail: Detail,
    /// What happened and what to do.
    pub message: String,
}

/// The `detail` of an error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Detail {
    /// What happened.
    Text(String),
    /// Each part of the request that does not fit.
    Issues(Vec<ValidationIssue>),
}

/// A part of the request that does not fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ValidationIssue {
    /// The class, for programs: `missing`, `string_type`, `value_error`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it is: `body`, then keys and indices.
    pub loc: Vec<LocationPart>,
    /// What is expected.
    pub msg: String,
    /// What is there instead. A long value is shortened.
    pub input: Value,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ctx: Option<IssueContext>,
    /// Where the class is described.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A step on the way to a part of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum LocationPart {
    /// A key of an object.
    Key(String),
    /// A place in a list, or in the text of a body that is no JSON.
    Index(usize),
}

/// More about a part that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IssueContext {
    /// What is wrong with it.
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
