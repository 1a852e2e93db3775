//! Parsing of settings, and every way in which it fails.

use std::num::NonZeroU32;
use std::time::Duration;

use secrecy::ExposeSecret;
use watchme_app::models::ModelOrigin;
use watchme_app::{Environment, LogFormat, Settings, SettingsError, SourceSettings, StoreSettings};

const URL: (&str, &str) = ("SUPABASE_URL", "https://x.supabase.co");
const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const KEY: (&str, &str) = ("SUPABASE_KEY", "eyJ.secret-one.x");
const ID: (&str, &str) = ("AWS_ACCESS_KEY_ID", "AKIA1");
const SECRET: (&str, &str) = ("AWS_SECRET_ACCESS_KEY", "secret-two");
const BUCKET: (&str, &str) = ("S3_BUCKET_NAME", "recordings");
const HOME: (&str, &str) = ("HOME", "/home/me");

fn parse(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::parse(&Environment::from_pairs(pairs.iter().copied()))
}

fn problems(pairs: &[(&str, &str)]) -> Vec<String> {
    let error = parse(pairs).expect_err("the settings must be refused");
    error.problems().iter().map(ToString::to_string).collect()
}

fn check_source(pairs: &[(&str, &str)], expected: &str) {
    let settings = parse(pairs).unwrap();
    let found = match settings.source {
        SourceSettings::Folder { root } => format!("folder {}", root.display()),
        SourceSettings::S3(s3) => {
            let keys = s3.keys.map_or("chain".to_owned(), |keys| {
                let token = keys.token.map(|token| token.expose_secret().to_owned());
                format!("{}/{}/{token:?}", keys.id, keys.secret.expose_secret())
            });
            let endpoint = s3.endpoint.map(|url| url.to_string());
            format!("{} {} {endpoint:?} {keys} {:?}", s3.bucket, s3.region, s3.profile)
        }
    };
    assert_eq!(found, expected, "{pairs:?}");
}

#[test]
fn without_any_setting_everything_is_in_the_users_folders() {
    let settings = parse(&[HOME]).unwrap();
    let StoreSettings::Sqlite { path } = settings.store else { panic!("{:?}", settings.store) };
    assert_eq!(path.to_str(), Some("/home/me/.local/share/watchme/watchme.sqlite3"));
    assert_eq!(settings.spool_dir.to_str(), Some("/home/me/.local/share/watchme/spool"));
    assert_eq!(settings.max_audio_bytes, 100 << 20);
    assert_eq!(settings.prefetch.get(), 2);
    let speech = settings.speech;
    assert_eq!(speech.models.len(), 1);
    assert_eq!(speech.options.model.as_str(), "base");
    assert_eq!(speech.options.language.to_string(), "ja");
    assert_eq!(speech.zone.iana_name(), Some("Asia/Tokyo"));
    assert_eq!(speech.silence_text, "");
    assert_eq!(speech.model_dir.to_str(), Some("/home/me/.cache/watchme/models"));
    assert_eq!((speech.threads, speech.memory_limit_bytes), (None, None));
    assert_eq!(settings.service.bind.to_string(), "127.0.0.1:8001");
    assert!(settings.service.api_keys.is_empty() && !settings.service.allow_anonymous);
    assert_eq!(settings.service.rate_limit_per_minute.map(NonZeroU32::get), Some(1200));
    assert!(settings.service.cors);
    assert_eq!(settings.service.shutdown_grace, Duration::from_secs(30));
    assert_eq!(settings.log.format, LogFormat::Text);
    check_source(&[HOME], "folder /home/me/.local/share/watchme/recordings");
}

#[test]
fn folders_follow_the_settings_then_xdg_then_home() {
    let path = |pairs: &[(&str, &str)]| match parse(pairs).unwrap().store {
        StoreSettings::Sqlite { path } => path.display().to_string(),
        StoreSettings::Supabase { .. } => "supabase".to_owned(),
    };
    let (xdg, data) = (("XDG_DATA_HOME", "/xdg"), ("WATCHME_DATA_DIR", "/data"));
    let cache = ("XDG_CACHE_HOME", "/cache");
    assert_eq!(path(&[HOME, xdg, data]), "/data/watchme.sqlite3");
    assert_eq!(path(&[HOME, xdg]), "/xdg/watchme/watchme.sqlite3");
    assert_eq!(
        path(&[HOME, ("XDG_DATA_HOME", "relative")]),
        "/home/me/.local/share/watchme/watchme.sqlite3"
    );
    assert_eq!(path(&[data, cache]), "/data/watchme.sqlite3");
    let settings = parse(&[URL, KEY, BUCKET, cache]).unwrap();
    assert_eq!(settings.spool_dir.to_str(), Some("/tmp/watchme-spool"));
}

