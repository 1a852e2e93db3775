//! Keeps leases alive while the work continues.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, warn};
use watchme_core::{
    Claim, ClaimError, ClaimQuery, ClaimRecord, ClaimRequest, ClaimStore, Completion,
    DeviceSummary, ErrorChain, FailedAttempt, NextStep, ObjectKey, StoreError, Ticket,
};

/// Renewals within the length of a lease: two may fail, and the lease still holds.
const RENEWALS_PER_LEASE: u32 = 3;

/// The first and the longest wait between two attempts to save a text while the store is away.
const SAVING_WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(15));

/// Time limit for giving back one claim.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(5);

/// Claim store that renews each lease until the claim is ended, however long the work takes. It also
/// retries while the underlying store is away: a text that took minutes to transcribe is not
/// dropped because of an outage. Cheap to clone; clones share their claims.
///
/// Claims that are still held are given back when the last clone is dropped.
#[derive(Debug, Clone)]
pub(crate) struct KeptLeases(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Arc<dyn ClaimStore>,
    patience: Duration,
    /// A std mutex: it is never held across an await.
    held: Mutex<HashMap<Ticket, AbortHandle>>,
}

impl KeptLeases {
    /// Wraps `store`. While it cannot be reached, a text is offered again for up to `patience`.
    pub(crate) fn new(store: Arc<dyn ClaimStore>, patience: Duration) -> Self {
        Self(Arc::new(Inner { store, patience, held: Mutex::default() }))
    }

    /// Gives back all held claims.
    pub(crate) async fn release_all(&self) {
        let held: Vec<_> = self.0.held().drain().collect();
        release(self.0.store.clone(), held).await;
    }

    fn keep(&self, claim: &Claim, lease: Duration) {
        let (store, ticket) = (self.0.store.clone(), claim.ticket.clone());
        let keeper = tokio::spawn(async move {
            loop {
                sleep(lease / RENEWALS_PER_LEASE).await;
                match store.renew(&ticket, lease).await {
                    Ok(()) => {}
                    // The pipeline learns of it from the store when it saves the text.
                    Err(ClaimError::Lost) => {
                        return warn!(recording.key = %ticket.object_key, "claim lost");
                    }
                    Err(error) => {
                        debug!(reason = %ErrorChain(&error), "could not renew the lease");
                    }
                }
            }
        });
        self.0.held().insert(claim.ticket.clone(), keeper.abort_handle());
    }

    fn stop_keeping(&self, ticket: &Ticket) {
        if let Some(keeper) = self.0.held().remove(ticket) {
            keeper.abort();
        }
    }
}

#[async_trait]
impl ClaimStore for KeptLeases {
    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claim>, ClaimError> {
        let claims = self.0.store.claim(request).await?;
        for claim in &claims {
            self.keep(claim, request.lease);
        }
        Ok(claims)
    }

    async fn renew(&self, ticket: &Ticket, lease: Duration) -> Result<(), ClaimError> {
        self.0.store.renew(ticket, lease).await
    }

    async fn start(&self, ticket: &Ticket, lease: Duration) -> Result<(), ClaimError> {
        self.0.store.start(ticket, lease).await
    }

    async fn complete(&self, ticket: &Ticket, completion: &Completion) -> Result<(), ClaimError> {
        let give_up = Instant::now() + self.0.patience;
        let (mut wait, longest) = SAVING_WAITS;
        loop {
            match self.0.store.complete(ticket, completion).await {
                // The claim is still held.
                Err(ClaimError::TextChanged) => return Err(ClaimError::TextChanged),
                Err(ClaimError::Store(StoreError::Unavailable { .. }))
                    if Instant::now() + wait <= give_up =>
                {
                    warn!(recording.key = %ticket.object_key, "the store is away; the text waits");
                    sleep(wait).await;
                    wait = (wait * 2).min(longest);
                }
                ended => {
                    self.stop_keeping(ticket);
                    return ended;
                }
            }
        }
    }

    async fn fail(&self, ticket: &Ticket, attempt: &FailedAttempt) -> Result<NextStep, ClaimError> {
        self.stop_keeping(ticket);
        self.0.store.fail(ticket, attempt).await
    }

    async fn release(&self, ticket: &Ticket) -> Result<(), ClaimError> {
        self.stop_keeping(ticket);
        self.0.store.release(ticket).await
    }

    async fn claims(&self, query: &ClaimQuery) -> Result<Vec<ClaimRecord>, ClaimError> {
        self.0.store.claims(query).await
    }

    async fn release_quarantined(&self, keys: &[ObjectKey]) -> Result<usize, ClaimError> {
        self.0.store.release_quarantined(keys).await
    }

    async fn devices(&self) -> Result<Vec<DeviceSummary>, ClaimError> {
        self.0.store.devices().await
    }
}

impl Inner {
    fn held(&self) -> MutexGuard<'_, HashMap<Ticket, AbortHandle>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let held: Vec<_> = self.held().drain().collect();
        if let Ok(runtime) = Handle::try_current()
            && !held.is_empty()
        {
            runtime.spawn(release(self.store.clone(), held));
        }
    }
}

async fn release(store: Arc<dyn ClaimStore>, held: Vec<(Ticket, AbortHandle)>) {
    for (ticket, keeper) in held {
        keeper.abort();
        match timeout(RELEASE_TIMEOUT, store.release(&ticket)).await {
            Ok(Ok(()) | Err(ClaimError::Lost)) => {}
            Ok(Err(error)) => {
                debug!(reason = %ErrorChain(&error), "could not release the claim; its lease will expire");
            }
            Err(elapsed) => {
                debug!(reason = %elapsed, "could not release the claim; its lease will expire");
            }
        }
    }
}
