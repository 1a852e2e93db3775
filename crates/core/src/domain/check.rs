//! Findings about the surroundings: a setting, a table, a model.

/// One finding about the surroundings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Thing that was checked, in a few words.
    pub subject: String,
    /// Result of the check.
    pub verdict: Verdict,
}

/// Result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Usable; with the facts.
    Pass(String),
    /// Usable, but doubtful.
    Warn {
        /// Observation.
        finding: String,
        /// Advice.
        mend: String,
    },
    /// Not usable.
    Fail {
        /// Observation.
        finding: String,
        /// Advice.
        mend: String,
    },
}

impl Check {
    /// Reports a usable `subject`.
    pub fn pass(subject: impl Into<String>, facts: impl Into<String>) -> Self {
        Self { subject: subject.into(), verdict: Verdict::Pass(facts.into()) }
    }

    /// Reports a doubtful `subject`.
    pub fn warn(
        subject: impl Into<String>,
        finding: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        let verdict = Verdict::Warn { finding: finding.into(), mend: mend.into() };
        Self { subject: subject.into(), verdict }
    }

    /// Reports an unusable `subject`.
    pub fn fail(
        subject: impl Into<String>,
        finding: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        let verdict = Verdict::Fail { finding: finding.into(), mend: mend.into() };
        Self { subject: subject.into(), verdict }
    }

    /// True if the subject cannot be used.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self.verdict, Verdict::Fail { .. })
    }
}
