//! Running the schedule beside the service.

use jiff::Timestamp;
use tracing::info;
use watchme_app::App;
use watchme_runner::{LeasedPipeline, Scheduler, SchedulerConfig};
use watchme_server::{Schedule, Service};

/// Returns the schedule of the settings as clients see it.
pub(crate) fn describe(app: &App) -> Option<Schedule> {
    let settings = app.settings();
    let when = settings.schedule.when.as_ref()?;
    Some(Schedule {
        when: when.to_string(),
        zone: settings.speech.zone.iana_name().map(ToOwned::to_owned),
        look_back: settings.schedule.look_back,
        skip: settings.schedule.skip.clone(),
    })
}

/// Runs the schedule of the settings until `stop`. Current work may then end within the grace period
/// of the service. Returns at once if there is no schedule.
pub(crate) async fn run(app: &App, service: &Service, stop: impl Future<Output = ()> + Send) {
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
    let pipeline = LeasedPipeline::new(app.pipeline().clone(), app.claiming(), patience);
    let scheduler = Scheduler::new(pipeline, config).heard_by(service.schedule_listener());
    let next = move |after: Timestamp| when.next_after(after, &zone);
    let grace = settings.service.shutdown_grace;
    let fired = scheduler.run(next, service.observer(), stop, grace).await;
    info!(?fired, "the schedule ends");
}
