//! `watchme doctor`: checks settings and surroundings, and says how to fix what is wrong.

use watchme_app::{Environment, EnvironmentError, Unset};
use watchme_core::{Check, Verdict};
use watchme_wire::ChecksBody;

use super::bench;
use crate::error::ExitStatus;
use crate::output::Output;

pub(crate) async fn run(
    environment: Result<Environment, EnvironmentError>,
    lists_all: bool,
    output: &Output,
) -> ExitStatus {
    // Programs get everything.
    let unset = if lists_all || output.is_json { Unset::Listed } else { Unset::LeftOut };
    let speed = environment.as_ref().ok().and_then(bench::check);
    let mut checks = watchme_app::doctor(environment, unset).await;
    checks.extend(speed);
    if output.is_json {
        output.json(&ChecksBody::from(checks.as_slice()));
    } else {
        let width = checks.iter().map(|check| check.subject.chars().count()).max().unwrap_or(0);
        for check in &checks {
            output.line(line(check, width));
        }
    }
    match checks.iter().filter(|check| check.is_failure()).count() {
        0 => ExitStatus::Done,
        failures => {
            output.note(format!("{} to fix", super::counted(failures, "thing")));
            ExitStatus::Unusable
        }
    }
}

fn line(check: &Check, width: usize) -> String {
    let (mark, finding, mend) = match &check.verdict {
        Verdict::Pass(facts) => ("ok  ", facts, None),
        Verdict::Warn { finding, mend } => ("warn", finding, Some(mend)),
        Verdict::Fail { finding, mend } => ("FAIL", finding, Some(mend)),
    };
    let mend = mend.map(|mend| format!("\n      hint: {mend}")).unwrap_or_default();
    format!("{mark}  {:width$}  {finding}{mend}", check.subject)
}
