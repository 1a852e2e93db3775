//! docs/cli.md is the binary's own help.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::sandbox::Sandbox;

const COMMANDS: [&str; 32] = [
    "",
    "demo",
    "transcribe",
    "transcribe-file",
    "status",
    "explain",
    "cost",
    "devices",
    "watch",
    "runs",
    "runs list",
    "runs show",
    "runs follow",
    "runs cancel",
    "runs start",
    "requeue",
    "reprocess",
    "worker",
    "schedule",
    "quarantine",
    "quarantine list",
    "quarantine release",
    "import",
    "models",
    "models list",
    "models pull",
    "models verify",
    "keys",
    "keys new",
    "doctor",
    "bench",
    "completions",
];

const INTRO: &str = "\
# Command line

<!-- Written from the binary's own help: `UPDATE_DOCS=1 cargo test -p watchme` -->

`watchme` runs the pipeline on the machine it is called on, with the settings of docs/configuration.md.

- Results go to standard output, everything else to standard error. `--json` prints the types of the HTTP service where it has them.
- Exit status: 0 done; 1 some recordings failed; 2 wrong usage, settings or surroundings; 130 interrupted. A recording whose object is
  missing does not count as a failure, since rows outlive their audio.
- Progress bars are drawn on a terminal only.
- Only warnings are logged, unless `WATCHME_LOG` is set.
";

#[test]
fn the_page_is_current() {
    let sandbox = Sandbox::new();
    let mut page = INTRO.to_owned();
    for command in COMMANDS {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push("--help");
        let help = sandbox.run(&arguments).expect(0).stdout;
        let title = format!("watchme {command}");
        write!(page, "\n## `{}`\n\n```text\n{}\n```\n", title.trim(), help.trim_end()).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, page, "docs/cli.md is not current: UPDATE_DOCS=1 cargo test -p watchme");
}
