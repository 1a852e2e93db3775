//! What every report of a run has in common.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::{RecordingReport, Report};

/// Whether the request was carried out. Also `success` where recordings failed: clients of the
/// original service read the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It was.
    Success,
}

/// Counts of a whole selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Summary {
    /// Rows that belong to the selection, of every status.
    pub total_files: usize,
    /// Of these, rows that were completed before.
    pub already_completed: usize,
    /// Rows that this run completed.
    pub pending_processed: usize,
    /// Rows that this run could not complete, missing recordings included.
    pub errors: usize,
}

/// Counts of the work only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkSummary {
    /// What was worked on.
    pub total_files: usize,
    /// Of it, what is completed.
    pub pending_processed: usize,
    /// Of it, what failed, missing recordings included.
    pub errors: usize,
}

/// Why one recording is not completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// Its path, or what an unreadable row has instead.
    #[schema(example = "files/d067d407-cf73-4174-a9c1-d91fb60d64d0/2025-07-18/13-30/audio.wav")]
    pub file: String,
    /// The class of the failure, for programs: `missing`, `damaged_audio`, `store_unavailable`.
    #[schema(example = "missing")]
    pub kind: String,
    /// What happened and what to do, for people.
    pub reason: String,
}

impl Summary {
    /// Nothing belongs to the selection.
    pub(crate) const EMPTY: Self =
        Self { total_files: 0, already_completed: 0, pending_processed: 0, errors: 0 };
}

impl From<&Report> for Summary {
    fn from(report: &Report) -> Self {
        Self {
            total_files: report.total,
            already_completed: report.already_completed,
            pending_processed: report.completed().count(),
            errors: report.failed().count(),
        }
    }
}

/// Every failed row, in the order of the report.
pub(crate) fn error_details(report: &Report) -> Vec<ErrorDetail> {
    report
        .failed()
        .map(|(item, failure)| ErrorDetail {
            file: item.label.clone(),
            kind: failure.kind.as_str().to_owned(),
            reason: failure.reason.clone(),
        })
        .collect()
}

pub(crate) fn labels<'a>(items: impl Iterator<Item = &'a RecordingReport>) -> Vec<String> {
    items.map(|item| item.label.clone()).collect()
}

/// The time blocks of `items`; an unreadable row has none.
pub(crate) fn blocks<'a>(items: impl Iterator<Item = &'a RecordingReport>) -> Vec<String> {
    items.filter_map(|item| item.slot.as_ref()).map(|slot| slot.block.to_string()).collect()
}

/// Each text once, where it stood first.
pub(crate) fn distinct(texts: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    texts.into_iter().filter(|text| seen.insert(text.clone())).collect()
}

/// `null` where there is none, as the original answers.
pub(crate) fn none_if_empty(texts: Vec<String>) -> Option<Vec<String>> {
    (!texts.is_empty()).then_some(texts)
}

/// Seconds with one decimal, as the original gives them. A whole number keeps its `.0`.
pub(crate) fn tenths(took: Duration) -> f64 {
    (took.as_secs_f64() * 10.0).round() / 10.0
}
