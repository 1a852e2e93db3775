//! The promises of the ports, each a public function, and macros that make a named test of each.
//!
//! # Example
//!
//! The tests of a new store are a function that lays out rows in it, and one line.
//! [`FakeStore`](crate::FakeStore) stands for the new one.
//!
//! ```
//! use watchme_testkit::contract::store::{self, StoreUnderTest};
//! use watchme_testkit::{FakeStore, RecordingSeed};
//!
//! async fn new_store(rows: Vec<RecordingSeed>) -> StoreUnderTest {
//!     let guard = (); // A temporary folder or a server that the store needs to live.
//!     StoreUnderTest::new(FakeStore::new(rows), guard)
//! }
//!
//! // Makes a `#[tokio::test]` of each promise.
//! watchme_testkit::store_contract!(new_store);
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! // Each promise is also a function.
//! store::texts_come_exactly(new_store).await;
//! # }
//! ```

pub mod claims;
pub mod ledger;
pub mod queue;
pub mod source;
pub mod store;
pub mod transcriber;
