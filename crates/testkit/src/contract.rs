//! The promises of the ports, each a public function, and macros that make a named test of each.

pub mod claims;
pub mod ledger;
pub mod queue;
pub mod source;
pub mod store;
pub mod transcriber;
