//! JSON bodies that clients of the service read and write.
//!
//! One type for each body. The server answers with them and the command line prints them with
//! `--json`, so a script can read both in the same way. Keys are in the order that clients of the
//! original service know; new keys come after them.

mod background;
mod blocks;
mod checks;
mod costs;
mod day;
mod devices;
mod error;
mod explanation;
mod export;
mod files;
mod health_history;
mod months;
pub mod openai;
mod outcome;
mod request;
mod run_event;
mod run_report;
mod runs;
mod schedule;
mod service;
mod session;
mod slots;
pub mod subtitles;
mod webhooks;

pub use background::{
    AcceptedStatus, AsyncProcessBody, AsyncProcessRequest, ReprocessBody, ReprocessRequest,
    ReprocessSummary,
};
pub use blocks::{BlocksNothing, BlocksResponse, BlocksWorked};
pub use checks::{CheckBody, CheckVerdict, ChecksBody};
pub use costs::{CostsBody, RtfBody};
pub use day::{DayNothing, DayResponse, DayWorked};
pub use devices::{DeviceBody, DevicesBody};
pub use error::{Detail, ErrorBody, IssueContext, LocationPart, ValidationIssue};
pub use explanation::{
    ExplainedRecordingBody, ExplanationBody, FindingName, KeptBody, RemovedBody, SoundBody,
    WrittenSegmentBody,
};
pub use export::{ExportFormat, UnknownFormat, day_as_text};
pub use files::{FilesNothing, FilesResponse, FilesWorked};
pub use health_history::{HealthBucketBody, HealthHistoryBody, MemoryBody, QueueBody};
pub use months::{DayCountBody, MonthBody};
pub use outcome::{ErrorDetail, Status, Summary, WorkSummary};
pub use request::{TranscribeRequest, TranscribeResponse};
pub use run_event::RunEventBody;
pub use run_report::{
    Heard, OutcomeName, RecordingBody, RecordingError, RunReportBody, SegmentBody,
};
pub use runs::{
    CurrentRecording, RunAccepted, RunBody, RunCancelled, RunErrorBody, RunProgressBody,
    RunRequest, RunStateName, RunsBody,
};
pub use schedule::{DueFoundBody, FiringBody, FiringStateName, ScheduleBody};
pub use service::{Endpoints, HealthBody, ServiceBody};
pub use session::{SessionBody, SessionRequest};
pub use slots::{DaySlotsBody, SlotBody, SlotStateName, SlotWorkBody, WorkPhaseName};
pub use webhooks::{DeliveriesBody, DeliveryBody};
