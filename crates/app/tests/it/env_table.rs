//! The grammar of settings files: equal in four readers.
//!
//! Every line of the table means the same in `.env`, in a file named by `--env-file`, in Docker's
//! env file and in systemd's `EnvironmentFile=`. Lines on which these readers differ are refused.
//! Two more readers have grammars of their own: shells, and `python-dotenv`, which takes ` #` for a
//! comment, replaces `${NAME}` and finds an escape in a backslash before a quote.

mod docker;
mod systemd;

use std::fs;
use std::path::Path;
use std::process::Command;

use watchme_app::{Environment, LineProblem, variables as var};

/// Folder in which this test, run once more, reads `.env`.
const CHILD: &str = "WATCHME_TEST_ENV_TABLE";

/// Lines, and the value that they give to `WATCHME_SILENCE_TEXT`.
const EQUAL: &[(&str, Option<&str>)] = &[
    // Plain values, with blanks, `#`, `$` and other characters that mean something elsewhere.
    ("WATCHME_SILENCE_TEXT=10 * * * *", Some("10 * * * *")),
    ("WATCHME_SILENCE_TEXT=a#b", Some("a#b")),
    ("WATCHME_SILENCE_TEXT=a # b", Some("a # b")),
    ("WATCHME_SILENCE_TEXT=#a", Some("#a")),
    ("WATCHME_SILENCE_TEXT=$HOME/${HOME}$(id)`id`", Some("$HOME/${HOME}$(id)`id`")),
    ("WATCHME_SILENCE_TEXT=23-05;DEVICE=12-13", Some("23-05;DEVICE=12-13")),
    ("WATCHME_SILENCE_TEXT==a=b=", Some("=a=b=")),
    ("WATCHME_SILENCE_TEXT=it's 5\"", Some("it's 5\"")),
    ("WATCHME_SILENCE_TEXT=%h !&|*?~", Some("%h !&|*?~")),
    ("WATCHME_SILENCE_TEXT=（無音）", Some("（無音）")),
    // Blanks around the value, the end of a line of Windows.
    ("  \tWATCHME_SILENCE_TEXT=a", Some("a")),
    ("WATCHME_SILENCE_TEXT= \ta \t", Some("a")),
    ("WATCHME_SILENCE_TEXT=a\r", Some("a")),
    ("WATCHME_SILENCE_TEXT=a\tb", Some("a\tb")),
    // Quotes around the whole value.
    ("WATCHME_SILENCE_TEXT=\"10 * * * *\"", Some("10 * * * *")),
    ("WATCHME_SILENCE_TEXT='10 * * * *'", Some("10 * * * *")),
    ("WATCHME_SILENCE_TEXT= \"a\" ", Some("a")),
    ("WATCHME_SILENCE_TEXT=\" a \"", Some("a")),
    ("WATCHME_SILENCE_TEXT=\"a # $b\"", Some("a # $b")),
    ("WATCHME_SILENCE_TEXT='a # $b'", Some("a # $b")),
    ("WATCHME_SILENCE_TEXT=\"it's\"", Some("it's")),
    ("WATCHME_SILENCE_TEXT='5\"'", Some("5\"")),
    ("WATCHME_SILENCE_TEXT='C:\\new\\'", Some("C:\\new\\")),
    // Nothing is set.
    ("WATCHME_SILENCE_TEXT=", None),
    ("WATCHME_SILENCE_TEXT= ", None),
    ("WATCHME_SILENCE_TEXT=\"\"", None),
    ("WATCHME_SILENCE_TEXT=''", None),
    ("#WATCHME_SILENCE_TEXT=a", None),
    ("  # WATCHME_SILENCE_TEXT=a", None),
    ("", None),
    (" \t", None),
    ("\r", None),
    // Several lines.
    ("WATCHME_SILENCE_TEXT=a\nWATCHME_SILENCE_TEXT=b", Some("b")),
    ("WATCHME_SILENCE_TEXT=a\r\nWATCHME_LANGUAGE=ja\r\n", Some("a")),
    ("WATCHME_SILENCE_TEXT=a\nWATCHME_SILENCE_TEXT=", None),
    ("\u{feff}# a\nWATCHME_SILENCE_TEXT=a", Some("a")),
];

