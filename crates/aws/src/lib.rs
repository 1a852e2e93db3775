//! Everything that clients of Amazon's services share, whichever service they ask.
//!
//! The meaning of a service's error codes is the service's own: each client keeps its table.

mod address;
mod attempts;
mod credentials;
mod failure;
mod identity;

pub use address::{AddressError, check_address, is_region};
pub use attempts::Attempts;
pub use credentials::AwsCredentials;
pub use failure::{Failure, NO_CREDENTIALS};
pub use identity::Identity;
