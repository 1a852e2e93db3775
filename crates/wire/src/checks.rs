//! Results of checks, for `/ready` and `watchme doctor`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::{Check, Verdict};

/// Results of checks of the model, the store and the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "ok": true,
    "checks": [{
        "subject": "table audio_files",
        "verdict": "pass",
        "finding": "readable",
        "mend": null
    }]
}))]
pub struct ChecksBody {
    /// True if no check failed.
    pub ok: bool,
    /// The checks.
    pub checks: Vec<CheckBody>,
}

/// Result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckBody {
    /// Subject of the check.
    pub subject: String,
    /// Result.
    pub verdict: CheckVerdict,
    /// Finding, for people.
    pub finding: String,
    /// Suggested fix; `null` if none is needed.
    #[schema(required)]
    pub mend: Option<String>,
}

/// Result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckVerdict {
    /// It works.
    Pass,
    /// It works, but needs attention.
    Warn,
    /// It does not work.
    Fail,
}

impl From<&Check> for CheckBody {
    fn from(check: &Check) -> Self {
        let (verdict, finding, mend) = match &check.verdict {
            Verdict::Pass(facts) => (CheckVerdict::Pass, facts, None),
            Verdict::Warn { finding, mend } => (CheckVerdict::Warn, finding, Some(mend)),
            Verdict::Fail { finding, mend } => (CheckVerdict::Fail, finding, Some(mend)),
        };
        Self {
            subject: check.subject.clone(),
            verdict,
            finding: finding.clone(),
            mend: mend.cloned(),
        }
    }
}

impl From<&[Check]> for ChecksBody {
    fn from(checks: &[Check]) -> Self {
        Self {
            ok: !checks.iter().any(Check::is_failure),
            checks: checks.iter().map(CheckBody::from).collect(),
        }
    }
}
