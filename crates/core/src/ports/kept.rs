//! Work that a transcriber keeps until the text is saved.

use std::fmt;
use std::future::Future;

use futures_util::future::BoxFuture;

/// Notes that a transcriber has written down of a finished recording, so that a crash before the
/// text is saved does not cost the work.
///
/// Dropping it keeps the notes, which make the next transcription of the same recording short.
pub struct Kept(BoxFuture<'static, ()>);

impl Kept {
    /// Wraps the future that deletes the notes. It is polled only if they are to be forgotten.
    pub fn new(forget: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Box::pin(forget))
    }

    /// Deletes the notes: the text is saved, or nobody will ask for it again.
    pub async fn forget(self) {
        self.0.await;
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}
