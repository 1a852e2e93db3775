//! The seeds of a fuzz target, its finds, and mutations of both. Used by the tests, which
//! thus do a small part of the fuzzer's work on every machine.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Hands every seed of `target` and every find to `check`, each also in `mutants`
/// mutations.
pub(crate) fn each(target: &str, mutants: u64, check: impl Fn(&[u8])) {
    let inputs = find_inputs(target);
    assert!(!inputs.is_empty(), "no seeds of `{target}`");
    for path in inputs {
        let bytes = fs::read(&path).expect("a seed");
        let named = |bytes: &[u8], how: &str| {
            let checked = catch_unwind(AssertUnwindSafe(|| check(bytes)));
            assert!(checked.is_ok(), "the panic above is from {}{how}", path.display());
        };
        named(&bytes, "");
        for seed in 0..mutants {
            named(&mutant(&bytes, seed), &format!(" with seed {seed}"));
        }
    }
}

fn find_inputs(target: &str) -> Vec<PathBuf> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    let folders = ["seeds", "found"].map(|folder| fuzz.join(folder).join(target));
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// Returns a mutation: some bytes changed, cut out, moved or written twice.
fn mutant(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut mutant = bytes.to_vec();
    for _ in 0..random.usize(1..=6) {
        if mutant.is_empty() {
            return mutant;
        }
        let at = random.usize(..mutant.len());
        let end = at + random.usize(..=(mutant.len() - at).min(64));
        match random.u8(..6) {
            0 => mutant.truncate(at),
            1 => drop(mutant.drain(at..end)),
            2 => mutant.extend_from_within(at..end),
            3 => mutant[at..end].fill(*random.choice(&[0, 1, 0x7F, 0x80, 0xFF]).unwrap_or(&0)),
            4 => mutant[at..end].reverse(),
            _ => mutant[at] = random.u8(..),
        }
    }
    mutant
}
