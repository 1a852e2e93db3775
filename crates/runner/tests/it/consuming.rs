//! What becomes of messages. Time is paused: it passes when nobody has anything to do.

mod draining;
mod faults;
mod messages;
mod renewing;
mod world;
