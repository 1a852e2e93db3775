//! `watchme keys`: the keys of the service's callers.

use secrecy::ExposeSecret;
use serde::Serialize;
use watchme_app::keys::{ApiKeys, KeyName, NewKey, ParseKeysError};
use watchme_app::{Environment, variables};

use crate::args::KeysCommand;
use crate::output::Output;
use crate::trouble::{Ending, Trouble};

#[derive(Serialize)]
struct NewKeyBody<'a> {
    name: &'a str,
    /// For the caller.
    key: &'a str,
    /// For the service: name and hash.
    entry: &'a str,
    /// The whole setting, with the keys that are set already.
    setting: &'a str,
}

pub(crate) fn run(
    command: KeysCommand,
    environment: &Environment,
    output: &Output,
) -> Result<Ending, Trouble> {
    match command {
        KeysCommand::New { name } => new(&name, environment, output),
    }
}

fn new(name: &KeyName, environment: &Environment, output: &Output) -> Result<Ending, Trouble> {
    let variable = variables::API_KEYS.name;
    let set = environment.get(&variables::API_KEYS);
    if let Some(set) = set {
        check_set(set, name)?;
    }
    let new = NewKey::generate(name).map_err(|error| Trouble::caused("no key was made", &error))?;
    let (key, entry) = (new.key().expose_secret(), new.entry());
    let others = set.map(|set| format!("{set},")).unwrap_or_default();
    let setting = format!("{variable}={others}{entry}");
    if output.is_json {
        output.json(&NewKeyBody { name: name.as_str(), key, entry, setting: &setting });
        return Ok(Ending::Done);
    }
    output.line(key);
    output.line(&setting);
    output.note(
        "The first line is the key, which is kept nowhere: give it to its caller, who sends it",
    );
    output.note(
        "as `Authorization: Bearer KEY` or as `X-API-Key: KEY`. The second is for the service's",
    );
    output.note("settings: it has a hash of the key, with which nobody gets in.");
    Ok(Ending::Done)
}

/// The keys that are set can be read, and none has this name.
fn check_set(set: &str, name: &KeyName) -> Result<(), Trouble> {
    let keys: ApiKeys = set.parse().map_err(|error: ParseKeysError| {
        let what = format!("`{}` cannot be used", variables::API_KEYS.name);
        Trouble::new(what, error.to_string())
    })?;
    if keys.names().any(|other| other == name) {
        let what = format!("there is a key `{name}` already");
        return Err(Trouble::new(what, "choose another with `--name`, or remove that one first"));
    }
    Ok(())
}
