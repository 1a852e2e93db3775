//! Every setting: one table for the parser, `watchme doctor`, the reference and `.env.example`.

/// One environment variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What applies where it is not set.
    pub fallback: Fallback,
    /// How much of a value may be shown.
    pub shown: Shown,
    /// What it decides, as one or two sentences.
    pub meaning: &'static str,
}

/// What applies where a variable is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// This value, read like one that was set.
    Value(&'static str),
    /// What these words say.
    Rule(&'static str),
}

/// How much of a value may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// All of it.
    Whole,
    /// Scheme, host and path: the rest may hold credentials.
    UrlWithoutCredentials,
    /// Nothing: it is a secret.
    Never,
}

/// A part of the reference.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// Its heading.
    pub title: &'static str,
    /// What its settings have in common, as Markdown.
    pub intro: &'static str,
    /// Its settings.
    pub variables: &'static [&'static Variable],
}

/// Every setting, grouped, in the order of the reference.
pub const GROUPS: &[Group] = &[
    Group {
        title: "Store",
        intro: "Where recordings are listed and texts are kept. With neither of these two settings it is a SQLite file, \
                `watchme.sqlite3` in the data folder. Only one of them is an error.",
        variables: &[&SUPABASE_URL, &SUPABASE_KEY],
    },
    Group {
        title: "Recordings",
        intro: "Where audio is fetched from. A bucket, where `S3_BUCKET_NAME` or another AWS setting but the region is \
                there; a folder otherwise. Without keys the default chain of AWS finds them: profile, container or \
                instance role. With Supabase and no AWS setting the folder must be named by `WATCHME_AUDIO_DIR`, so that a \
                forgotten bucket does not look like a day without audio.",
        variables: &[
            &S3_BUCKET_NAME,
            &AWS_ACCESS_KEY_ID,
            &AWS_SECRET_ACCESS_KEY,
            &AWS_SESSION_TOKEN,
            &AWS_PROFILE,
            &AWS_REGION,
            &AWS_ENDPOINT_URL_S3,
            &AWS_ENDPOINT_URL,
            &AUDIO_DIR,
            &MAX_AUDIO_MB,
            &SPOOL_DIR,
            &PREFETCH,
        ],
    },
    Group {
        title: "Speech",
        intro: "What turns audio into text, and how.",
        variables: &[
            &MODELS,
            &MODEL_DIR,
            &MODEL_MIRROR,
            &LANGUAGE,
            &TIMEZONE,
            &SILENCE_TEXT,
            &THREADS,
            &PRECISION,
            &MEMORY_LIMIT_MB,
            &CHECKPOINT_DIR,
        ],
    },
    Group {
        title: "Work",
        intro: "How recordings are claimed, so that as many machines as it takes may share one store.",
        variables: &[
            &LEASE_SECONDS,
            &MAX_ATTEMPTS,
            &QUARANTINE_STATUS,
            &PATIENCE_SECONDS,
            &POLL_SECONDS,
            &QUEUE_URL,
            &COMPLETED_QUEUE_URL,
        ],
    },
    Group {
        title: "Schedule",
        intro: "When pending recordings are taken up without being asked for: by `watchme-server` beside its service, or by \
                `watchme schedule`. As many machines as it takes may have the same schedule: each recording is claimed first.",
        variables: &[&SCHEDULE, &LOOK_BACK_HOURS, &SKIP_HOURS],
    },
    Group {
        title: "Costs",
        intro: "What an hour of the machine costs, for `watchme cost` and `/v1/costs`. Nothing is measured otherwise for it.",
        variables: &[&HOURLY_PRICE, &CURRENCY],
    },
    Group {
        title: "Service",
        intro: "How `watchme-server` is reached, and what both programs write.",
        variables: &[
            &BIND,
            &API_KEYS,
            &ALLOW_ANONYMOUS,
            &ALLOWED_HOSTS,
            &RATE_LIMIT_PER_MINUTE,
            &WEBHOOK_URLS,
            &WEBHOOK_SECRET,
            &CORS,
            &SHUTDOWN_GRACE_SECONDS,
            &LOG,
            &LOG_FORMAT,
            &DATA_DIR,
            &ENV_FILE,
        ],
    },
    Group {
        title: "Client",
        intro: "How `watchme runs` and `watchme watch` reach a service that runs already.",
        variables: &[&SERVER_URL, &API_KEY],
    },
    Group {
        title: "Spans",
        intro: "Where a span of each request, run and recording is sent, by OTLP over HTTP as protobuf (port 4318 of a collector, not 4317). \
                It says key, device, attempt, length and outcome, never what was said. Other names of OpenTelemetry, \
                `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_TIMEOUT` and `OTEL_BSP_…`, mean what they mean \
                elsewhere, and are read from the environment alone.",
        variables: &[
            &OTEL_EXPORTER_OTLP_ENDPOINT,
            &OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
            &OTEL_EXPORTER_OTLP_HEADERS,
            &OTEL_SERVICE_NAME,
        ],
    },
];

