//! Connections of clients: how many are open, and how many were refused.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    /// `full` or `address`.
    reason: &'static str,
}

/// Figures of connections. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Connections {
    open: Gauge,
    refused: Family<Labels, Counter>,
}

/// An open connection, counted until it is dropped.
#[derive(Debug)]
pub(crate) struct OpenConnection(Gauge);

impl Connections {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Open connections, without those that were refused";
        registry.register("connections", help, self.open.clone());
        let help = "Connections for which there was no place: of `reason` all, or those of one address, were taken";
        registry.register("connections_refused", help, self.refused.clone());
    }

    /// Counts a connection while the result lives.
    pub(crate) fn open(&self) -> OpenConnection {
        self.open.inc();
        OpenConnection(self.open.clone())
    }

    /// Counts a connection without a place.
    pub(crate) fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&Labels { reason }).inc();
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}
