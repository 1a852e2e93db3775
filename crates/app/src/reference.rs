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