#[test]
fn what_the_engine_keeps_is_in_the_data_folder_unless_it_is_to_keep_nothing() {
    let speech = |pairs: &[(&str, &str)]| parse(pairs).unwrap().speech;
    let kept = |pairs: &[(&str, &str)]| {
        let folder = speech(pairs).checkpoint_dir;
        folder.map_or("nowhere".to_owned(), |folder| folder.display().to_string())
    };
    let data = ("WATCHME_DATA_DIR", "/data");
    assert_eq!(kept(&[HOME, data]), "/data/checkpoints");
    assert_eq!(kept(&[HOME, data, ("WATCHME_CHECKPOINT_DIR", "/other")]), "/other");
    assert_eq!(kept(&[HOME, data, ("WATCHME_CHECKPOINT_DIR", "off")]), "nowhere");
    let cache = ("XDG_CACHE_HOME", "/cache");
    assert_eq!(kept(&[URL, KEY, BUCKET, cache]), "nowhere", "no place is known");
    assert_eq!(speech(&[HOME, data]).tuning_file.unwrap().to_str(), Some("/data/threads.json"));
}

#[test]
fn an_idle_model_is_unloaded_after_a_while_unless_it_is_to_stay() {
    for (value, expected) in [(None, Some(600)), (Some("90"), Some(90)), (Some("off"), None)] {
        let set = value.map(|value| ("WATCHME_UNLOAD_AFTER", value));
        let pairs: Vec<_> = [HOME].into_iter().chain(set).collect();
        let found = parse(&pairs).unwrap().speech.unload_after;
        assert_eq!(found, expected.map(Duration::from_secs), "{value:?}");
    }
    for wrong in ["86401", "-1", "10m"] {
        assert!(parse(&[HOME, ("WATCHME_UNLOAD_AFTER", wrong)]).is_err(), "{wrong}");
    }
}

#[test]
fn the_settings_of_the_original_mean_what_they_meant() {
    let pairs = [URL, KEY, ID, SECRET, HOME];
    let settings = parse(&pairs).unwrap();
    let StoreSettings::Supabase { url, key } = &settings.store else { panic!() };
    assert_eq!(url.as_str(), "https://x.supabase.co/");
    assert_eq!(key.expose_secret(), KEY.1);
    check_source(&pairs, "watchme-vault us-east-1 None AKIA1/secret-two/None None");
}

#[test]
fn a_source_is_a_bucket_where_aws_is_meant_and_a_folder_otherwise() {
    let keys = "AKIA1/secret-two";
    check_source(&[HOME, BUCKET], "recordings us-east-1 None chain None");
    check_source(
        &[HOME, BUCKET, ("AWS_REGION", "ap-southeast-2")],
        "recordings ap-southeast-2 None chain None",
    );
    check_source(&[HOME, ID, SECRET], &format!("watchme-vault us-east-1 None {keys}/None None"));
    check_source(
        &[HOME, ID, SECRET, ("AWS_SESSION_TOKEN", "t")],
        &format!("watchme-vault us-east-1 None {keys}/Some(\"t\") None"),
    );
    check_source(
        &[HOME, ("AWS_PROFILE", "ops")],
        "watchme-vault us-east-1 None chain Some(\"ops\")",
    );
    check_source(
        &[HOME, ("AWS_ENDPOINT_URL", "http://minio:9000")],
        "watchme-vault us-east-1 Some(\"http://minio:9000/\") chain None",
    );
    check_source(
        &[HOME, ("AWS_ENDPOINT_URL", "http://a"), ("AWS_ENDPOINT_URL_S3", "http://b")],
        "watchme-vault us-east-1 Some(\"http://b/\") chain None",
    );
    check_source(&[HOME, ("WATCHME_AUDIO_DIR", "/audio")], "folder /audio");
    check_source(&[HOME, ("WATCHME_AUDIO_DIR", "/audio"), ("AWS_PROFILE", "ops")], "folder /audio");
    check_source(&[URL, KEY, HOME, ("WATCHME_AUDIO_DIR", "/audio")], "folder /audio");
    let region = ("AWS_REGION", "us-east-1");
    check_source(&[HOME, region], "folder /home/me/.local/share/watchme/recordings");
    check_source(
        &[HOME, ("S3_BUCKET_NAME", "")],
        "folder /home/me/.local/share/watchme/recordings",
    );
}

