//! The language of doc comments.

use std::fs;

use crate::architecture::{root, source_files_in};

/// Words that open a clause ("What the rows ask"), where a noun or a verb is easier to read.
const CLAUSE_OPENERS: [&str; 5] = ["What", "How", "Whether", "Where", "Who"];

/// Largest share of a crate's doc comments that may begin with one of these words, in permille. It
/// may only fall: well-kept crates of others have 5 to 15.
const MAX_PERMILLE: usize = 30;

#[test]
fn doc_comments_begin_with_a_noun_or_a_verb() {
    let crates = fs::read_dir(root().join("crates")).unwrap();
    let crates = crates.map(|entry| format!("crates/{}", entry.unwrap().file_name().display()));
    let folders = crates.chain(["examples", "fuzz", "tests"].map(str::to_owned));
    let too_many: Vec<String> = folders.filter_map(|folder| complaint_about(&folder)).collect();
    assert!(too_many.is_empty(), "{too_many:#?}");
}

/// Counts the doc comments below a folder; returns the numbers if too many begin with a clause.
fn complaint_about(folder: &str) -> Option<String> {
    let files = source_files_in(folder).into_iter();
    let texts: Vec<String> = files.map(|file| fs::read_to_string(file).unwrap()).collect();
    let openings: Vec<&str> = texts.iter().flat_map(|text| opening_lines(text)).collect();
    let clauses = openings.iter().filter(|line| opens_a_clause(line)).count();
    let is_too_many = clauses * 1000 > openings.len() * MAX_PERMILLE;
    is_too_many.then(|| format!("{folder}: {clauses} of {} begin with a clause", openings.len()))
}

/// Returns the first line of each doc comment.
fn opening_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut is_inside = false;
    text.lines().map(str::trim_start).filter(move |line| {
        let is_doc = line.starts_with("///") || line.starts_with("//!");
        let was_inside = std::mem::replace(&mut is_inside, is_doc);
        is_doc && !was_inside
    })
}

fn opens_a_clause(opening: &str) -> bool {
    let first = opening[3..].split_whitespace().next().unwrap_or_default();
    CLAUSE_OPENERS.contains(&first.trim_matches(['`', '*', '[', ']']))
}
