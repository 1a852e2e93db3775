//! Choices that a service leaves to its owner.

use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use watchme_app::keys::ApiKeys;
use watchme_app::{CostSettings, Uploads};
use watchme_core::rules::{ModelLanguages, SkipHours};
use watchme_core::{Claiming, ModelName, TranscribeOptions};
use watchme_webhooks::Webhooks;

use super::Limits;

/// Choices that a service leaves to its owner.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Options for requests that name none; their model is the default.
    pub options: TranscribeOptions,
    /// Models that requests may name.
    pub models: Vec<ModelName>,
    /// Languages of these models, where their files tell.
    pub languages: BTreeMap<ModelName, ModelLanguages>,
    /// Folder for recordings that clients upload.
    pub uploads: Uploads,
    /// Keys that callers need; if there are none, everybody is let in.
    pub api_keys: ApiKeys,
    /// Requests per minute that each key may make; `None`: unlimited.
    pub rate_limit_per_minute: Option<NonZeroU32>,
    /// Price of the machine.
    pub costs: CostSettings,
    /// Hosts that requests may name, besides those of this machine, in lower case and without
    /// ports; `None`: any.
    pub allowed_hosts: Option<Vec<String>>,
    /// Answers CORS requests of other origins. Off if a proxy in front does that.
    pub cors: bool,
    /// Claims of recordings; `None`: nobody else works on the store.
    pub claiming: Option<Claiming>,
    /// Schedule that runs beside the service, if any.
    pub schedule: Option<Schedule>,
    /// Services that are notified when recordings and runs end.
    pub webhooks: Option<Webhooks>,
    /// Number of threads that the engine uses.
    pub threads: NonZeroUsize,
    /// Memory limit of the process from the settings; `None`: all that the machine has.
    pub memory_limit_bytes: Option<u64>,
    /// Time for which a finished text waits for an unreachable store.
    pub patience: Duration,
    /// Time a run has to end once the service shuts down.
    pub shutdown_grace: Duration,
    /// Bounds of everything that could grow or hang.
    pub limits: Limits,
}

/// A schedule, as clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Cron expression.
    pub when: String,
    /// Time zone of the expression, if it has a name.
    pub zone: Option<String>,
    /// Age of the oldest recordings that a firing takes up.
    pub look_back: Duration,
    /// Hours whose recordings are skipped.
    pub skip: SkipHours,
}

impl Settings {
    /// Returns settings for an open service: no keys, no limits but the default ones, no claims,
    /// schedule or webhooks. Change what differs with struct update syntax.
    #[must_use]
    pub fn new(options: TranscribeOptions, models: Vec<ModelName>, uploads: Uploads) -> Self {
        Self {
            options,
            models,
            languages: BTreeMap::new(),
            uploads,
            api_keys: ApiKeys::default(),
            rate_limit_per_minute: None,
            costs: CostSettings { hourly_price: None, currency: "USD".to_owned() },
            allowed_hosts: None,
            cors: true,
            claiming: None,
            schedule: None,
            webhooks: None,
            threads: NonZeroUsize::MIN,
            memory_limit_bytes: None,
            patience: Duration::ZERO,
            shutdown_grace: Duration::from_mins(1),
            limits: Limits::default(),
        }
    }

    /// True if a model knows a language.
    pub(crate) fn knows_language(&self, model: &ModelName, code: &str) -> bool {
        let languages = self.languages.get(model).copied();
        languages.unwrap_or_else(|| ModelLanguages::named(model)).include(code)
    }
}