#[test]
fn half_a_configuration_says_which_half_is_missing() {
    let audio = ("WATCHME_AUDIO_DIR", "/audio");
    let token = ("AWS_SESSION_TOKEN", "t");
    for (pairs, expected) in [
        (
            vec![HOME, URL, audio],
            "`SUPABASE_KEY` is missing while `SUPABASE_URL` is set: set both for Supabase, or neither for SQLite",
        ),
        (
            vec![HOME, KEY, audio],
            "`SUPABASE_URL` is missing while `SUPABASE_KEY` is set: set both for Supabase, or neither for SQLite",
        ),
        (
            vec![HOME, URL, ("SUPABASE_KEY", "  "), audio],
            "`SUPABASE_KEY` is missing while `SUPABASE_URL` is set: set both for Supabase, or neither for SQLite",
        ),
        (
            vec![HOME, ID],
            "`AWS_SECRET_ACCESS_KEY` is missing while `AWS_ACCESS_KEY_ID` is set: set both, or neither for a profile or a role",
        ),
        (
            vec![HOME, SECRET, BUCKET],
            "`AWS_ACCESS_KEY_ID` is missing while `AWS_SECRET_ACCESS_KEY` is set: set both, or neither for a profile or a role",
        ),
        (
            vec![HOME, token],
            "`AWS_ACCESS_KEY_ID` is missing while `AWS_SESSION_TOKEN` is set: set the keys that the token belongs to, or remove it",
        ),
        (
            vec![HOME, URL, KEY],
            "`S3_BUCKET_NAME` is missing: rows are in Supabase, and nothing says where their audio is: set it and the keys of AWS, or `WATCHME_AUDIO_DIR` for a folder",
        ),
        (
            vec![HOME, ("WATCHME_WEBHOOK_URLS", "https://a.example.com")],
            "`WATCHME_WEBHOOK_SECRET` is missing while `WATCHME_WEBHOOK_URLS` is set: set both or neither",
        ),
        (
            vec![HOME, ("WATCHME_WEBHOOK_SECRET", WEBHOOK_SECRET)],
            "`WATCHME_WEBHOOK_URLS` is missing while `WATCHME_WEBHOOK_SECRET` is set: set both or neither",
        ),
        (
            vec![HOME, BUCKET, audio],
            "`WATCHME_AUDIO_DIR` is set while `S3_BUCKET_NAME` is set: keep the one that recordings are in",
        ),
        (
            vec![("WATCHME_MODELS", "/m.bin")],
            "`WATCHME_DATA_DIR` is missing, and so is `HOME`: there is no place for the SQLite file: name a folder",
        ),
        (
            vec![URL, KEY, BUCKET],
            "`WATCHME_MODEL_DIR` is missing, and so is `HOME`: there is no place for model files: name a folder",
        ),
    ] {
        assert_eq!(problems(&pairs), [expected], "{pairs:?}");
    }
}

