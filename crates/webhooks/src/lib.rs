//! Events told to other services: small, signed, repeated until they arrive or there is no point.
//!
//! Signed as [Standard Webhooks](https://www.standardwebhooks.com) has it, so that receivers
//! verify them with a library of their own language. An event names what happened and never says
//! what anybody said. Events are told as best as it goes: they are held in memory, and the
//! database is what counts.

mod config;
mod delivery;
mod endpoint;
mod event;
mod log;
mod queue;
mod secret;
mod sender;
mod webhooks;

pub use config::{Config, SetupError};
pub use delivery::{Delivery, DeliveryState, LastAnswer};
pub use endpoint::{Endpoint, ParseEndpointError};
pub use event::{Event, RecordingStatus, RunStatus};
pub use secret::{ParseSecretError, Secret};
pub use webhooks::Webhooks;
