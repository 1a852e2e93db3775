//! Decisions without I/O: values in, value out.

mod attempts;
mod claimable;
mod cost;
mod day;
mod due;
mod finding;
mod invention;
mod join;
mod languages;
mod month;
mod outside_speech;
mod plan;
mod repetition;
mod silence;
mod skip_hours;
mod slot;
mod spoken;
mod work;

pub use attempts::{AfterFailure, after_failure};
pub use claimable::{Claimable, claimable};
pub use cost::{Costs, RtfRanks, Tally, nearest_rank, real_time_factor};
pub use day::{DaySlot, SlotState, day_of, recorded_on};
pub use due::{Due, Period, due};
pub use finding::{Finding, finding};
pub use invention::{NO_SPEECH, UNLIKELY, invention, is_stock_phrase, judged_again, refiltered};
pub use join::{is_joined_of, join_slot};
pub use languages::{knows_language, language_code, language_name};
pub use month::{DayCount, month_of, month_window, recorded_in, waiting_objects};
pub use outside_speech::is_outside_speech;
pub use plan::{Plan, PlannedObject, plan};
pub use repetition::is_looped;
pub use silence::{SILENCE_RMS, is_silent_frame, level};
pub use skip_hours::SkipHours;
pub use slot::{day_window, slot_of};
pub use spoken::{Spoken, spoken_on};
pub use work::{SlotWork, WorkPhase, note_work, phase_of};
