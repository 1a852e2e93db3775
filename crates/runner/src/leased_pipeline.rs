//! A pipeline that claims what it works on, with leases that last as long as the work.

use std::sync::Arc;
use std::time::Duration;

use watchme_core::{Claiming, Pipeline};

use crate::leases::KeptLeases;

/// A pipeline whose claims are renewed while it works. Cheap to clone; clones share their claims.
///
/// Claims that are still held when the work ends are given back by [`Self::release`]. Dropping the
/// last clone inside a runtime gives them back too, in the background.
#[derive(Debug, Clone)]
pub struct LeasedPipeline {
    pipeline: Pipeline,
    claiming: Claiming,
    leases: KeptLeases,
}

impl LeasedPipeline {
    /// Lets `pipeline` claim as `claiming` says. While the store cannot be reached, a finished text
    /// is offered to it again for up to `patience`.
    #[must_use]
    pub fn new(pipeline: Pipeline, claiming: Claiming, patience: Duration) -> Self {
        let leases = KeptLeases::new(claiming.store, patience);
        let claiming = Claiming { store: Arc::new(leases.clone()), ..claiming };
        Self { pipeline: pipeline.claiming(claiming.clone()), claiming, leases }
    }

    /// The pipeline that claims.
    #[must_use]
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// The owner, store and lease of its claims. A claim made through this store is renewed as well.
    #[must_use]
    pub fn claiming(&self) -> &Claiming {
        &self.claiming
    }

    /// Gives back whatever is still claimed, so that others need not wait for the leases to run
    /// out.
    pub async fn release(&self) {
        self.leases.release_all().await;
    }
}
