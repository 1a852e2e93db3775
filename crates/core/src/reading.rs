//! Reading back what the pipeline has saved, for those who look at a day, a month or a slot, and
//! changing it without hearing a recording again.

mod costs;
mod day;
mod explain;
mod month;
mod refilter;
mod requeue;

pub use explain::{ExplainedRecording, Explanation, Ledger};
pub use refilter::{RefilterOutcome, Refiltered, SegmentChange};
pub use requeue::{GivenUp, Requeue, Requeued};