/// Lines of that table that a shell (`set -a; . FILE`) reads differently. It agrees on all others:
/// values in single quotes, and plain ones without blanks.
const NOT_IN_A_SHELL: [&str; 10] = [
    "WATCHME_SILENCE_TEXT=10 * * * *",
    "WATCHME_SILENCE_TEXT=a # b",
    "WATCHME_SILENCE_TEXT=$HOME/${HOME}$(id)`id`",
    "WATCHME_SILENCE_TEXT=23-05;DEVICE=12-13",
    "WATCHME_SILENCE_TEXT=it's 5\"",
    "WATCHME_SILENCE_TEXT=%h !&|*?~",
    "WATCHME_SILENCE_TEXT= \ta \t",
    "WATCHME_SILENCE_TEXT=a\tb",
    "WATCHME_SILENCE_TEXT= \"a\" ",
    "WATCHME_SILENCE_TEXT=\"a # $b\"",
];

/// Lines that are refused, and why.
const REFUSED: &[(&str, LineProblem)] = &[
    ("WATCHME_SILENCE_TEXT", LineProblem::NoValue),
    ("WATCHME_SILENCE_TEXT a", LineProblem::NoValue),
    ("WATCHME_SILENCE_TEXT =a", LineProblem::Name),
    ("WATCHME_SILENCE TEXT=a", LineProblem::Name),
    ("WATCHME-SILENCE-TEXT=a", LineProblem::Name),
    ("1WATCHME=a", LineProblem::Name),
    ("\u{3000}WATCHME_SILENCE_TEXT=a", LineProblem::Name),
    ("=a", LineProblem::Name),
    ("export WATCHME_SILENCE_TEXT=a", LineProblem::Export),
    ("export\tWATCHME_SILENCE_TEXT=a", LineProblem::Export),
    ("; WATCHME_SILENCE_TEXT=a", LineProblem::Semicolon),
    (";WATCHME_SILENCE_TEXT=a", LineProblem::Semicolon),
    ("WATCHME_SILENCE_TEXT=\"a\" b", LineProblem::Quote),
    ("WATCHME_SILENCE_TEXT=\"a\" # b", LineProblem::Quote),
    ("WATCHME_SILENCE_TEXT=\"a\"b\"", LineProblem::Quote),
    ("WATCHME_SILENCE_TEXT=\"a'", LineProblem::Quote),
    ("WATCHME_SILENCE_TEXT=\"a\nb\"", LineProblem::Quote),
    ("WATCHME_SILENCE_TEXT='", LineProblem::Quote),
    ("WATCHME_SILENCE_TEXT=C:\\new", LineProblem::Backslash),
    ("WATCHME_SILENCE_TEXT=a\\\nb", LineProblem::Backslash),
    ("WATCHME_SILENCE_TEXT=\"a\\\"b\\\"c\"", LineProblem::Quote),
    ("WATCHME_SILENCE_TEXT=\"a\\$b\"", LineProblem::Backslash),
    ("# a \\\nWATCHME_SILENCE_TEXT=a", LineProblem::CommentBackslash),
    ("WATCHME_SILENCE_TEXT=a\rWATCHME_LANGUAGE=en", LineProblem::Control),
    ("WATCHME_SILENCE_TEXT=a\0b", LineProblem::Control),
    ("\u{feff}WATCHME_SILENCE_TEXT=a", LineProblem::ByteOrderMark),
];

fn silence(environment: &Environment) -> Option<&str> {
    environment.get(&var::SILENCE_TEXT)
}

/// The problem of a file with this text, and the number of its line.
fn refusal(text: &[u8]) -> Option<(usize, LineProblem)> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings");
    fs::write(&file, text).unwrap();
    match Environment::read(Some(&file)) {
        Err(watchme_app::EnvironmentError::Line { line, problem, .. }) => Some((line, problem)),
        Err(error) => panic!("{error}"),
        Ok(_) => None,
    }
}

/// What this program gets from the process's environment, once another reader has read the file.
fn from(pairs: Vec<(String, String)>) -> Option<String> {
    silence(&Environment::from_pairs(pairs)).map(str::to_owned)
}