#[test]
fn a_value_that_does_not_fit_says_what_fits() {
    for (name, value, mend) in [
        ("WATCHME_BIND", "8001", "write an address and a port"),
        ("WATCHME_BIND", "localhost", "write an address and a port"),
        ("WATCHME_ALLOW_ANONYMOUS", "maybe", "write `on` or `off`"),
        ("WATCHME_API_KEYS", "ops:secret", "entry 1 is not `NAME:`"),
        ("WATCHME_RATE_LIMIT_PER_MINUTE", "-1", "or 0 for no limit"),
        ("WATCHME_WEBHOOK_URLS", "http://other.example.com", "for this machine only"),
        ("WATCHME_WEBHOOK_URLS", "https://a.example.com,", "begins with `https://`"),
        ("WATCHME_WEBHOOK_SECRET", "short", "24 to 64 random bytes"),
        ("WATCHME_CORS", "maybe", "write `on` or `off`"),
        ("WATCHME_MAX_AUDIO_MB", "0", "above zero"),
        ("WATCHME_MAX_AUDIO_MB", "99999999999999999", "above zero"),
        ("WATCHME_MEMORY_LIMIT_MB", "1.5", "above zero"),
        ("WATCHME_PREFETCH", "0", "above zero"),
        ("WATCHME_THREADS", "-1", "above zero"),
        ("WATCHME_PRECISION", "best", "`fast` or `exact`"),
        ("WATCHME_SHUTDOWN_GRACE_SECONDS", "30000", "from 0 to 3600"),
        ("WATCHME_LANGUAGE", "Klingon", "`auto` or an ISO 639-1 code"),
        ("WATCHME_LANGUAGE", "qq", "`auto` or an ISO 639-1 code"),
        ("WATCHME_TIMEZONE", "Tokyo", "an IANA name"),
        ("WATCHME_LOG", "watchme=loud", "levels by module"),
        ("WATCHME_LOG_FORMAT", "xml", "`text` or `json`"),
        ("WATCHME_MODEL_MIRROR", "ftp://x", "a URL that begins with `https://`"),
        ("WATCHME_MODELS", "bsae", "unknown model `bsae`"),
        ("WATCHME_MODELS", "base,base", "name `base` only once"),
        ("WATCHME_MODELS", "a b=/x.bin", "letters, digits"),
        ("WATCHME_MODELS", ",", "at least one model"),
        ("WATCHME_SCHEDULE", "hourly", "five fields"),
        ("WATCHME_SCHEDULE", "0 0 30 2 *", "whose time comes"),
        ("WATCHME_LOOK_BACK_HOURS", "0", "from 1 to 876000"),
        ("WATCHME_SKIP_HOURS", "5", "hours as `23-05`"),
        ("WATCHME_HOURLY_PRICE", "-1", "a decimal number"),
        ("WATCHME_HOURLY_PRICE", "1e3", "a decimal number"),
        ("WATCHME_HOURLY_PRICE", "0,04", "a decimal number"),
        ("WATCHME_CURRENCY", "yen", "three capital letters"),
        ("AWS_ENDPOINT_URL", "minio:9000", "a URL that begins with `https://`"),
    ] {
        let found = problems(&[HOME, (name, value)]);
        assert_eq!(found.len(), 1, "{name}={value}: {found:?}");
        assert!(found[0].starts_with(&format!("`{name}` ")), "{found:?}");
        assert!(found[0].contains(mend), "{found:?}");
    }
}

#[test]
fn every_problem_is_told_at_once() {
    let found = problems(&[
        HOME,
        URL,
        ID,
        ("WATCHME_BIND", "nowhere"),
        ("WATCHME_LANGUGE", "en"),
        ("WATCHME_PREFETCH", "many"),
    ]);
    assert_eq!(found.len(), 5, "{found:#?}");
}

#[test]
fn a_slip_of_a_name_is_refused_and_a_foreign_name_only_told() {
    let found = problems(&[HOME, ("WATCHME_LANGUGE", "en")]);
    assert_eq!(found, ["`WATCHME_LANGUGE` is no setting: write `WATCHME_LANGUAGE`, or remove it"]);
    let settings = parse(&[HOME, ("WATCHME_ADMIN_PASSWORD_FILE", "/x")]).unwrap();
    assert_eq!(settings.warnings.len(), 1);
    assert_eq!(settings.warnings[0].name, "WATCHME_ADMIN_PASSWORD_FILE");
    // Named like a setting, and read by the benchmarks.
    assert!(parse(&[HOME, ("WATCHME_CORPUS", "/corpus")]).unwrap().warnings.is_empty());
}

#[test]
fn models_are_names_paths_or_both() {
    let pairs = [HOME, ("WATCHME_MODELS", "base, /m/ggml-synth-tiny.bin ,mine=models/x.bin")];
    let speech = parse(&pairs).unwrap().speech;
    let found: Vec<_> = speech
        .models
        .iter()
        .map(|model| match &model.origin {
            ModelOrigin::Catalogue(published) => (model.name.as_str(), published.file),
            ModelOrigin::File(path) => (model.name.as_str(), path.to_str().unwrap()),
        })
        .collect();
    assert_eq!(
        found,
        [
            ("base", "ggml-base.bin"),
            ("ggml-synth-tiny", "/m/ggml-synth-tiny.bin"),
            ("mine", "models/x.bin")
        ]
    );
    assert_eq!(speech.options.model.as_str(), "base");
}

#[test]
fn a_schedule_is_off_unless_it_is_set() {
    let schedule = parse(&[HOME]).unwrap().schedule;
    assert!(schedule.when.is_none() && schedule.skip.is_empty());
    assert_eq!(schedule.look_back, Duration::from_hours(24));
    let pairs = [
        HOME,
        ("WATCHME_SCHEDULE", "10 */3 * * *"),
        ("WATCHME_LOOK_BACK_HOURS", "48"),
        ("WATCHME_SKIP_HOURS", "23-05;d1=none"),
    ];
    let schedule = parse(&pairs).unwrap().schedule;
    assert_eq!(schedule.when.unwrap().to_string(), "10 */3 * * *");
    assert_eq!(schedule.look_back, Duration::from_hours(48));
    assert_eq!(schedule.skip.to_string(), "23-05; d1=none");
}

