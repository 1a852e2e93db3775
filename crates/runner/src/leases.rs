//! Leases that are renewed for as long as the work goes on.

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

/// A lease is renewed this many times while it lasts: two renewals may fail, and it still holds.
const RENEWALS_PER_LEASE: u32 = 3;

/// The first and the longest wait between two attempts to save a text that the store cannot take.
const SAVING_WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(15));

/// How long one claim may take to be given back.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(5);

/// A store of claims whose leases hold until they are ended, however long the work takes, and
/// which outlasts a store that is away for a while: a text that took minutes to hear is not
/// dropped because of it. Cheap to clone; clones share their claims.
///
/// What is still held when the last clone goes is given back.
#[derive(Debug, Clone)]
pub struct KeptLeases(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Arc<dyn ClaimStore>,
    patience: Duration,
    /// A plain lock: it is never held across an await.
    held: Mutex<HashMap<Ticket, AbortHandle>>,
}

impl KeptLeases {
    /// Over `store`. A text is offered to it for `patience` while it cannot be reached.
    #[must_use]
    pub fn new(store: Arc<dyn ClaimStore>, patience: Duration) -> Self {
        Self(Arc::new(Inner { store, patience, held: Mutex::default() }))
    }

    /// Gives back what is held, so that others need not wait for the leases to run out.
    pub async fn release_all(&self) {
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
                    // Whoever works on it learns it from the store, when it is done.
                    Err(ClaimError::Lost) => {
                        return warn!(recording.key = %ticket.object_key, "claim lost");
                    }
                    Err(error) => {
                        debug!(reason = %ErrorChain(&error), "a lease could not be renewed");
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
                // The claim goes on.
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
                debug!(reason = %ErrorChain(&error), "a claim could not be given back; it runs out");
            }
            Err(elapsed) => {
                debug!(reason = %elapsed, "a claim could not be given back; it runs out");
            }
        }
    }
}
