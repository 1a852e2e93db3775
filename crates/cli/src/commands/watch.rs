//! `watchme watch`: shows backlog and runs, and keeps them up to date.

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
use crate::client::Client;
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;
use crate::render::{day, devices};

/// Time limit for the service's list of runs. The table is drawn without it then.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Serialize)]
struct WatchBody {
    at: String,
    devices: Vec<DeviceBody>,
    /// `null` if no service answers.
    runs: Option<Vec<RunBody>>,
}

/// Devices and runs at one moment.
struct Look {
    at: Timestamp,
    devices: Result<Vec<DeviceSummary>, ClaimError>,
    runs: Option<Vec<RunBody>>,
}

pub(crate) async fn run(
    args: WatchArgs,
    environment: &Environment,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let client = Client::new(&args.server, environment)?;
    let app = App::build(Settings::parse(environment)?).await?;
    if output.is_json || !std::io::stdout().is_terminal() {
        return once(&app, &client, output).await;
    }
    tokio::select! {
        error = redraw(&app, &client, Duration::from_secs(args.every), output) => Err(error),
        _ = tokio::signal::ctrl_c() => Ok(ExitStatus::Done),
    }
}

async fn once(app: &App, client: &Client, output: &Output) -> Result<ExitStatus, CommandError> {
    let Look { at, devices, runs } = take_look(app, client).await;
    let devices = devices?;
    if output.is_json {
        let DevicesBody { devices } = DevicesBody::new(&devices);
        output.json(&WatchBody { at: format!("{at:.3}"), devices, runs });
        return Ok(ExitStatus::Done);
    }
    for line in render(&Look { at, devices: Ok(devices), runs }, client) {
        output.line(line);
    }
    Ok(ExitStatus::Done)
}

/// Redraws the table until the store turns out not to support claims.
async fn redraw(app: &App, client: &Client, every: Duration, output: &Output) -> CommandError {
    let terminal = Term::stdout();
    let mut drawn = 0;
    loop {
        let look = take_look(app, client).await;
        if let Err(error @ ClaimError::NotInstalled { .. }) = look.devices {
            return error.into();
        }
        let (rows, columns) = terminal.size();
        // The last line is left for the cursor.
        let room = usize::from(rows).saturating_sub(1);
        let lines = render(&look, client);
        let _ = terminal.clear_last_lines(drawn);
        drawn = lines.len().min(room);
        for line in &lines[..drawn] {
            output.line(day::shortened(line, Some(usize::from(columns))));
        }
        tokio::time::sleep(every).await;
    }
}

async fn take_look(app: &App, client: &Client) -> Look {
    let runs = tokio::time::timeout(PATIENCE, client.get::<RunsBody>(&["v1", "runs"], None));
    let (devices, runs) = tokio::join!(app.claims().devices(), runs);
    let runs = runs.ok().and_then(Result::ok).map(|body| body.runs);
    Look { at: Timestamp::now(), devices, runs }
}

/// Lines for the waiting and current runs, then for the devices, longest backlog first.
fn render(look: &Look, client: &Client) -> Vec<String> {
    let mut lines = match &look.runs {
        Some(runs) => current(runs),
        None => vec![format!("no service answers at {}", client.url())],
    };
    lines.push(String::new());
    match &look.devices {
        Ok(devices) => {
            let mut devices = devices.clone();
            devices.sort_by_key(|device| std::cmp::Reverse(device.pending));
            lines.extend(devices::table(&devices, look.at));
        }
        // The store may answer again in a moment.
        Err(error) => lines.push(format!("error: {}", ErrorChain(error))),
    }
    lines
}

fn current(runs: &[RunBody]) -> Vec<String> {
    let is_open =
        |run: &&RunBody| matches!(run.state, RunStateName::Running | RunStateName::Waiting);
    let lines: Vec<_> = runs.iter().filter(is_open).map(runs::line).collect();
    if lines.is_empty() { vec!["no run in progress".to_owned()] } else { lines }
}
