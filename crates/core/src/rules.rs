//! Decisions without I/O: values in, value out.
//!
//! A new rule is a file here, a line where it is applied and a table of cases in `tests/it`.

mod attempts;
mod backoff;
mod claimable;
mod confidence;
mod cost;
mod day;
mod doubtful;
mod due;
mod finding;
mod join;
mod judge;
mod languages;
mod month;
mod outside_speech;
mod plan;
mod rejudge;
mod repeats;
mod repetition;
mod silence;
mod skip_hours;
mod slot;
mod spoken;
mod stock_phrase;
mod vocal_sound;
mod work;

pub use attempts::{AfterFailure, after_failure};
pub use backoff::Backoff;
pub use claimable::{Claimable, claimable};
pub use confidence::{UNLIKELY, is_sure, is_unlikely};
pub use cost::{Costs, RtfRanks, Tally, nearest_rank, real_time_factor};
pub use day::{DaySlot, SlotState, day_of, note_work, recorded_on};
pub use doubtful::is_doubtful;
pub use due::{Due, Period, due};
pub use finding::{Finding, finding};
pub use join::{is_joined_of, join_slot};
pub use judge::{Evidence, judge};
pub use languages::{ModelLanguages, language_code, language_name};
pub use month::{DayCount, month_of, month_window, recorded_in, waiting_objects};
pub use outside_speech::is_outside_speech;
pub use plan::{Plan, PlannedObject, plan};
pub use rejudge::{Rejudged, refiltered, rejudge};
pub use repeats::looped_rows;
pub use repetition::{is_looped, is_row_of_answers};
pub use silence::{SILENCE_RMS, is_silent_frame, level};
pub use skip_hours::SkipHours;
pub(crate) use slot::day_query;
pub use slot::{day_window, slot_of};
pub use spoken::{Spoken, note_doubt, spoken_on};
pub use stock_phrase::is_stock_phrase;
pub use vocal_sound::is_vocal_sound;
pub use work::{SlotWork, WorkPhase, phase_of};