#[test]
fn a_line_means_the_same_in_four_readers() {
    if let Some(folder) = std::env::var_os(CHILD) {
        return in_child(Path::new(&folder));
    }
    for (number, (text, expected)) in EQUAL.iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".env");
        fs::write(&file, text).unwrap();

        let named =
            Environment::read(Some(&file)).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(silence(&named), *expected, "--env-file, line {number}: {text:?}");

        let docker = docker::read(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(from(docker).as_deref(), *expected, "Docker, line {number}: {text:?}");
        let old_docker = docker::read_keeping_quotes(text).unwrap();
        assert_eq!(from(old_docker).as_deref(), *expected, "old Docker, line {number}: {text:?}");

        assert_eq!(
            from(systemd::read(text)).as_deref(),
            *expected,
            "systemd, line {number}: {text:?}"
        );
        let old_systemd = systemd::read_before_254(text);
        assert_eq!(from(old_systemd).as_deref(), *expected, "old systemd, line {number}: {text:?}");

        fs::write(folder.path().join("expected"), expected.unwrap_or_default()).unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "env_table::a_line_means_the_same_in_four_readers"])
            .current_dir(folder.path())
            .env(CHILD, folder.path())
            .env_remove(var::SILENCE_TEXT.name)
            .output()
            .unwrap();
        assert!(child.status.success(), ".env, line {number}: {text:?}: {child:?}");
    }
}

/// Reads `.env` in the working folder, which this process alone uses.
fn in_child(folder: &Path) {
    let expected = fs::read_to_string(folder.join("expected")).unwrap();
    let environment = Environment::read(None).unwrap();
    assert_eq!(silence(&environment).unwrap_or_default(), expected);
}

#[test]
fn a_shell_agrees_on_what_needs_no_quotes_and_on_what_has_single_ones() {
    for (text, expected) in EQUAL {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("settings"), text).unwrap();
        // No commands, and no files that `*` could name but this one.
        let shell = Command::new("/bin/bash")
            .args(["-c", "set -a; . ./settings; printf %s \"$WATCHME_SILENCE_TEXT\""])
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", "")
            .output()
            .unwrap();
        let value = String::from_utf8(shell.stdout).unwrap();
        let found = from(vec![(var::SILENCE_TEXT.name.to_owned(), value)]);
        let is_same = found.as_deref() == *expected;
        assert_eq!(is_same, !NOT_IN_A_SHELL.contains(text), "{text:?}: {found:?}");
    }
}

#[test]
fn a_line_that_readers_take_differently_is_refused_by_its_number() {
    for (text, problem) in REFUSED {
        assert_eq!(refusal(text.as_bytes()), Some((1, *problem)), "{text:?}");
        let later = format!("# a\nWATCHME_LANGUAGE=ja\n\n{text}\n");
        let expected = (*problem != LineProblem::ByteOrderMark).then_some((4, *problem));
        assert!(expected.is_none() || refusal(later.as_bytes()) == expected, "{text:?}");
        // Each refusal has a reason, except that a line without a value is likely a mistake.
        let docker = [docker::read(text), docker::read_keeping_quotes(text)];
        let systemd = [systemd::read(text), systemd::read_before_254(text)];
        let [Ok(docker), Ok(old_docker)] = docker else { continue };
        let readings = [docker, old_docker, systemd[0].clone(), systemd[1].clone()];
        let is_same = readings.iter().all(|reading| *reading == readings[0]);
        assert!(!is_same || *problem == LineProblem::NoValue, "{text:?} means the same everywhere");
    }
    assert_eq!(refusal(b"A=1\nB=\xff\n"), Some((2, LineProblem::NotText)));
}

#[test]
fn a_line_that_is_commented_out_in_the_example_can_be_set() {
    let example = watchme_app::reference::env_example();
    let is_setting = |line: &str| line.starts_with('#') && !line.starts_with("# ");
    let set: Vec<&str> =
        example.lines().filter(|line| is_setting(line)).map(|line| &line[1..]).collect();
    assert!(set.len() > 40);
    assert_eq!(refusal(set.join("\n").as_bytes()), None);
}
