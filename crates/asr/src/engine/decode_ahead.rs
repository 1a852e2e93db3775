//! Decodes a recording on a thread of its own, ahead of the engine.

use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use tracing::Span;
use watchme_core::TranscribeError;

use crate::audio::{Advance, Summary, Windows};

/// Windows that wait for the engine. One is enough to keep it busy: finding the next takes far
/// less than hearing one, and each holds 1 MB.
const WINDOWS_AHEAD: usize = 1;

/// How often the engine looks whether it is to stop while it waits for a window.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What the decoding thread tells.
#[derive(Debug)]
pub(super) enum News {
    /// The recording is open, and this long by its own header.
    Opened(Option<Duration>),
    Step(Advance),
    /// All is decoded.
    End(Summary),
}

/// The decoding thread, seen from the engine.
#[derive(Debug)]
pub(super) struct Ahead<'a> {
    news: Receiver<Result<News, TranscribeError>>,
    is_abandoned: &'a AtomicBool,
}

/// Runs `hear` while the recording at `path` is decoded. Where `hear` returns, decoding ends too;
/// its thread is gone after the call, in every outcome.
pub(super) fn decode_ahead<T>(
    path: &Path,
    hear: impl FnOnce(&Ahead<'_>) -> Result<T, TranscribeError>,
) -> Result<T, TranscribeError> {
    let (sender, news) = sync_channel(WINDOWS_AHEAD);
    let is_abandoned = AtomicBool::new(false);
    let span = Span::current();
    thread::scope(|scope| {
        // Made here, so that a panic of `hear` drops it before the scope waits for the thread.
        let ahead = Ahead { news, is_abandoned: &is_abandoned };
        let decode = || span.in_scope(|| decode(path, &sender, &is_abandoned));
        let builder = thread::Builder::new().name("decode".to_owned());
        let decoding = builder.spawn_scoped(scope, decode).map_err(|error| {
            TranscribeError::Engine { reason: format!("cannot start a thread to decode: {error}") }
        })?;
        let heard = hear(&ahead);
        drop(ahead);
        match decoding.join() {
            Ok(()) => heard,
            Err(panic) => resume_unwind(panic),
        }
    })
}

impl Ahead<'_> {
    /// The next news. Fails as decoding does, and as soon as `stopped` does.
    pub(super) fn next(
        &self,
        stopped: impl Fn() -> Result<(), TranscribeError>,
    ) -> Result<News, TranscribeError> {
        loop {
            stopped()?;
            match self.news.recv_timeout(LOOK_EVERY) {
                Ok(news) => return news,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let reason = "the recording is not decoded any more".to_owned();
                    return Err(TranscribeError::Engine { reason });
                }
            }
        }
    }
}

impl Drop for Ahead<'_> {
    fn drop(&mut self) {
        self.is_abandoned.store(true, Ordering::Relaxed);
    }
}

fn decode(
    path: &Path,
    sender: &SyncSender<Result<News, TranscribeError>>,
    is_abandoned: &AtomicBool,
) {
    if let Err(error) = tell_all(path, sender, is_abandoned) {
        // The engine may not want to know any more.
        let _ = sender.send(Err(error));
    }
}

/// Returns early where nobody listens.
fn tell_all(
    path: &Path,
    sender: &SyncSender<Result<News, TranscribeError>>,
    is_abandoned: &AtomicBool,
) -> Result<(), TranscribeError> {
    let mut windows = Windows::open(path)?;
    let mut news = Some(News::Opened(windows.total()));
    while !is_abandoned.load(Ordering::Relaxed) {
        if let Some(news) = news
            && sender.send(Ok(news)).is_err()
        {
            return Ok(());
        }
        news = windows.advance()?.map(News::Step);
        if news.is_none() && windows.is_over() {
            let _ = sender.send(Ok(News::End(windows.summary())));
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
    fn the_news_come_in_order_up_to_the_end() {
        let (total, windows, summary) = decode_ahead(&recording("long-ja.wav"), |ahead| {
            let News::Opened(total) = ahead.next(|| Ok(()))? else { panic!("not opened") };
            let mut windows = 0;
            loop {
                match ahead.next(|| Ok(()))? {
                    News::Step(Advance::Window(_)) => windows += 1,
                    News::Step(Advance::Passed(_)) => {}
                    News::End(summary) => return Ok((total, windows, summary)),
                    News::Opened(_) => panic!("opened twice"),
                }
            }
        })
        .unwrap();
        assert_eq!((total, summary.audio), (Some(Duration::from_mins(1)), Duration::from_mins(1)));
        assert!(windows >= 2);
    }

    #[test]
    fn an_error_of_decoding_is_told() {
        let error =
            decode_ahead(Path::new("no-such-file"), |ahead| ahead.next(|| Ok(())).map(drop));
        assert!(matches!(error, Err(TranscribeError::Engine { .. })), "{error:?}");
    }

    /// Each call returns, which it does only when the thread has ended.
    #[test]
    fn decoding_ends_when_nobody_listens_any_more() {
        let path = recording("long-en.wav");
        decode_ahead(&path, |_| Ok(())).unwrap();
        decode_ahead(&path, |ahead| ahead.next(|| Ok(())).map(drop)).unwrap();
        let cancelled =
            decode_ahead(&path, |ahead| ahead.next(|| Err(TranscribeError::Cancelled)).map(drop));
        assert!(matches!(cancelled, Err(TranscribeError::Cancelled)));
        let panic = catch_unwind(AssertUnwindSafe(|| {
            decode_ahead(&path, |_| -> Result<(), _> { panic!("on purpose") })
        }));
        assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"on purpose"));
    }
}
