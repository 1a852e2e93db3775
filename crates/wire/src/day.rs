//! Report of a device's day, as the original service answers `device_id` and `date`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::{DeviceId, LocalDate, Report};

use crate::outcome::{blocks, error_details, labels, none_if_empty, tenths};
use crate::{ErrorDetail, Status, Summary};

/// Report of a device's day. Its two forms have different keys, as in the original.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum DayResponse {
    /// Recordings were pending.
    Worked(DayWorked),
    /// No recording was pending.
    NothingToDo(DayNothing),
}

/// Report of a day with pending recordings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DayWorked {
    /// Always `success`.
    pub status: Status,
    /// The device.
    pub device_id: String,
    /// Its local day.
    pub date: String,
    /// Counts of recordings.
    pub summary: Summary,
    /// Paths of completed recordings, in the order in which they were recorded.
    pub processed_files: Vec<String>,
    /// Time blocks of these paths.
    pub processed_time_blocks: Vec<String>,
    /// Paths of failed recordings; `null` if there are none.
    #[schema(required)]
    pub error_files: Option<Vec<String>>,
    /// Duration of the request, to a tenth of a second.
    pub execution_time_seconds: f64,
    /// The counts in a sentence.
    pub message: String,
    /// Reason for each failure.
    pub error_details: Vec<ErrorDetail>,
}

/// Report of a day without pending recordings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DayNothing {
    /// Always `success`.
    pub status: Status,
    /// The device.
    pub device_id: String,
    /// Its local day.
    pub date: String,
    /// Counts of recordings.
    pub summary: Summary,
    /// Always empty.
    pub processed_files: Vec<String>,
    /// Duration of the request, to a tenth of a second.
    pub execution_time_seconds: f64,
    /// The counts in a sentence.
    pub message: String,
}

impl DayResponse {
    /// Builds the body from the report of a run that took `took`.
    #[must_use]
    pub fn new(device: &DeviceId, date: LocalDate, report: &Report, took: Duration) -> Self {
        let (device_id, date) = (device.to_string(), date.to_string());
        let summary = Summary::from(report);
        let execution_time_seconds = tenths(took);
        if report.recordings.is_empty() {
            return Self::NothingToDo(DayNothing {
                status: Status::Success,
                device_id,
                date,
                summary,
                processed_files: Vec::new(),
                execution_time_seconds,
                message: format!(
                    "処理対象となる音声ファイルがありません（全{}件中{}件が処理済み）",
                    summary.total_files, summary.already_completed
                ),
            });
        }
        Self::Worked(DayWorked {
            status: Status::Success,
            device_id,
            date,
            summary,
            processed_files: labels(report.completed()),
            processed_time_blocks: blocks(report.completed()),
            error_files: none_if_empty(labels(report.failed().map(|(item, _)| item))),
            execution_time_seconds,
            message: format!(
                "pendingステータスの{}件中{}件を正常に処理しました",
                report.recordings.len(),
                summary.pending_processed
            ),
            error_details: error_details(report),
        })
    }
}
