//! Checks of `watchme doctor` and `/ready`.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use url::Url;
use watchme_core::{Check, ErrorChain, Ports, QueueError};

use crate::app::App;
use crate::environment::{Environment, EnvironmentError};
use crate::problem::Problem;
use crate::queues;
use crate::settings::Settings;
use crate::variables::{self, Fallback, Shown, Variable};

/// Choice whether [`doctor`] lists settings that are not set, with their defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unset {
    /// They are listed.
    Listed,
    /// They are left out.
    LeftOut,
}

/// Runs all checks of `watchme doctor`: each setting, without secrets, and if the settings are
/// valid, store, source, models, memory, spool folder, time zone and queues. Settings that are not
/// set are left out unless `unset` asks for them.
pub async fn doctor(
    environment: Result<Environment, EnvironmentError>,
    unset: Unset,
) -> Vec<Check> {
    let environment = match environment {
        Ok(environment) => environment,
        Err(error) => {
            let finding = ErrorChain(&error).to_string();
            return vec![Check::fail("settings", finding, "correct the file or the variable")];
        }
    };
    let is_listed =
        |variable: &&Variable| unset == Unset::Listed || environment.get(variable).is_some();
    let listed = variables::all().filter(is_listed);
    let mut checks: Vec<Check> = listed.map(|variable| setting(variable, &environment)).collect();
    let settings = match Settings::parse(&environment) {
        Ok(settings) => settings,
        Err(error) => {
            for problem in error.problems() {
                // The problem replaces the check that shows the value.
                checks.retain(|check| check.subject != problem.name);
                checks.push(failed(problem));
            }
            return checks;
        }
    };
    // Only a warning: a machine that runs no service is not affected.
    let exposure = settings.service.exposure();
    checks.retain(|check| exposure.iter().all(|problem| check.subject != problem.name));
    let warnings = settings.warnings.iter().chain(&exposure);
    checks.extend(warnings.map(|w| Check::warn(&w.name, &w.finding, &w.mend)));
    match App::build(settings).await {
        Ok(app) => checks.extend(app.checks().await),
        Err(error) => {
            let mend = "correct this, then run `watchme doctor` again";
            checks.push(Check::fail("setup", ErrorChain(&error).to_string(), mend));
        }
    }
    checks
}

/// Checks the surroundings, without the settings themselves.
pub(crate) async fn surroundings(settings: &Settings, ports: &Ports) -> Vec<Check> {
    let mut checks = ports.store.check().await;
    checks.extend(ports.source.check().await);
    checks.extend(ports.transcriber.check().await);
    checks.push(spool(settings.spool_dir.clone()).await);
    let now = settings.speech.zone.to_datetime(Timestamp::now());
    let name = settings.speech.zone.iana_name().unwrap_or("UTC");
    checks.push(Check::pass("time zone", format!("{name}, now {}", now.strftime("%F %H:%M"))));
    checks
}

/// Checks the queues, if there are any.
pub(crate) async fn queues(settings: &Settings) -> Vec<Check> {
    let work = &settings.work;
    let mut checks = Vec::new();
    if let Some(url) = work.queue.clone() {
        match queues::announcements(url, settings).await {
            Ok(queue) => checks.extend(queue.check().await),
            Err(error) => checks.push(unusable(&variables::QUEUE_URL, &error)),
        }
    }
    if let Some(url) = work.completed_queue.clone() {
        match queues::completions(url, settings).await {
            Ok(queue) => checks.extend(queue.check().await),
            Err(error) => checks.push(unusable(&variables::COMPLETED_QUEUE_URL, &error)),
        }
    }
    checks
}

fn unusable(variable: &Variable, error: &QueueError) -> Check {
    let mend = "correct the queue's URL, its region or the credentials";
    Check::fail(variable.name, ErrorChain(error).to_string(), mend)
}

fn failed(problem: &Problem) -> Check {
    Check::fail(&problem.name, &problem.finding, &problem.mend)
}

fn setting(variable: &Variable, environment: &Environment) -> Check {
    let facts = match (environment.get(variable), variable.fallback) {
        (Some(value), _) => shown(variable, value),
        (None, Fallback::Value(value)) => format!("{value} (default)"),
        (None, Fallback::Rule(rule)) => format!("not set: {}", rule.replace('`', "")),
    };
    Check::pass(variable.name, facts)
}

fn shown(variable: &Variable, value: &str) -> String {
    match variable.shown {
        Shown::Whole => value.to_owned(),
        Shown::Never => "set, not shown".to_owned(),
        Shown::UrlWithoutCredentials => match Url::parse(value) {
            Ok(url) => {
                let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
                let host = url.host_str().unwrap_or_default();
                format!("{}://{host}{port}{}", url.scheme(), url.path())
            }
            Err(_) => "set, not a URL".to_owned(),
        },
    }
}

/// Checks that recordings can be spooled: creates a file and deletes it. Creates the folder if
/// needed.
async fn spool(folder: PathBuf) -> Check {
    let shown = format!("`{}`", folder.display());
    let tried = tokio::task::spawn_blocking(move || try_to_write(&folder)).await;
    match tried.unwrap_or_else(|stopped| Err(std::io::Error::other(stopped))) {
        Ok(()) => Check::pass("spool folder", format!("{shown} can be written to")),
        Err(error) => {
            let mend = "let this user write there, free some space, or set `WATCHME_SPOOL_DIR`";
            Check::fail("spool folder", format!("{shown}: {error}"), mend)
        }
    }
}

/// Creates the folder for its owner only: recordings are health data, whoever creates it first.
fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn try_to_write(folder: &Path) -> std::io::Result<()> {
    create_private_folder(folder)?;
    // Named after this process, so that two checks at once do not collide.
    let file = folder.join(format!("watchme-check-{}", std::process::id()));
    std::fs::write(&file, [0; 4096])?;
    std::fs::remove_file(&file)
}
