//! Generates the reference of settings and `.env.example` from the table.

use std::fmt::Write;

use crate::variables::{Fallback, GROUPS, Group, Shown, Variable};

/// The text of docs/configuration.md.
#[must_use]
pub fn configuration_markdown() -> String {
    let mut page = INTRO.to_owned();
    for group in GROUPS {
        page += &section(group);
    }
    page
}

/// The text of `.env.example`.
#[must_use]
pub fn env_example() -> String {
    let mut file =
        "# Copy to `.env` and remove the `#` before what you set. See docs/configuration.md.\n"
            .to_owned();
    for group in GROUPS {
        let _ = write!(file, "\n# {}\n", group.title);
        // A settings file cannot name itself.
        let is_of_file = |variable: &&&Variable| variable.name != "WATCHME_ENV_FILE";
        for variable in group.variables.iter().filter(is_of_file) {
            let value = match variable.fallback {
                Fallback::Value(value) => value,
                Fallback::Rule(_) => "",
            };
            let _ = writeln!(file, "#{}={value}", variable.name);
        }
    }
    file
}

const INTRO: &str = "\
# Configuration

<!-- Written from crates/app/src/variables.rs: `UPDATE_DOCS=1 cargo test -p watchme-app` -->

Both programs, `watchme-server` and `watchme`, read the same settings from the environment. Names that the environment does not set are
read from a `.env` file in the working folder. The names of the original service keep their meaning; new ones begin with `WATCHME_`. An
empty value counts as not set.

All settings are checked before the first connection, and all problems are reported at once, including a name that looks like a typo.
`watchme doctor` prints the settings, without secrets, and then checks store, source, models, memory and folders.

## The settings file

`.env` in the working folder, or the file that `--env-file` or `WATCHME_ENV_FILE` names. The same file works with `docker run --env-file` and
with systemd's `EnvironmentFile=`, and each line means the same there:

- A line is blank, a comment that begins with `#`, or `NAME=value`, without blanks before the `=`.
- The value is the rest of the line, literally: `WATCHME_SCHEDULE=10 * * * *` needs no quotes. `#` and `$` have no special meaning in it, so
  that a comment needs a line of its own. Blanks around the value are removed.
- The value may stand in one pair of single or double quotes, which are removed. A value with a backslash needs single quotes.
- Of several lines with the same name the last counts.

Other lines, which those programs would read differently, are refused with their line number: `export`, `;` comments, quotes around a part of
the value, a value that continues on the next line. A shell that sources the file agrees on values in single quotes, and on plain ones
without blanks.
";

fn section(group: &Group) -> String {
    let mut text = format!("\n## {}\n\n{}\n\n", group.title, group.intro);
    text += "| Name | Default | Meaning |\n|---|---|---|\n";
    for variable in group.variables {
        let _ = writeln!(text, "{}", row(variable));
    }
    text
}

fn row(variable: &Variable) -> String {
    let fallback = match variable.fallback {
        Fallback::Value(value) => format!("`{value}`"),
        Fallback::Rule(rule) => rule.to_owned(),
    };
    let secret = if variable.shown == Shown::Never { " Secret." } else { "" };
    format!("| `{}` | {fallback} | {}{secret} |", variable.name, variable.meaning)
}
