//! Parts that all reports share.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::{RecordingReport, Report};

/// Status of the request. It is `success` even if recordings failed: clients of the original read
/// the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The request was carried out.
    Success,
}

/// Counts of a whole selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Summary {
    /// Number of rows in the selection, of every status.
    pub total_files: usize,
    /// Number of rows that were completed before.
    pub already_completed: usize,
    /// Number of rows that this run completed.
    pub pending_processed: usize,
    /// Number of rows that failed, including missing recordings.
    pub errors: usize,
}

/// Counts of the work alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WorkSummary {
    /// Number of items that were worked on.
    pub total_files: usize,
    /// Number of completed items.
    pub pending_processed: usize,
    /// Number of failed items, including missing recordings.
    pub errors: usize,
}

/// Reason why a recording is not completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// Path of the recording, or the raw value of an unreadable row.
    #[schema(example = "files/d067d407-cf73-4174-a9c1-d91fb60d64d0/2025-07-18/13-30/audio.wav")]
    pub file: String,
    /// Kind of the failure, for programs: `missing`, `damaged_audio`, `store_unavailable`.
    #[schema(example = "missing")]
    pub kind: String,
    /// Reason and suggested fix, for people.
    pub reason: String,
}

impl Summary {
    /// Counts of an empty selection.
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

/// Lists every failed row, in the order of the report.
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

/// Lists the time blocks of `items`. An unreadable row has none.
pub(crate) fn blocks<'a>(items: impl Iterator<Item = &'a RecordingReport>) -> Vec<String> {
    items.filter_map(|item| item.slot.as_ref()).map(|slot| slot.block.to_string()).collect()
}

/// Removes repeated texts, keeping the first of each.
pub(crate) fn distinct(texts: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    texts.into_iter().filter(|text| seen.insert(text.clone())).collect()
}

/// Returns `None` for an empty list, which the original answers with `null`.
pub(crate) fn none_if_empty(texts: Vec<String>) -> Option<Vec<String>> {
    (!texts.is_empty()).then_some(texts)
}

/// Rounds to tenths of a second, as the original does. A whole number keeps its `.0`.
pub(crate) fn tenths(took: Duration) -> f64 {
    (took.as_secs_f64() * 10.0).round() / 10.0
}
