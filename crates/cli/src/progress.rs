//! Progress bars on a terminal.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use watchme_core::{Event, Observer, Progress};

use crate::output::Output;

/// Bars for a run and its current recording. Draws nothing without a terminal.
pub(crate) fn of_run(output: &Output) -> Arc<dyn Observer> {
    match output.bars() {
        Some(bars) => Arc::new(RunBars {
            run: bars.add(new_bar("{bar:30} {pos}/{len} recordings  {elapsed} {msg}")),
            recording: bars.add(new_bar("{bar:30} {msg}")),
        }),
        None => Arc::new(()),
    }
}

/// Bar for one file. Draws nothing without a terminal.
pub(crate) fn of_file(output: &Output, name: &str) -> Arc<dyn Progress> {
    match output.bars() {
        Some(bars) => {
            let bar = bars.add(new_bar("{bar:30} {msg}"));
            bar.set_message(name.to_owned());
            Arc::new(FileBar(bar))
        }
        None => Arc::new(()),
    }
}

/// Bar for a download. Draws nothing without a terminal.
pub(crate) fn of_download(output: &Output, name: &str) -> ProgressBar {
    match output.bars() {
        Some(bars) => {
            let bar = new_bar("{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}, {eta} left  {msg}");
            let bar = bars.add(bar);
            bar.set_message(name.to_owned());
            bar
        }
        None => ProgressBar::hidden(),
    }
}

struct RunBars {
    run: ProgressBar,
    recording: ProgressBar,
}

impl Observer for RunBars {
    fn observe(&self, event: Event<'_>) {
        match event {
            Event::Planned { objects } => self.run.set_length(count(objects)),
            Event::Progress { key, done, total } => {
                show(&self.recording, done, total);
                self.recording.set_message(key.to_string());
            }
            // Counted per row, while the length is in objects: with several rows for an object the bar
            // fills early.
            Event::Finished { .. } => self.run.inc(1),
            _ => {}
        }
    }
}

impl Drop for RunBars {
    fn drop(&mut self) {
        self.recording.finish_and_clear();
        self.run.finish_and_clear();
    }
}

struct FileBar(ProgressBar);

impl Progress for FileBar {
    fn advanced(&self, done: Duration, total: Option<Duration>) {
        show(&self.0, done, total);
    }
}

impl Drop for FileBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn show(bar: &ProgressBar, done: Duration, total: Option<Duration>) {
    if let Some(total) = total {
        bar.set_length(milliseconds(total));
    }
    bar.set_position(milliseconds(done));
}

fn new_bar(template: &str) -> ProgressBar {
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::no_length().with_style(style)
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
