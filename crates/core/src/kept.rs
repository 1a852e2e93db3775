//! What a transcriber keeps of its work until the text is saved.

use std::fmt;
use std::future::Future;

use futures_util::future::BoxFuture;

/// What a transcriber has written down of a recording that it has transcribed, so that a crash
/// before the text is saved does not cost the work.
///
/// Dropped, it stays where it is, and makes the next transcription of the same recording short.
pub struct Kept(BoxFuture<'static, ()>);

impl Kept {
    /// What `forget` deletes, which is done only when it is polled.
    pub fn new(forget: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Box::pin(forget))
    }

    /// Deletes it: the text is saved, or nobody will ask for it again.
    pub async fn forget(self) {
        self.0.await;
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}
