//! Builds a pipeline from the environment. The only crate that knows every backend.

mod allocator;
mod app;
mod checks;
mod engine;
mod env_file;
mod environment;
mod folders;
mod import;
pub mod keys;
pub mod models;
mod nearby;
mod openmp;
mod owner;
mod problem;
mod queues;
mod reader;
pub mod reference;
mod schedule;
mod settings;
mod telemetry;
pub mod variables;

pub use allocator::return_freed_memory;
pub use app::{App, SetupError};
pub use checks::{Unset, doctor};
pub use engine::{Engine, UnusableModel};
pub use env_file::LineProblem;
pub use environment::{Environment, EnvironmentError};
pub use import::{ImportError, Imported};
pub use nearby::{Unknown, similar_devices};
pub use openmp::ensure_passive_waiting;
pub use problem::{Problem, SettingsError};
pub use schedule::{ParseScheduleError, Schedule};
pub use settings::{
    ClientSettings, CostSettings, LogFormat, LogSettings, S3Keys, S3Settings, ScheduleSettings,
    ServiceSettings, Settings, SourceSettings, SpanSettings, SpeechSettings, StoreSettings,
    WorkSettings, parse_language, parse_server_url,
};
pub use telemetry::{end_log, init_log};
pub use watchme_queue_sqs::QueueUrl;
pub use watchme_storage::{UploadError, Uploads};
