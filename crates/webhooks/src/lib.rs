//! Events for other services: small, signed, and repeated until they arrive or it is pointless.
//!
//! They are signed according to [Standard Webhooks](https://www.standardwebhooks.com), so that
//! receivers can verify them with a library in their own language. An event names what happened
//! and never repeats what anybody said. Delivery is best effort: events are held in memory, and
//! the database has the last word.

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
