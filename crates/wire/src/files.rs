//! The report of named files, as the original answers `file_paths`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::Report;

use crate::outcome::{blocks, distinct, error_details, labels, none_if_empty, tenths};
use crate::{ErrorDetail, Status, Summary, WorkSummary};

/// What became of named files, or of everything pending.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum FilesResponse {
    /// There were files to work on.
    Worked(FilesWorked),
    /// There were none.
    NothingToDo(FilesNothing),
}

/// What became of each file. A path counts once, however many rows name it, and is completed
/// when every one of them is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilesWorked {
    /// Always `success`.
    pub status: Status,
    /// How many paths were worked on.
    pub summary: WorkSummary,
    /// The paths that are completed now, in the order of their recording.
    pub processed_files: Vec<String>,
    /// The time blocks of these.
    pub processed_time_blocks: Vec<String>,
    /// The paths that are not, `null` where there is none.
    #[schema(required)]
    pub error_files: Option<Vec<String>>,
    /// How long it took, to a tenth of a second.
    pub execution_time_seconds: f64,
    /// The counts in a sentence.
    pub message: String,
    /// Why each failed recording failed.
    pub error_details: Vec<ErrorDetail>,
}

/// No file to work on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilesNothing {
    /// Always `success`.
    pub status: Status,
    /// How many recordings there are.
    pub summary: Summary,
    /// Always empty.
    pub processed_files: Vec<String>,
    /// How long it took, to a tenth of a second.
    pub execution_time_seconds: f64,
    /// That there is nothing to do.
    pub message: String,
}

impl FilesResponse {
    /// The body for `report`, a run that took `took`.
    #[must_use]
    pub fn new(report: &Report, took: Duration) -> Self {
        let execution_time_seconds = tenths(took);
        if report.recordings.is_empty() {
            return Self::NothingToDo(FilesNothing {
                status: Status::Success,
                summary: Summary::from(report),
                processed_files: Vec::new(),
                execution_time_seconds,
                message: "処理対象のファイルがありません".to_owned(),
            });
        }
        let failed = distinct(labels(report.failed().map(|(item, _)| item)));
        let mut seen: BTreeSet<&str> = failed.iter().map(String::as_str).collect();
        let completed: Vec<_> =
            report.completed().filter(|item| seen.insert(item.label.as_str())).collect();
        let summary = WorkSummary {
            total_files: completed.len() + failed.len(),
            pending_processed: completed.len(),
            errors: failed.len(),
        };
        Self::Worked(FilesWorked {
            status: Status::Success,
            summary,
            processed_files: labels(completed.iter().copied()),
            processed_time_blocks: blocks(completed.iter().copied()),
            error_files: none_if_empty(failed),
            execution_time_seconds,
            message: summary.message(),
            error_details: error_details(report),
        })
    }
}