/// Every setting, in the order of the reference.
pub fn all() -> impl Iterator<Item = &'static Variable> {
    GROUPS.iter().flat_map(|group| group.variables).copied()
}

macro_rules! variables {
    ($($constant:ident = $name:literal, $fallback:expr, $shown:ident, $meaning:literal;)+) => {
        $(
            #[doc = $meaning]
            pub const $constant: Variable = Variable {
                name: $name,
                fallback: $fallback,
                shown: Shown::$shown,
                meaning: $meaning,
            };
        )+
    };
}

use Fallback::{Rule, Value};

variables! {
    SUPABASE_URL = "SUPABASE_URL", Rule("SQLite"), UrlWithoutCredentials,
        "The project's URL, `https://PROJECT.supabase.co`.";
    SUPABASE_KEY = "SUPABASE_KEY", Rule("SQLite"), Never,
        "The project's key: a JWT or `sb_…`. It must be allowed to read and update `audio_files` and to write `vibe_whisper`.";

    S3_BUCKET_NAME = "S3_BUCKET_NAME", Rule("`watchme-vault` where another AWS setting but the region is there"), Whole,
        "The bucket.";
    AWS_ACCESS_KEY_ID = "AWS_ACCESS_KEY_ID", Rule("the default chain of AWS"), Whole,
        "The access key. Set both or neither of key and secret.";
    AWS_SECRET_ACCESS_KEY = "AWS_SECRET_ACCESS_KEY", Rule("the default chain of AWS"), Never,
        "The secret of the access key.";
    AWS_SESSION_TOKEN = "AWS_SESSION_TOKEN", Rule("none"), Never,
        "The session token of temporary keys.";
    AWS_PROFILE = "AWS_PROFILE", Rule("the default chain of AWS"), Whole,
        "The profile in `~/.aws`, used where no access key is set.";
    AWS_REGION = "AWS_REGION", Value("us-east-1"), Whole,
        "The region asked first. The bucket's real region is found and followed.";
    AWS_ENDPOINT_URL_S3 = "AWS_ENDPOINT_URL_S3", Rule("`AWS_ENDPOINT_URL`"), UrlWithoutCredentials,
        "Another S3 service, `MinIO` for one.";
    AWS_ENDPOINT_URL = "AWS_ENDPOINT_URL", Rule("AWS"), UrlWithoutCredentials,
        "The same, where `AWS_ENDPOINT_URL_S3` is not set.";
    AUDIO_DIR = "WATCHME_AUDIO_DIR", Rule("`recordings` in the data folder"), Whole,
        "The folder that stands for a bucket: an object's key is its path below it. Setting it together with `S3_BUCKET_NAME` is an error.";
    MAX_AUDIO_MB = "WATCHME_MAX_AUDIO_MB", Value("100"), Whole,
        "The largest recording that is fetched, or taken from a caller, in MiB.";
    SPOOL_DIR = "WATCHME_SPOOL_DIR", Rule("`spool` in the data folder, or `watchme-spool` in the system's temporary folder where there is none"), Whole,
        "The folder for recordings that are fetched or sent by callers. It holds those under way and is emptied by itself.";
    PREFETCH = "WATCHME_PREFETCH", Value("2"), Whole,
        "How many recordings may lie fetched on disk while one is transcribed.";

    MODELS = "WATCHME_MODELS", Value("base"), Whole,
        "The allowed models, separated by commas; the first is the default. A name of the catalogue (`watchme models list`), the path of a ggml file, or `name=path`.";
    MODEL_DIR = "WATCHME_MODEL_DIR", Rule("`watchme/models` in `$XDG_CACHE_HOME`, or in `~/.cache`"), Whole,
        "Where model files are, and where they are downloaded to.";
    MODEL_MIRROR = "WATCHME_MODEL_MIRROR", Rule("the catalogue's source"), UrlWithoutCredentials,
        "Where models are downloaded from: a URL under which the files have their usual names.";
    LANGUAGE = "WATCHME_LANGUAGE", Value("ja"), Whole,
        "The spoken language: `auto`, or an ISO 639-1 code.";
    TIMEZONE = "WATCHME_TIMEZONE", Value("Asia/Tokyo"), Whole,
        "The zone of the devices, for recordings whose key and row tell no local time.";
    SILENCE_TEXT = "WATCHME_SILENCE_TEXT", Rule("the empty text"), Whole,
        "What is saved where nobody spoke. Readers of `vibe_whisper` expect the empty text.";
    THREADS = "WATCHME_THREADS", Rule("as many as are fastest: all cores, the physical ones or one"), Whole,
        "How many threads the engine uses, at most one for each core. Without it they are compared with the first load of each model, for two seconds at most; `threads.json` in the data folder remembers the fastest.";
    PRECISION = "WATCHME_PRECISION", Value("fast"), Whole,
        "How a model file of 16 bits is multiplied. `fast`: in 16 bits where the processor does so faster; now and then a time is 20 ms off, and rarely a word another one, where two are nearly as likely. `exact`: in 32 bits, token for token as whisper.cpp without flash attention, for about twice the time of the encoder and twice its memory. A quantised file is multiplied as whisper.cpp does it, either way.";
    MEMORY_LIMIT_MB = "WATCHME_MEMORY_LIMIT_MB", Rule("what the machine or its control group has left"), Whole,
        "How much memory a model may need, in MiB. A larger one is refused before it is loaded.";
    CHECKPOINT_DIR = "WATCHME_CHECKPOINT_DIR", Rule("`checkpoints` in the data folder"), Whole,
        "Where what was heard of a recording is kept until its text is saved, so that a crash does not cost it. Only this user may read it; what nobody goes on with is deleted after a week. `off`: nothing is kept.";

    LEASE_SECONDS = "WATCHME_LEASE_SECONDS", Value("60"), Whole,
        "How long a claim outlives the process that made it, in seconds. It is renewed while the work goes on.";
    MAX_ATTEMPTS = "WATCHME_MAX_ATTEMPTS", Value("5"), Whole,
        "After this many failed attempts a recording is quarantined, until `watchme quarantine release` or a request by its name.";
    QUARANTINE_STATUS = "WATCHME_QUARANTINE_STATUS", Value("failed"), Whole,
        "The status that rows of a quarantined recording get. `pending` leaves them as they are.";
    PATIENCE_SECONDS = "WATCHME_PATIENCE_SECONDS", Value("600"), Whole,
        "How long a finished text waits for a store that cannot be reached, in seconds.";
    POLL_SECONDS = "WATCHME_POLL_SECONDS", Value("15"), Whole,
        "How often an idle worker looks for new recordings, in seconds. A random quarter at most is left out.";

    QUEUE_URL = "WATCHME_QUEUE_URL", Rule("none: workers poll"), Whole,
        "The SQS queue that announces recordings to workers: S3 events, direct, through SNS or `EventBridge`, or `{\"file_path\": …}`.";
    COMPLETED_QUEUE_URL = "WATCHME_COMPLETED_QUEUE_URL", Rule("none"), Whole,
        "The SQS queue that workers tell of each recording that is completed or given up.";

    SCHEDULE = "WATCHME_SCHEDULE", Rule("off"), Whole,
        "When: a line of cron with five fields, as `10 * * * *` for ten past each hour, in the zone of `WATCHME_TIMEZONE`. A sixth field in front is seconds.";
    LOOK_BACK_HOURS = "WATCHME_LOOK_BACK_HOURS", Value("24"), Whole,
        "How far back by `recorded_at` a firing looks, in hours. Older recordings are left to requests and workers.";
    SKIP_HOURS = "WATCHME_SKIP_HOURS", Rule("none"), Whole,
        "Recordings made in these hours of the device's day are left out: `23-05` is from 23:00 up to 05:00; several ranges have `,` between them. `23-05;DEVICE=12-13;OTHER=none` has other hours for some devices.";

    HOURLY_PRICE = "WATCHME_HOURLY_PRICE", Rule("none: no cost is told"), Whole,
        "The price of the machine for an hour, as `0.0416`.";
    CURRENCY = "WATCHME_CURRENCY", Value("USD"), Whole,
        "The currency of that price: three letters of ISO 4217.";

    BIND = "WATCHME_BIND", Value("127.0.0.1:8001"), Whole,
        "The address and port of the service. One that other machines reach, `0.0.0.0:8001` for one, needs `WATCHME_API_KEYS` or `WATCHME_ALLOW_ANONYMOUS`.";
    API_KEYS = "WATCHME_API_KEYS", Rule("none: no key is needed"), Never,
        "The keys of callers, separated by commas, each as `name:` and the SHA-256 of the key in hexadecimal digits: `watchme keys new` prints both. Only for random keys as that command makes them, never for passwords: the hash is a fast one. With any set, every path but `/` and `/health` needs `Authorization: Bearer KEY` or `X-API-Key: KEY`.";
    ALLOW_ANONYMOUS = "WATCHME_ALLOW_ANONYMOUS", Value("off"), Whole,
        "`on` or `1`: the service may listen beyond loopback without keys, behind a proxy that keeps strangers away. Where keys are set they are needed all the same.";
    ALLOWED_HOSTS = "WATCHME_ALLOWED_HOSTS", Rule("none"), Whole,
        "Host names under which a service without keys is reached on loopback, separated by commas, without ports: those that a proxy in front passes on. `localhost`, `127.0.0.1` and `[::1]` are always answered, all other names are refused with 421, so that no web page can lead its own name here. Not used with `WATCHME_API_KEYS`, or beyond loopback.";
    RATE_LIMIT_PER_MINUTE = "WATCHME_RATE_LIMIT_PER_MINUTE", Value("1200"), Whole,
        "How many requests a minute each key has, all at once or spread; those without a key share one such allowance. `0`: no limit. `/`, `/health` and the files of the page are not counted.";
    WEBHOOK_URLS = "WATCHME_WEBHOOK_URLS", Rule("none"), Never,
        "Who is told of each recording that the service completes or gives up, and of each run that ended: URLs that begin with `https://`, separated by commas; `http://` for this machine only. Needs `WATCHME_WEBHOOK_SECRET`.";
    WEBHOOK_SECRET = "WATCHME_WEBHOOK_SECRET", Rule("none"), Never,
        "What these events are signed with, as Standard Webhooks has it: `whsec_` and 24 to 64 random bytes in Base64. `echo whsec_$(head -c 32 /dev/urandom | base64)` makes one.";
    CORS = "WATCHME_CORS", Value("on"), Whole,
        "`on`: the service lets pages of every origin use the original's paths, as the original does. `off`: a proxy in front of it does. All other paths are refused to them either way.";
    SHUTDOWN_GRACE_SECONDS = "WATCHME_SHUTDOWN_GRACE_SECONDS", Value("30"), Whole,
        "How long requests under way may take to end after a signal to stop, in seconds.";
    LOG = "WATCHME_LOG", Value("warn,watchme=info"), Whole,
        "What is logged: levels by module, as `warn,watchme=debug`. Unless it is set, `watchme` logs warnings only.";
    LOG_FORMAT = "WATCHME_LOG_FORMAT", Value("text"), Whole,
        "`text`, or `json` with one object on each line. Logs go to standard error.";
    DATA_DIR = "WATCHME_DATA_DIR", Rule("`watchme` in `$XDG_DATA_HOME`, or in `~/.local/share`"), Whole,
        "The data folder: the SQLite file, recordings, spooled files, checkpoints, and how many threads are fastest here.";
    ENV_FILE = "WATCHME_ENV_FILE", Rule("`.env` in the working folder, where there is one"), Whole,
        "A file with more settings, `NAME=value` on each line. The real environment wins, also with an empty value.";

    SERVER_URL = "WATCHME_SERVER_URL", Value("http://127.0.0.1:8001"), UrlWithoutCredentials,
        "The service's URL, with the prefix that a proxy strips, if any.";
    API_KEY = "WATCHME_API_KEY", Rule("none"), Never,
        "The key of this caller, one of those whose hashes the service has in `WATCHME_API_KEYS`.";

    OTEL_EXPORTER_OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT", Rule("none: no spans are sent"), UrlWithoutCredentials,
        "The collector, `http://127.0.0.1:4318` for one; `/v1/traces` is added.";
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", Rule("`OTEL_EXPORTER_OTLP_ENDPOINT`"), UrlWithoutCredentials,
        "The same, used as it is.";
    OTEL_EXPORTER_OTLP_HEADERS = "OTEL_EXPORTER_OTLP_HEADERS", Rule("none"), Never,
        "Headers of these requests: `name=value`, separated by commas, values percent-encoded.";
    OTEL_SERVICE_NAME = "OTEL_SERVICE_NAME", Value("watchme-transcriber"), Whole,
        "What this service is called there.";
}
