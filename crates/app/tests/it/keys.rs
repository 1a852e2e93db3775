//! Keys and their hashes.

use std::collections::BTreeSet;

use secrecy::ExposeSecret;
use watchme_app::keys::{ApiKeys, KeyName, NewKey, ParseKeysError};

/// `printf %s watchme_test | sha256sum`
const HASH: &str = "7eeac3f0b18de014124125d1f5b6c3777190b3df7b50ff1a384b165c4297bd13";

fn name(text: &str) -> KeyName {
    text.parse().unwrap()
}

fn names_of(keys: &ApiKeys, sent: &str) -> Option<String> {
    keys.name_of(sent.as_bytes()).map(ToString::to_string)
}

#[test]
fn the_hash_is_that_of_the_key_as_it_is_sent() {
    let keys: ApiKeys = format!("a:{HASH}, b:{}", "0".repeat(64)).parse().unwrap();
    assert_eq!(names_of(&keys, "watchme_test").as_deref(), Some("a"));
    assert_eq!(names_of(&keys, "watchme_tesT"), None);
    assert_eq!(names_of(&keys, ""), None);
    let upper: ApiKeys = format!("a:{}", HASH.to_uppercase()).parse().unwrap();
    assert_eq!(names_of(&upper, "watchme_test").as_deref(), Some("a"));
}

#[test]
fn each_of_many_keys_is_found_under_its_own_name() {
    let names: Vec<KeyName> = (0..20).map(|number| name(&format!("key-{number}"))).collect();
    let new: Vec<NewKey> = names.iter().map(|name| NewKey::generate(name).unwrap()).collect();
    let entries: Vec<&str> = new.iter().map(NewKey::entry).collect();
    let keys: ApiKeys = entries.join(",").parse().unwrap();
    assert!(keys.names().eq(&names));
    for (name, new) in names.iter().zip(&new) {
        assert_eq!(keys.name_of(new.key().expose_secret().as_bytes()), Some(name));
    }
}

#[test]
fn no_two_keys_are_equal_and_each_has_256_bits() {
    let made: BTreeSet<String> = (0..100)
        .map(|_| NewKey::generate(&name("a")).unwrap().key().expose_secret().to_owned())
        .collect();
    assert_eq!(made.len(), 100);
    // 43 characters of 6 bits each.
    assert!(made.iter().all(|key| key.len() == "watchme_".len() + 43));
}

#[test]
fn without_keys_no_key_is_known() {
    let keys = ApiKeys::default();
    assert!(keys.is_empty());
    assert_eq!(names_of(&keys, ""), None);
}

#[test]
fn a_list_that_cannot_be_used_names_the_entry_and_repeats_nothing() {
    let good = format!("good:{HASH}");
    let secret = NewKey::generate(&name("a")).unwrap();
    let secret = secret.key().expose_secret();
    for (list, expected) in [
        (String::new(), ParseKeysError::Entry(1)),
        (secret.to_owned(), ParseKeysError::Entry(1)),
        (format!("{good},a:{secret}"), ParseKeysError::Entry(2)),
        (format!("{secret}:{HASH}"), ParseKeysError::Entry(1)),
        (format!("{good},"), ParseKeysError::Entry(2)),
        (format!(":{HASH}"), ParseKeysError::Entry(1)),
        (format!("anonymous:{HASH}"), ParseKeysError::Entry(1)),
        (format!("a:{}", &HASH[1..]), ParseKeysError::Entry(1)),
        (format!("a:{HASH}0"), ParseKeysError::Entry(1)),
        (format!("a:+{}", &HASH[1..]), ParseKeysError::Entry(1)),
        (format!("{good},{good}"), ParseKeysError::Twice(2)),
    ] {
        let error = list.parse::<ApiKeys>().unwrap_err();
        assert_eq!(error, expected, "{list}");
        assert!(!format!("{error} {error:?}").contains(secret), "{error}");
    }
}

#[test]
fn no_key_and_no_hash_is_in_debug_output() {
    let new = NewKey::generate(&name("ops")).unwrap();
    assert!(!format!("{new:?}").contains(new.key().expose_secret()));
    let keys: ApiKeys = format!("ops:{HASH}").parse().unwrap();
    assert_eq!(format!("{keys:?}"), "[KeyName(\"ops\")]");
}
