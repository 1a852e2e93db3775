//! Recordings become pending again because somebody asks for it.
//!
//! No crash loses a pending row: whoever looks for work finds it.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::domain::{
    ClaimQuery, DeviceId, LocalDate, ObjectKey, Recording, RecordingId, RecordingQuery,
    RecordingRow, RecordingStatus,
};
use crate::pipeline::Pipeline;
use crate::ports::{ClaimError, ClaimStore};
use crate::rules::slot_of;

/// Makes recordings pending again. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Requeue {
    pipeline: Pipeline,
    claims: Option<Arc<dyn ClaimStore>>,
}

/// Choice among the recordings that were given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// Device to choose; `None` for all.
    pub device: Option<DeviceId>,
    /// Local day to choose; `None` for all.
    pub date: Option<LocalDate>,
    /// Largest number of objects; those that were recorded first are taken.
    pub limit: NonZeroUsize,
}

/// Recordings that are pending again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requeued {
    /// Objects, in the order of their recording.
    pub objects: Vec<ObjectKey>,
    /// Number of objects beyond the limit, which stay given up.
    pub left: usize,
}

impl Requeue {
    /// Makes a `Requeue` over the store of `pipeline`, and its claims where it keeps some.
    #[must_use]
    pub fn new(pipeline: Pipeline, claims: Option<Arc<dyn ClaimStore>>) -> Self {
        Self { pipeline, claims }
    }

    /// Makes the rows pending that name `key`, or if there are none the row `id`, whatever their
    /// status is. When this returns `Ok`, that is durable. Returns the object to transcribe, or
    /// `None` if there is no such row.
    pub async fn recording(
        &self,
        key: &ObjectKey,
        id: &RecordingId,
    ) -> Result<Option<ObjectKey>, ClaimError> {
        let mut rows = self.rows(&RecordingQuery::Objects([key.clone()].into())).await?;
        if rows.is_empty() {
            let (from, until) = id.recorded_at.window();
            let device = id.device.clone();
            rows = self.rows(&RecordingQuery::Window { device, from, until }).await?;
        }
        let Some(key) = rows.first().map(|row| row.object_key.clone()) else { return Ok(None) };
        self.put_back(std::slice::from_ref(&key), &rows).await?;
        Ok(Some(key))
    }

    /// Makes recordings pending that are quarantined or whose status is `failed`. Rows that are
    /// completed stay so.
    pub async fn given_up(&self, which: &GivenUp) -> Result<Requeued, ClaimError> {
        let mut rows = self.rows(&RecordingQuery::Failed).await?;
        let quarantined = self.quarantined().await?;
        rows.extend(self.rows(&RecordingQuery::Objects(quarantined)).await?);
        rows.retain(|row| row.status != RecordingStatus::Completed && self.is_of(which, row));
        rows.sort_by(|a, b| a.id.recorded_at.cmp(&b.id.recorded_at));
        let mut objects: Vec<ObjectKey> = Vec::new();
        for row in &rows {
            if !objects.contains(&row.object_key) {
                objects.push(row.object_key.clone());
            }
        }
        let left = objects.len().saturating_sub(which.limit.get());
        objects.truncate(which.limit.get());
        rows.retain(|row| objects.contains(&row.object_key));
        self.put_back(&objects, &rows).await?;
        Ok(Requeued { objects, left })
    }

    /// Releases the objects from quarantine, and then makes `rows` pending: once a worker sees the
    /// rows, the attempts are counted from the beginning.
    async fn put_back(&self, objects: &[ObjectKey], rows: &[Recording]) -> Result<(), ClaimError> {
        if let Some(claims) = &self.claims
            && !objects.is_empty()
        {
            unless_absent(claims.release_quarantined(objects).await)?;
        }
        for row in rows.iter().filter(|row| row.status != RecordingStatus::Pending) {
            self.pipeline.ports().store.mark(&row.id, &RecordingStatus::Pending).await?;
        }
        Ok(())
    }

    async fn quarantined(&self) -> Result<BTreeSet<ObjectKey>, ClaimError> {
        let Some(claims) = &self.claims else { return Ok(BTreeSet::new()) };
        let records = unless_absent(claims.claims(&ClaimQuery::Quarantined).await)?;
        Ok(records.into_iter().map(|record| record.object_key).collect())
    }

    /// Returns the rows that can be worked on.
    async fn rows(&self, query: &RecordingQuery) -> Result<Vec<Recording>, ClaimError> {
        let rows = self.pipeline.ports().store.recordings(query).await?;
        let readable = rows.into_iter().filter_map(|row| match row {
            RecordingRow::Readable(recording) => Some(recording),
            RecordingRow::Unreadable(_) => None,
        });
        Ok(readable.collect())
    }

    fn is_of(&self, which: &GivenUp, row: &Recording) -> bool {
        let is_of_device = which.device.as_ref().is_none_or(|device| row.id.device == *device);
        let is_of_date = |date| slot_of(row, &self.pipeline.policy().zone).date == date;
        is_of_device && which.date.is_none_or(is_of_date)
    }
}

/// Treats a database without claims as one with nothing in quarantine.
fn unless_absent<T: Default>(answer: Result<T, ClaimError>) -> Result<T, ClaimError> {
    match answer {
        Err(ClaimError::NotInstalled { .. }) => Ok(T::default()),
        answer => answer,
    }
}
