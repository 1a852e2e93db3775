//! `watchme keys`: keys are printed once, and only their hashes are kept.

use watchme_app::keys::ApiKeys;

use crate::sandbox::Sandbox;

/// The name that a setting gives to `key`.
fn name_of(setting: &str, key: &str) -> Option<String> {
    let keys = setting.strip_prefix("WATCHME_API_KEYS=").unwrap();
    let keys: ApiKeys = keys.parse().unwrap();
    keys.name_of(key.as_bytes()).map(ToString::to_string)
}

#[test]
fn a_new_key_is_printed_with_the_line_that_lets_it_in() {
    let run = Sandbox::new().run(&["keys", "new"]).expect(0);
    let [key, setting] = run.stdout.lines().collect::<Vec<_>>().try_into().unwrap();
    assert!(key.starts_with("watchme_") && key.len() == "watchme_".len() + 43, "{key}");
    assert_eq!(name_of(setting, key).as_deref(), Some("default"));
    assert!(!setting.contains(key) && !run.stderr.contains(key), "{run:#?}");
    assert!(run.stderr.contains("X-API-Key"), "{run:#?}");
}

#[test]
fn a_second_key_stands_beside_the_first() {
    let first = Sandbox::new().run(&["keys", "new", "--json"]).expect(0).json();
    let sandbox = Sandbox::new().with("WATCHME_API_KEYS", first["entry"].as_str().unwrap());
    let second = sandbox.run(&["keys", "new", "--name", "admin.1", "--json"]).expect(0).json();
    assert_eq!(second["name"], "admin.1");
    let setting = second["setting"].as_str().unwrap();
    for (body, name) in [(&first, "default"), (&second, "admin.1")] {
        let key = body["key"].as_str().unwrap();
        assert_eq!(name_of(setting, key).as_deref(), Some(name));
    }
    assert_ne!(first["key"], second["key"]);
}

#[test]
fn a_name_is_used_once_and_is_plain() {
    let first = Sandbox::new().run(&["keys", "new", "--json"]).expect(0).json();
    let sandbox = Sandbox::new().with("WATCHME_API_KEYS", first["entry"].as_str().unwrap());
    let run = sandbox.run(&["keys", "new"]).expect(2);
    assert!(run.stderr.contains("there is already a key `default`"), "{run:#?}");
    assert_eq!(run.stdout, "");
    for name in ["", "a b", "a:b", "a,b", "anonymous", &"x".repeat(33)] {
        Sandbox::new().run(&["keys", "new", "--name", name]).expect(2);
    }
}

#[test]
fn a_setting_that_cannot_be_used_is_not_repeated() {
    let sandbox = Sandbox::new().with("WATCHME_API_KEYS", "watchme_on-purpose");
    let run = sandbox.run(&["keys", "new"]).expect(2);
    assert!(run.stderr.contains("WATCHME_API_KEYS") && run.stderr.contains("hint: "), "{run:#?}");
    assert!(!run.stderr.contains("on-purpose"), "{run:#?}");
}
