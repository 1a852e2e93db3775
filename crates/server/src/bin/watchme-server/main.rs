//! The process of the service: reads settings, serves, and ends in an orderly way.

mod arguments;
mod open_files;
mod schedule;

use std::error::Error;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Duration;

use arguments::Command;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing::{error, info, warn};
use watchme_app::{App, Environment, Settings};
use watchme_core::{BoxError, ErrorChain, ModelName};
use watchme_server::{Service, serve};
use watchme_webhooks::Webhooks;

/// Exit code for a wrong environment or command line.
const USAGE: u8 = 2;

/// Time for which work that cannot be cancelled may delay the end of the process.
const LAST_WORK: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1);
    match Command::parse(arguments.map(|argument| argument.to_string_lossy().into_owned())) {
        Ok(Command::Serve) => run(),
        Ok(Command::Print(text)) => print(io::stdout(), &text, ExitCode::SUCCESS),
        Err(text) => print(io::stderr(), &text, ExitCode::from(USAGE)),
    }
}

fn run() -> ExitCode {
    watchme_app::return_freed_memory();
    let settings = match read_settings() {
        Ok(settings) => settings,
        Err(error) => return refuse(&*error, "`watchme doctor` looks at each setting"),
    };
    // Before anything else: it may restart the process.
    let waiting = watchme_app::ensure_passive_waiting(&settings.speech);
    watchme_app::init_log(&settings.log, io::stderr);
    if let Err(error) = waiting {
        warn!(%error, "compute threads spin while they wait; set `OMP_WAIT_POLICY=passive`");
    }
    match open_files::make_room() {
        Ok(room) if open_files::is_tight(room) => {
            warn!(
                room,
                "few files may be open at once; set `LimitNOFILE=4096` or `ulimit -n 4096`"
            );
        }
        Ok(_) => {}
        Err(error) => warn!(%error, "the limit of open files cannot be read"),
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&error, "the limit of threads or open files may be too low"),
    };
    let code = runtime.block_on(start(settings));
    runtime.shutdown_timeout(LAST_WORK);
    watchme_app::end_log();
    code
}

fn read_settings() -> Result<Settings, BoxError> {
    let environment = Environment::read(None)?;
    let settings = Settings::parse(&environment)?;
    settings.service.check_exposure()?;
    Ok(settings)
}

/// Sets everything up and serves until a signal.
async fn start(settings: Settings) -> ExitCode {
    log_settings(&settings);
    let bind = settings.service.bind;
    let app = match App::build(settings).await {
        Ok(app) => app,
        Err(error) => return refuse(&error, "`watchme doctor` says what is wrong with it"),
    };
    log_models(&app);
    let service = match build_service(&app).await {
        Ok(service) => service,
        Err(error) => {
            return refuse(&error, "receivers of webhooks need the system's certificates");
        }
    };
    let listener = match watchme_server::bind(bind) {
        Ok(listener) => listener,
        Err(error) => {
            let hint = format!("`{bind}` cannot be listened on; set `WATCHME_BIND` to another");
            return refuse(&error, &hint);
        }
    };
    let (first, second) = match watchme_runner::stop_signals() {
        Ok(signals) => signals,
        Err(error) => return refuse(&error, "signals cannot be received"),
    };
    let served = tokio::select! {
        served = serve_and_schedule(listener, &app, service, first) => served,
        () = second => {
            warn!("stopped at once by a second signal");
            return ExitCode::SUCCESS;
        }
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!(error = %ErrorChain(&error), "the service broke off");
            ExitCode::FAILURE
        }
    }
}

/// Serves and runs the schedule beside it. Both end at `shutdown`, within the grace period.
async fn serve_and_schedule(
    listener: TcpListener,
    app: &App,
    service: Service,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let (stop, mut stopped) = watch::channel(false);
    let shutdown = async {
        shutdown.await;
        stop.send_replace(true);
    };
    let serving = async {
        let served = serve(listener, service.clone(), shutdown).await;
        // It may have failed without a shutdown.
        stop.send_replace(true);
        served
    };
    let scheduling = schedule::run(app, &service, async move {
        let _ = stopped.wait_for(|is_stopped| *is_stopped).await;
    });
    let (served, ()) = tokio::join!(serving, scheduling);
    service.drain_webhooks().await;
    served
}

async fn build_service(app: &App) -> Result<Service, watchme_webhooks::SetupError> {
    let settings = app.settings();
    let webhooks = settings.service.webhooks.clone().map(Webhooks::start).transpose()?;
    let models = app.models().cloned().collect();
    let languages = app.models().map(|model| (model.clone(), app.engine().languages(model)));
    let settings = watchme_server::Settings {
        languages: languages.collect(),
        api_keys: settings.service.api_keys.clone(),
        rate_limit_per_minute: settings.service.rate_limit_per_minute,
        costs: settings.costs.clone(),
        allowed_hosts: settings.service.restricted_hosts().map(<[String]>::to_vec),
        cors: settings.service.cors,
        claiming: Some(app.claiming()),
        schedule: schedule::describe(app),
        webhooks,
        threads: engine_threads(settings),
        memory_limit_bytes: settings.speech.memory_limit_bytes,
        patience: settings.work.patience,
        shutdown_grace: settings.service.shutdown_grace,
        ..watchme_server::Settings::new(app.options().clone(), models, app.uploads().await)
    };
    Ok(Service::new(app.pipeline().clone(), settings))
}

/// Returns the number of threads that the engine uses.
fn engine_threads(settings: &Settings) -> NonZeroUsize {
    let of_machine = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    settings.speech.threads.unwrap_or_else(of_machine)
}

/// Logs what the original printed when it started.
fn log_settings(settings: &Settings) {
    for problem in &settings.warnings {
        warn!("{problem}");
    }
    if let Some(schedule) = &settings.schedule.when {
        let zone = settings.speech.zone.iana_name().unwrap_or_default();
        info!(%schedule, zone, "schedule: `{schedule}` by the clock of {zone}");
    }
    let keys = settings.service.api_keys.names().count();
    info!(keys, "callers: {}", if keys == 0 { "anybody" } else { "those with a key" });
    for endpoint in settings.service.webhooks.iter().flat_map(|config| &config.endpoints) {
        info!(webhook.host = endpoint.host(), "webhooks: one receiver");
    }
    for line in settings.describe() {
        info!("{line}");
    }
}

/// Logs the models that requests may name.
fn log_models(app: &App) {
    let models: Vec<&str> = app.models().map(ModelName::as_str).collect();
    let options = app.options();
    info!(
        models = models.join(","),
        language = %options.language,
        "speech: {} by default",
        options.model
    );
}

/// Prints why the service does not start, and what to do.
fn refuse(error: &(dyn Error + 'static), hint: &str) -> ExitCode {
    let text = format!("error: {}\nhint: {hint}\n", ErrorChain(error));
    print(io::stderr(), &text, ExitCode::from(USAGE))
}

fn print(mut to: impl Write, text: &str, code: ExitCode) -> ExitCode {
    // A closed stream has no reader.
    let _ = to.write_all(text.as_bytes());
    code
}
