//! Log lines of a firing: its period and conditions, what it found, how it ended.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tracing::info;
use watchme_core::rules::Due;

use super::{Firing, SchedulerConfig};

pub(super) fn log_start(config: &SchedulerConfig, now: Timestamp) {
    let period = config.period(now);
    let (from, until) = (local(period.from, &config.zone), local(now, &config.zone));
    let zone = config.zone.iana_name().unwrap_or("the set zone");
    info!(%now, "schedule fires at {until} ({zone})");
    info!(
        period.from = %period.from,
        period.until = %period.until,
        "period: {from} to {until}"
    );
    info!(
        device = "all",
        status = "pending",
        skip_hours = %config.skip,
        "conditions: all devices, pending, recorded_at in the period, hours skipped: {}",
        config.skip
    );
}

pub(super) fn log_due(due: &Due) {
    let recordings = due.plan.objects.len();
    info!(
        pending = due.pending,
        outside_period = due.outside_period,
        in_skipped_hours = due.in_skipped_hours,
        unreadable = due.plan.unreadable.len(),
        due = recordings,
        "found {} pending: {recordings} due, {} outside the period, {} in hours to skip, {} unreadable",
        due.pending,
        due.outside_period,
        due.in_skipped_hours,
        due.plan.unreadable.len(),
    );
    if recordings > 0 {
        let (dates, devices) = (listed(due.dates()), listed(due.devices()));
        info!(dates, devices, "dates: {dates}; devices: {devices}");
    }
}

pub(super) fn log_end(firing: &Firing) {
    let completed = firing.report.completed().count();
    let (failed, left) = (firing.failed(), firing.left());
    info!(
        completed,
        failed,
        left,
        "schedule done: {completed} completed, {failed} failed, {left} left to others or later"
    );
}

/// Formats a time as clocks in `zone` show it.
fn local(instant: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(instant).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn listed<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}
