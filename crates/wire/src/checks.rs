//! What was found about the surroundings, for `/ready` and `watchme doctor`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::{Check, Verdict};

/// Findings about the surroundings of the service.
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
    /// Whether nothing failed.
    pub ok: bool,
    /// Each finding.
    pub checks: Vec<CheckBody>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckBody {
    /// What was looked at.
    pub subject: String,
    /// Whether it can be used.
    pub verdict: CheckVerdict,
    /// What was seen.
    pub finding: String,
    /// What to do; `null` where nothing is to be done.
    #[schema(required)]
    pub mend: Option<String>,
}

/// Whether something can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckVerdict {
    /// Yes.
    Pass,
    /// Yes, but look at it.
    Warn,
    /// No.
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
