//! `watchme watch`: backlog and runs, again and again.

use std::io::IsTerminal;
use std::time::Duration;

use console::Term;
use jiff::Timestamp;
use serde::Serialize;
use watchme_app::{App, Environment, Settings};
use watchme_core::{ClaimError, DeviceSummary, ErrorChain};
use watchme_wire::{DeviceBody, DevicesBody, RunBody, RunStateName, RunsBody};

use super::runs;
use crate::args::WatchArgs;
use crate::output::Output;
use crate::server::Server;
use crate::trouble::{Ending, Trouble};
use crate::{day, devices};

/// How long the service may take to tell of its runs: the table goes on without it.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Serialize)]
struct WatchBody {
    at: String,
    devices: Vec<DeviceBody>,
    /// `null` where no service answers.
    runs: Option<Vec<RunBody>>,
}

/// What there was to see at one moment.
struct Look {
    at: Timestamp,
    devices: Result<Vec<DeviceSummary>, ClaimError>,
    runs: Option<Vec<RunBody>>,
}

pub(crate) async fn run(
    args: WatchArgs,
    environment: &Environment,
    output: &Output,
) -> Result<Ending, Trouble> {
    let server = Server::new(&args.server, environment)?;
    let app = App::build(Settings::parse(environment)?).await?;
    if output.is_json || !std::io::stdout().is_terminal() {
        return once(&app, &server, output).await;
    }
    tokio::select! {
        trouble = again_and_again(&app, &server, Duration::from_secs(args.every), output) => Err(trouble),
        _ = tokio::signal::ctrl_c() => Ok(Ending::Done),
    }
}

async fn once(app: &App, server: &Server, output: &Output) -> Result<Ending, Trouble> {
    let Look { at, devices, runs } = look(app, server).await;
    let devices = devices?;
    if output.is_json {
        let DevicesBody { devices } = DevicesBody::new(&devices);
        output.json(&WatchBody { at: format!("{at:.3}"), devices, runs });
        return Ok(Ending::Done);
    }
    for line in lines(&Look { at, devices: Ok(devices), runs }, server) {
        output.line(line);
    }
    Ok(Ending::Done)
}

/// Draws the table over itself, until there is no point in it.
async fn again_and_again(app: &App, server: &Server, every: Duration, output: &Output) -> Trouble {
    let terminal = Term::stdout();
    let mut drawn = 0;
    loop {
        let look = look(app, server).await;
        if let Err(error @ ClaimError::NotInstalled { .. }) = look.devices {
            return error.into();
        }
        let (rows, columns) = terminal.size();
        // The cursor's own line stays free.
        let room = usize::from(rows).saturating_sub(1);
        let lines = lines(&look, server);
        let _ = terminal.clear_last_lines(drawn);
        drawn = lines.len().min(room);
        for line in &lines[..drawn] {
            output.line(day::shortened(line, Some(usize::from(columns))));
        }
        tokio::time::sleep(every).await;
    }
}

async fn look(app: &App, server: &Server) -> Look {
    let runs = tokio::time::timeout(PATIENCE, server.get::<RunsBody>(&["v1", "runs"], None));
    let (devices, runs) = tokio::join!(app.claims().devices(), runs);
    let runs = runs.ok().and_then(Result::ok).map(|body| body.runs);
    Look { at: Timestamp::now(), devices, runs }
}

/// The runs that wait or go on, and the devices with the longest backlog first.
fn lines(look: &Look, server: &Server) -> Vec<String> {
    let mut lines = match &look.runs {
        Some(runs) => current(runs),
        None => vec![format!("no service answers at {}", server.url())],
    };
    lines.push(String::new());
    match &look.devices {
        Ok(devices) => {
            let mut devices = devices.clone();
            devices.sort_by_key(|device| std::cmp::Reverse(device.pending));
            lines.extend(devices::table(&devices, look.at));
        }
        // The store may be back in a moment.
        Err(error) => lines.push(format!("error: {}", ErrorChain(error))),
    }
    lines
}

fn current(runs: &[RunBody]) -> Vec<String> {
    let goes_on =
        |run: &&RunBody| matches!(run.state, RunStateName::Running | RunStateName::Waiting);
    let lines: Vec<_> = runs.iter().filter(goes_on).map(runs::line).collect();
    if lines.is_empty() { vec!["no run goes on".to_owned()] } else { lines }
}
