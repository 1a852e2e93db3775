//! Decodes the audio of a recording on a thread of its own, ahead of the model.

use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use tracing::Span;
use watchme_core::TranscribeError;

use crate::audio::{Advance, Summary, Windows};

/// Windows that wait for the model. One is enough to keep it busy, because finding the next takes
/// far less time than decoding one; each holds 1 MB.
const WINDOWS_AHEAD: usize = 1;

/// Interval at which a waiting engine checks if it has to stop.
const STOP_CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// Event of the decoding thread.
#[derive(Debug)]
pub(super) enum AudioEvent {
    /// The recording is open. Holds its length according to its header.
    Opened(Option<Duration>),
    Advance(Advance),
    /// Everything is decoded.
    End(Summary),
}

/// Events of the decoding thread, which ends once this is dropped.
#[derive(Debug)]
pub(super) struct AudioEvents<'a> {
    receiver: Receiver<Result<AudioEvent, TranscribeError>>,
    is_abandoned: &'a AtomicBool,
}

/// Runs `consume` while the recording at `path` is decoded. Decoding ends when `consume` returns;
/// its thread has ended when this function returns, whatever the outcome.
pub(super) fn decode_ahead<T>(
    path: &Path,
    consume: impl FnOnce(&AudioEvents<'_>) -> Result<T, TranscribeError>,
) -> Result<T, TranscribeError> {
    let (sender, receiver) = sync_channel(WINDOWS_AHEAD);
    let is_abandoned = AtomicBool::new(false);
    let span = Span::current();
    thread::scope(|scope| {
        // Created in the scope, so that a panic of `consume` drops it before the scope waits for the
        // thread.
        let events = AudioEvents { receiver, is_abandoned: &is_abandoned };
        let decode = || span.in_scope(|| decode(path, &sender, &is_abandoned));
        let builder = thread::Builder::new().name("decode".to_owned());
        let decoding = builder.spawn_scoped(scope, decode).map_err(|error| {
            TranscribeError::Engine { reason: format!("cannot start a thread to decode: {error}") }
        })?;
        let result = consume(&events);
        drop(events);
        match decoding.join() {
            Ok(()) => result,
            Err(panic) => resume_unwind(panic),
        }
    })
}

impl AudioEvents<'_> {
    /// Waits for the next event. Fails as decoding does, and as soon as `check_stop` does.
    pub(super) fn next(
        &self,
        check_stop: impl Fn() -> Result<(), TranscribeError>,
    ) -> Result<AudioEvent, TranscribeError> {
        loop {
            check_stop()?;
            match self.receiver.recv_timeout(STOP_CHECK_INTERVAL) {
                Ok(event) => return event,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let reason = "the recording is not decoded any more".to_owned();
                    return Err(TranscribeError::Engine { reason });
                }
            }
        }
    }
}

impl Drop for AudioEvents<'_> {
    fn drop(&mut self) {
        self.is_abandoned.store(true, Ordering::Relaxed);
    }
}

fn decode(
    path: &Path,
    sender: &SyncSender<Result<AudioEvent, TranscribeError>>,
    is_abandoned: &AtomicBool,
) {
    if let Err(error) = send_events(path, sender, is_abandoned) {
        // The engine may have stopped receiving.
        let _ = sender.send(Err(error));
    }
}

/// Decodes the recording and sends all events. Returns early once nobody receives them.
fn send_events(
    path: &Path,
    sender: &SyncSender<Result<AudioEvent, TranscribeError>>,
    is_abandoned: &AtomicBool,
) -> Result<(), TranscribeError> {
    let mut windows = Windows::open(path)?;
    let mut event = Some(AudioEvent::Opened(windows.total()));
    while !is_abandoned.load(Ordering::Relaxed) {
        if let Some(event) = event
            && sender.send(Ok(event)).is_err()
        {
            return Ok(());
        }
        event = windows.advance()?.map(AudioEvent::Advance);
        if event.is_none() && windows.is_over() {
            let _ = sender.send(Ok(AudioEvent::End(windows.summary())));
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::path::PathBuf;

    use super::*;

    fn recording(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/recordings").join(name)
    }

    #[test]
    fn events_come_in_order_up_to_the_end() {
        let (total, windows, summary) = decode_ahead(&recording("long-ja.wav"), |events| {
            let AudioEvent::Opened(total) = events.next(|| Ok(()))? else { panic!("not opened") };
            let mut windows = 0;
            loop {
                match events.next(|| Ok(()))? {
                    AudioEvent::Advance(Advance::Window(_)) => windows += 1,
                    AudioEvent::Advance(Advance::Passed(_)) => {}
                    AudioEvent::End(summary) => return Ok((total, windows, summary)),
                    AudioEvent::Opened(_) => panic!("opened twice"),
                }
            }
        })
        .unwrap();
        assert_eq!((total, summary.audio), (Some(Duration::from_mins(1)), Duration::from_mins(1)));
        assert!(windows >= 2);
    }

    #[test]
    fn an_error_of_decoding_is_passed_on() {
        let error =
            decode_ahead(Path::new("no-such-file"), |events| events.next(|| Ok(())).map(drop));
        assert!(matches!(error, Err(TranscribeError::Engine { .. })), "{error:?}");
    }

    /// Each call returns, which it does only once the thread has ended.
    #[test]
    fn decoding_ends_when_nobody_receives_any_more() {
        let path = recording("long-en.wav");
        decode_ahead(&path, |_| Ok(())).unwrap();
        decode_ahead(&path, |events| events.next(|| Ok(())).map(drop)).unwrap();
        let cancelled =
            decode_ahead(&path, |events| events.next(|| Err(TranscribeError::Cancelled)).map(drop));
        assert!(matches!(cancelled, Err(TranscribeError::Cancelled)));
        let panic = catch_unwind(AssertUnwindSafe(|| {
            decode_ahead(&path, |_| -> Result<(), _> { panic!("on purpose") })
        }));
        assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"on purpose"));
    }
}
