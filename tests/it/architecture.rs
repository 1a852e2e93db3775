//! The arrows of ARCHITECTURE.md, held against `cargo metadata` and the files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Crates of the workspace that each crate may depend on. Tests may also use the testkit.
const ARROWS: &[(&str, &[&str])] = &[
    ("watchme-core", &[]),
    ("watchme-wire", &["watchme-core"]),
    ("watchme-aws", &["watchme-core"]),
    ("watchme-storage", &["watchme-core", "watchme-aws"]),
    ("watchme-inference", &[]),
    ("watchme-asr", &["watchme-core", "watchme-inference"]),
    ("watchme-store-supabase", &["watchme-core"]),
    ("watchme-store-sqlite", &["watchme-core"]),
    ("watchme-queue-sqs", &["watchme-core", "watchme-aws"]),
    ("watchme-runner", &["watchme-core"]),
    ("watchme-webhooks", &["watchme-core"]),
    (
        "watchme-app",
        &[
            "watchme-core",
            "watchme-storage",
            "watchme-asr",
            "watchme-store-supabase",
            "watchme-store-sqlite",
            "watchme-queue-sqs",
            "watchme-webhooks",
        ],
    ),
    (
        "watchme-server",
        &["watchme-core", "watchme-wire", "watchme-runner", "watchme-app", "watchme-webhooks"],
    ),
    ("watchme", &["watchme-core", "watchme-wire", "watchme-runner", "watchme-app"]),
    ("watchme-testkit", &["watchme-core"]),
    ("watchme-e2e", &[]),
    ("embed", &["watchme-core", "watchme-storage", "watchme-asr", "watchme-store-sqlite"]),
];

/// Packages that the core must not reach, however indirectly: I/O, a runtime, a wire format.
const NOT_IN_CORE: &[&str] =
    &["tokio", "reqwest", "hyper", "axum", "rusqlite", "serde", "clap", "aws-config", "libc"];

/// Longest source file, in lines. A longer one has two jobs.
const MAX_LINES: usize = 400;

#[test]
fn every_crate_depends_only_on_what_its_layer_may() {
    let metadata = read_metadata();
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        let allowed = arrows.get(name).unwrap_or_else(|| panic!("`{name}` is not in ARROWS"));
        for dependency in package.dependencies.iter().filter(|d| d.path.is_some()) {
            let is_testkit = dependency.name == "watchme-testkit";
            if dependency.kind == DependencyKind::Development {
                assert!(
                    is_testkit || allowed.contains(&dependency.name.as_str()),
                    "the tests of `{name}` use `{}`",
                    dependency.name
                );
            } else {
                assert!(
                    allowed.contains(&dependency.name.as_str()),
                    "`{name}` depends on `{}`",
                    dependency.name
                );
            }
        }
    }
}

#[test]
fn the_core_reaches_no_io_and_no_runtime() {
    let reached = normal_dependencies(&read_metadata(), "watchme-core");
    for banned in NOT_IN_CORE {
        assert!(!reached.contains(*banned), "watchme-core reaches `{banned}`: {reached:?}");
    }
}

#[test]
fn every_source_file_says_its_job_and_is_short() {
    for file in source_files() {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//!"), "{} does not begin with `//!`", file.display());
        let lines = text.lines().count();
        assert!(lines <= MAX_LINES, "{} has {lines} lines", file.display());
    }
}

fn read_metadata() -> Metadata {
    let manifest = root().join("Cargo.toml");
    MetadataCommand::new()
        .manifest_path(manifest)
        .other_options(["--locked".into()])
        .exec()
        .unwrap()
}

/// Returns the root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Returns everything a package is built with on this platform, except for tests and build scripts.
fn normal_dependencies(metadata: &Metadata, name: &str) -> BTreeSet<String> {
    let packages: BTreeMap<_, &Package> = metadata.packages.iter().map(|p| (&p.id, p)).collect();
    let resolve = metadata.resolve.as_ref().unwrap();
    let nodes: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let start = metadata.packages.iter().find(|p| p.name.as_str() == name).unwrap();
    let mut reached = BTreeSet::new();
    let mut open = vec![&start.id];
    while let Some(id) = open.pop() {
        for dependency in &nodes[id].deps {
            let is_normal = dependency
                .dep_kinds
                .iter()
                .any(|kind| kind.kind == DependencyKind::Normal && kind.target.is_none());
            if is_normal && reached.insert(packages[&dependency.pkg].name.to_string()) {
                open.push(&dependency.pkg);
            }
        }
    }
    reached
}

fn source_files() -> Vec<PathBuf> {
    ["crates", "examples", "fuzz", "tests"]
        .iter()
        .flat_map(|folder| source_files_in(folder))
        .collect()
}

/// Returns every Rust file below a folder of the workspace.
pub(crate) fn source_files_in(folder: &str) -> Vec<PathBuf> {
    let (mut files, mut open) = (Vec::new(), vec![root().join(folder)]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}
