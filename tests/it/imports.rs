//! The imports inside a crate run one way.
//!
//! A parent and its children may share what they need; any other circle of modules means that
//! something is in the wrong place.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::architecture::{root, source_files_in};

/// Crates whose modules form no circle.
const CRATES: [&str; 3] = ["core", "inference", "asr"];

/// Chapters of a crate in reading order: each imports only from those before it.
const CHAPTERS: [(&str, &[&str]); 1] =
    [("core", &["domain", "ports", "rules", "pipeline", "reading"])];

/// Path of a module or an item: `["rules", "plan"]`.
type Path = Vec<String>;

/// Modules of a crate, each with the modules it imports from.
type Arrows = BTreeMap<Path, BTreeSet<Path>>;

#[test]
fn modules_form_no_circle() {
    let circles = CRATES.map(|name| (name, circles_in(&Imports::of(name).arrows())));
    assert!(circles.iter().all(|(_, arrows)| arrows.is_empty()), "{circles:#?}");
}

#[test]
fn chapters_import_from_earlier_ones_only() {
    for (name, chapters) in CHAPTERS {
        let place = |path: &Path| chapters.iter().position(|chapter| path[0] == **chapter);
        for (module, others) in &Imports::of(name).arrows() {
            for other in others {
                assert!(place(other) <= place(module), "`{name}`: {module:?} imports {other:?}");
            }
        }
    }
}

#[test]
fn paths_are_read_and_circles_found() {
    let code = "use crate::a::{B, c::{self, D as E}};\npub use g::H;\nfn f() { super::i::j(); }";
    let paths = paths_in(code).into_iter();
    let paths = paths.map(|(is_public, path)| (is_public, path.join("::")));
    let expected = ["crate::a::B", "crate::a::c::self", "crate::a::c::D", "g::H", "super::i::j"];
    let expected = expected.map(|path| (path == "g::H", path.to_owned()));
    assert_eq!(paths.collect::<Vec<_>>(), expected);

    let mut arrows = Arrows::new();
    for (from, to) in [("a", "b"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "e")] {
        arrows.entry(vec![from.to_owned()]).or_default().insert(vec![to.to_owned()]);
    }
    assert_eq!(circles_in(&arrows), ["b -> c", "c -> b"]);
}

/// Returns the arrows that lie on a circle, each as `rules::plan -> rules::slot`.
fn circles_in(arrows: &Arrows) -> Vec<String> {
    let all = arrows.iter().flat_map(|(from, others)| others.iter().map(move |to| (from, to)));
    let on_circle = all.filter(|(from, to)| reaches(arrows, to, from));
    on_circle.map(|(from, to)| format!("{} -> {}", from.join("::"), to.join("::"))).collect()
}

fn reaches(arrows: &Arrows, from: &Path, goal: &Path) -> bool {
    let (mut open, mut seen) = (vec![from], BTreeSet::new());
    while let Some(module) = open.pop() {
        if module == goal {
            return true;
        }
        if seen.insert(module) {
            open.extend(arrows.get(module).into_iter().flatten());
        }
    }
    false
}

/// The `use` statements of a crate, and its other paths into itself.
struct Imports {
    /// Paths that each module uses, as they are written.
    used: BTreeMap<Path, Vec<Path>>,
    /// Paths that each module makes public under its own name.
    exported: BTreeMap<Path, Vec<Path>>,
}

impl Imports {
    /// Reads a crate without its tests.
    fn of(name: &str) -> Self {
        let folder = format!("crates/{name}/src");
        let (mut used, mut exported) = (BTreeMap::new(), BTreeMap::new());
        for file in source_files_in(&folder) {
            let path = file.strip_prefix(root().join(&folder)).unwrap().with_extension("");
            let parts = path.iter().map(|part| part.display().to_string());
            let module: Path = parts.filter(|part| part != "lib").collect();
            if module.iter().any(|part| part == "tests") {
                continue;
            }
            let text = fs::read_to_string(file).unwrap();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let code: Vec<&str> = code.take_while(|line| *line != "mod tests {").collect();
            let paths = paths_in(&code.join("\n"));
            let (public, private) = paths.into_iter().partition::<Vec<_>, _>(|(public, _)| *public);
            used.insert(module.clone(), private.into_iter().map(|(_, path)| path).collect());
            exported.insert(module, public.into_iter().map(|(_, path)| path).collect());
        }
        Self { used, exported }
    }

    /// Returns the imports between modules, except between a module and its ancestors.
    fn arrows(&self) -> Arrows {
        let is_family = |a: &Path, b: &Path| a.starts_with(b) || b.starts_with(a);
        let others_of = |(module, paths): (&Path, &Vec<Path>)| {
            let others = paths.iter().filter_map(|path| self.resolve(module, path));
            (module.clone(), others.filter(|other| !is_family(other, module)).collect())
        };
        self.used.iter().map(others_of).collect()
    }

    /// Returns the module that holds the item `path`, as `module` writes it; `None` if it is of
    /// another crate.
    fn resolve(&self, module: &Path, path: &[String]) -> Option<Path> {
        let mut at = match path.first()?.as_str() {
            "crate" => Path::new(),
            "self" | "super" => module.clone(),
            first => Some(module.clone()).filter(|at| self.has(at, first))?,
        };
        for name in path {
            match name.as_str() {
                "crate" | "self" => {}
                "super" => drop(at.pop()),
                name if self.has(&at, name) => at.push(name.to_owned()),
                _ => {
                    let exported = self.exported[&at].iter().find(|it| it.last() == Some(name));
                    return exported.and_then(|it| self.resolve(&at, it)).or(Some(at));
                }
            }
        }
        Some(at)
    }

    /// True if `module` has a child of this name.
    fn has(&self, module: &Path, name: &str) -> bool {
        self.used.contains_key(&[module.as_slice(), &[name.to_owned()]].concat())
    }
}

/// Returns the paths of `use` statements, each with whether it is public, and all other paths that
/// begin with `crate::` or `super::`.
fn paths_in(code: &str) -> Vec<(bool, Path)> {
    let mut found = Vec::new();
    for statement in code.split(';') {
        let mut before = statement;
        if let Some((head, tail)) = statement.rsplit_once("use ") {
            let visibility = head.lines().next_back().unwrap_or_default().trim();
            if visibility.is_empty() || visibility.starts_with("pub") {
                before = head;
                expand(tail, &[], &mut |path| found.push((!visibility.is_empty(), path)));
            }
        }
        for marker in ["crate::", "super::"] {
            let is_path = |c: char| c.is_alphanumeric() || "_:".contains(c);
            for (at, _) in before.match_indices(marker) {
                if !before[..at].ends_with(|c| is_path(c) || c == '$') {
                    let path = before[at..].split(|c| !is_path(c)).next().unwrap_or_default();
                    found.push((false, segments(path)));
                }
            }
        }
    }
    found
}

/// Takes a tree of imports, `a::{b, c::{self, d as e}}`, apart.
fn expand(tree: &str, head: &[String], found: &mut dyn FnMut(Path)) {
    let Some((inner_head, branches)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return found([head, &segments(path)].concat());
    };
    let head = [head, &segments(inner_head)].concat();
    let branches = branches.trim_end().strip_suffix('}').unwrap_or(branches);
    let mut depth = 0;
    let branches = branches.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    for branch in branches.filter(|branch| !branch.trim().is_empty()) {
        expand(branch, &head, found);
    }
}

fn segments(path: &str) -> Path {
    path.split("::").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
