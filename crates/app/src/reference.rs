//! The reference of the settings and `.env.example`, written from the table.

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
        // A settings file cannot name the settings file.
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

Both programs, `watchme-server` and `watchme`, read the same settings from the environment, and below it from a `.env` file in the working
folder. The names of the original service mean what they meant; new ones begin with `WATCHME_`. An empty value counts as not set.

Everything is checked before the first connection, and every problem is told at once, a name that looks like a slip of one below included.
`watchme doctor` prints what is set, without secrets, and then looks at store, source, models, memory and folders.
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
