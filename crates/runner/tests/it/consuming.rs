//! Consuming a queue. Time is paused: it advances when every task waits.

mod draining;
mod faults;
mod messages;
mod renewing;
mod world;
