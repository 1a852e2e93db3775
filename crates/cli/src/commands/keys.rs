//! `watchme keys`: makes API keys for the service.

use secrecy::ExposeSecret;
use serde::Serialize;
use watchme_app::keys::{ApiKeys, KeyName, NewKey, ParseKeysError};
use watchme_app::{Environment, variables};

use crate::args::KeysCommand;
use crate::error::{CommandError, ExitStatus};
use crate::output::Output;

#[derive(Serialize)]
struct NewKeyBody<'a> {
    name: &'a str,
    /// The key itself, for the caller.
    key: &'a str,
    /// Name and hash, for the service.
    entry: &'a str,
    /// The whole setting, including the keys that are already set.
    setting: &'a str,
}

pub(crate) fn run(
    command: KeysCommand,
    environment: &Environment,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    match command {
        KeysCommand::New { name } => new(&name, environment, output),
    }
}

fn new(
    name: &KeyName,
    environment: &Environment,
    output: &Output,
) -> Result<ExitStatus, CommandError> {
    let variable = variables::API_KEYS.name;
    let set = environment.get(&variables::API_KEYS);
    if let Some(set) = set {
        check_set(set, name)?;
    }
    let new =
        NewKey::generate(name).map_err(|error| CommandError::caused("no key was made", &error))?;
    let (key, entry) = (new.key().expose_secret(), new.entry());
    let others = set.map(|set| format!("{set},")).unwrap_or_default();
    let setting = format!("{variable}={others}{entry}");
    if output.is_json {
        output.json(&NewKeyBody { name: name.as_str(), key, entry, setting: &setting });
        return Ok(ExitStatus::Done);
    }
    output.line(key);
    output.line(&setting);
    output.note(
        "The first line is the key. It is stored nowhere: give it to its caller, who sends it",
    );
    output.note(
            "as `Authorization: Bearer KEY` or as `X-API-Key: KEY`. The second line is for the service's",
        );
    output.note("settings: it holds only a hash, which gives no access.");
    Ok(ExitStatus::Done)
}

/// Checks that the keys already set can be parsed and that none has this name.
fn check_set(set: &str, name: &KeyName) -> Result<(), CommandError> {
    let keys: ApiKeys = set.parse().map_err(|error: ParseKeysError| {
        let what = format!("`{}` cannot be used", variables::API_KEYS.name);
        CommandError::new(what, error.to_string())
    })?;
    if keys.names().any(|other| other == name) {
        let what = format!("there is already a key `{name}`");
        return Err(CommandError::new(
            what,
            "choose another name with `--name`, or remove that key first",
        ));
    }
    Ok(())
}
