//! The schedule beside the service.

use std::sync::Arc;

use jiff::Timestamp;
use tracing::info;
use watchme_app::App;
use watchme_core::Observer;
use watchme_runner::{Scheduler, SchedulerConfig};

/// Keeps the schedule of the settings until `stop`, and ends at once where there is none. What
/// is under way then may end within the grace of the service.
pub(crate) async fn keep(
    app: &App,
    observer: Arc<dyn Observer>,
    stop: impl Future<Output = ()> + Send,
) {
    let settings = app.settings();
    let Some(when) = settings.schedule.when.clone() else { return };
    let zone = settings.speech.zone.clone();
    let config = SchedulerConfig {
        look_back: settings.schedule.look_back,
        skip: settings.schedule.skip.clone(),
        zone: zone.clone(),
        options: app.options().clone(),
    };
    let patience = settings.work.patience;
    let scheduler = Scheduler::new(app.pipeline().clone(), app.claiming(), patience, config);
    let next = move |after: Timestamp| when.next_after(after, &zone);
    let grace = settings.service.shutdown_grace;
    let fired = scheduler.run(next, observer, stop, grace).await;
    info!(?fired, "the schedule ends");
}
