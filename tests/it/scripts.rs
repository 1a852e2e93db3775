//! The scripts of the project as far as they can be run anywhere.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use crate::binaries::project_file;

/// Finds a program of this machine.
fn program(name: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap();
    let places = env::split_paths(&path).map(|folder| folder.join(name));
    places.into_iter().find(|it| it.is_file()).unwrap()
}

#[test]
fn every_script_prints_its_own_head_for_help_and_does_nothing_else() {
    // Whatever a script would build, install or run is not to be found.
    let programs = tempfile::tempdir().unwrap();
    for name in ["bash", "dirname", "sed"] {
        symlink(program(name), programs.path().join(name)).unwrap();
    }
    let entries = fs::read_dir(project_file("script")).unwrap().map(|it| it.unwrap().path());
    let scripts: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    assert!(scripts.len() > 20);
    for script in scripts {
        let text = fs::read_to_string(&script).unwrap();
        let head = text.lines().skip(1).map_while(|line| line.strip_prefix('#'));
        let lines: Vec<&str> = head.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        let expected = lines.join("\n") + "\n";
        for argument in ["--help", "-h"] {
            let answer = Command::new(&script)
                .arg(argument)
                .env_clear()
                .env("PATH", programs.path())
                .current_dir(programs.path())
                .output()
                .unwrap();
            let shown = [&answer.stdout, &answer.stderr].map(|it| String::from_utf8_lossy(it));
            let name = script.display();
            assert_eq!(shown, [expected.as_str(), ""], "{name} {argument}");
            assert!(answer.status.success() && !lines.is_empty(), "{name} {argument}");
        }
    }
}