#[test]
fn a_price_is_not_known_unless_it_is_set() {
    let costs = parse(&[HOME]).unwrap().costs;
    assert_eq!((costs.hourly_price, costs.currency.as_str()), (None, "USD"));
    let pairs = [HOME, ("WATCHME_HOURLY_PRICE", "0.0416"), ("WATCHME_CURRENCY", "JPY")];
    let costs = parse(&pairs).unwrap().costs;
    assert_eq!((costs.hourly_price, costs.currency.as_str()), (Some(0.0416), "JPY"));
    assert_eq!(
        parse(&[HOME, ("WATCHME_HOURLY_PRICE", "0")]).unwrap().costs.hourly_price,
        Some(0.0)
    );
}

#[test]
fn an_address_of_other_machines_needs_keys_or_a_word() {
    let key = format!("ops:{}", "0".repeat(64));
    let (keys, anonymous) = (("WATCHME_API_KEYS", &*key), ("WATCHME_ALLOW_ANONYMOUS", "1"));
    let exposed = |address: &'static str| ("WATCHME_BIND", address);
    for own in ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
        assert_eq!(parse(&[HOME, exposed(own)]).unwrap().service.check_exposure(), Ok(()));
    }
    for reached in ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[::ffff:10.0.0.1]:1"] {
        // Other programs read the same settings and listen nowhere.
        let settings = parse(&[HOME, exposed(reached)]).unwrap();
        let error = settings.service.check_exposure().unwrap_err();
        let message = error.to_string();
        for words in ["WATCHME_BIND", reached, "watchme keys new", "WATCHME_ALLOW_ANONYMOUS=1"] {
            assert!(message.contains(words), "{message}");
        }
        for allowed in [keys, anonymous] {
            let settings = parse(&[HOME, exposed(reached), allowed]).unwrap();
            assert_eq!(settings.service.check_exposure(), Ok(()), "{allowed:?}");
        }
    }
}

#[test]
fn receivers_of_webhooks_are_a_list_of_hosts_each_once() {
    let urls =
        "https://a.example.com/x?secret-y, http://127.0.0.1:9000/,https://a.example.com/x?secret-y";
    let pairs = [HOME, ("WATCHME_WEBHOOK_URLS", urls), ("WATCHME_WEBHOOK_SECRET", WEBHOOK_SECRET)];
    let settings = parse(&pairs).unwrap();
    let webhooks = settings.service.webhooks.as_ref().unwrap();
    let hosts: Vec<_> = webhooks.endpoints.iter().map(watchme_webhooks::Endpoint::host).collect();
    assert_eq!(hosts, ["a.example.com", "127.0.0.1:9000"]);
    let shown = format!("{settings:?}");
    assert!(!shown.contains("secret-y") && !shown.contains("MfKQ9"), "{shown}");
    let many = (0..17).map(|n| format!("https://{n}.example.com/")).collect::<Vec<_>>().join(",");
    assert!(problems(&[HOME, ("WATCHME_WEBHOOK_URLS", &many)])[0].contains("at most 16"));
}

#[test]
fn no_secret_is_in_an_error_or_in_debug_output() {
    let secrets = [URL, KEY, ID, SECRET, ("AWS_SESSION_TOKEN", "secret-three"), HOME];
    let debug = format!("{:?}", parse(&secrets).unwrap());
    assert!(!debug.contains("secret-"), "{debug}");

    let wrong = [
        KEY,
        SECRET,
        ("SUPABASE_URL", "https://user:secret-four@x.supabase.co"),
        ("AWS_ENDPOINT_URL", "secret-five"),
        ("WATCHME_MODEL_MIRROR", "ftp://secret-six@x"),
        ("WATCHME_API_KEYS", "ops:secret-seven"),
        ("WATCHME_WEBHOOK_URLS", "http://secret-eight.example.com"),
        ("WATCHME_WEBHOOK_SECRET", "secret-nine"),
    ];
    let error = parse(&wrong).unwrap_err();
    assert_eq!(error.problems().len(), 8, "{error}");
    assert!(!format!("{error} {error:?}").contains("secret-"), "{error}");
}
