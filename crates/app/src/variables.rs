//! The table of all settings, for the parser, `watchme doctor`, the reference and `.env.example`.

/// One environment variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Default.
    pub fallback: Fallback,
    /// Part of the value that may be shown.
    pub shown: Shown,
    /// Its effect, in one or two sentences.
    pub meaning: &'static str,
}

/// Default of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fallback {
    /// This value, parsed like one that was set.
    Value(&'static str),
    /// A rule, in words.
    Rule(&'static str),
}

/// Part of a value that may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// All of it.
    Whole,
    /// Scheme, host and path only. The rest may hold credentials.
    UrlWithoutCredentials,
    /// Nothing: it is a secret.
    Never,
}

/// A section of the reference.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// Its heading.
    pub title: &'static str,
    /// Introduction, as Markdown.
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
        intro: "The source of audio: a bucket if `S3_BUCKET_NAME` or any AWS setting except the region is set, and a folder \
                otherwise. If no keys are set, AWS's default credential chain is used: profile, container or instance role. \
                With Supabase and no AWS setting, `WATCHME_AUDIO_DIR` must be set, so that a forgotten bucket does not look \
                like a day without audio.",
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
        intro: "Speech recognition.",
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
            &UNLOAD_AFTER,
            &CHECKPOINT_DIR,
        ],
    },
    Group {
        title: "Work",
        intro: "Claims and queues, by which any number of machines may share one store.",
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
        intro: "Pending recordings can be transcribed on a schedule, by `watchme-server` beside its service or by \
                `watchme schedule`. Any number of machines may have the same schedule: each recording is claimed first.",
        variables: &[&SCHEDULE, &LOOK_BACK_HOURS, &SKIP_HOURS],
    },
    Group {
        title: "Costs",
        intro: "The price of the machine, for `watchme cost` and `/v1/costs`.",
        variables: &[&HOURLY_PRICE, &CURRENCY],
    },
    Group {
        title: "Service",
        intro: "Access to `watchme-server`, and the log and folders of both programs.",
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
        intro: "Access of `watchme runs` and `watchme watch` to a running service.",
        variables: &[&SERVER_URL, &API_KEY],
    },
    Group {
        title: "Spans",
        intro: "A span of each request, run and recording can be sent by OTLP over HTTP as protobuf (port 4318 of a collector, not 4317). \
                Spans have key, device, attempt, length and outcome, never what was said. `OTEL_RESOURCE_ATTRIBUTES`, \
                `OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_TIMEOUT` and `OTEL_BSP_…` work as OpenTelemetry specifies, but are read \
                from the environment only.",
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
        "The project's key: a JWT or `sb_…`. It must have permission to read and update `audio_files` and to write `vibe_whisper`.";

    S3_BUCKET_NAME = "S3_BUCKET_NAME", Rule("`watchme-vault`, if any AWS setting except the region is set"), Whole,
        "The bucket.";
    AWS_ACCESS_KEY_ID = "AWS_ACCESS_KEY_ID", Rule("AWS's default credential chain"), Whole,
        "The access key. Set both or neither of key and secret.";
    AWS_SECRET_ACCESS_KEY = "AWS_SECRET_ACCESS_KEY", Rule("AWS's default credential chain"), Never,
        "The secret of the access key.";
    AWS_SESSION_TOKEN = "AWS_SESSION_TOKEN", Rule("none"), Never,
        "The session token of temporary keys.";
    AWS_PROFILE = "AWS_PROFILE", Rule("AWS's default credential chain"), Whole,
        "The profile in `~/.aws`, used if no access key is set.";
    AWS_REGION = "AWS_REGION", Value("us-east-1"), Whole,
        "The region to ask first. The bucket's real region is found automatically.";
    AWS_ENDPOINT_URL_S3 = "AWS_ENDPOINT_URL_S3", Rule("`AWS_ENDPOINT_URL`"), UrlWithoutCredentials,
        "Endpoint of another S3 service, for example `MinIO`.";
    AWS_ENDPOINT_URL = "AWS_ENDPOINT_URL", Rule("AWS"), UrlWithoutCredentials,
        "The same, used if `AWS_ENDPOINT_URL_S3` is not set.";
    AUDIO_DIR = "WATCHME_AUDIO_DIR", Rule("`recordings` in the data folder"), Whole,
        "A folder in place of a bucket: an object's key is its path below the folder. Setting both this and `S3_BUCKET_NAME` is an error.";
    MAX_AUDIO_MB = "WATCHME_MAX_AUDIO_MB", Value("100"), Whole,
        "Size limit of recordings that are fetched or sent by callers, in MiB.";
    SPOOL_DIR = "WATCHME_SPOOL_DIR", Rule("`spool` in the data folder, or `watchme-spool` in the system's temporary folder if there is no data folder"), Whole,
        "The folder for recordings that are fetched or sent by callers. It holds only current ones and is cleaned up automatically.";
    PREFETCH = "WATCHME_PREFETCH", Value("2"), Whole,
        "Number of recordings that may be fetched ahead while one is transcribed.";

    MODELS = "WATCHME_MODELS", Value("base"), Whole,
        "The allowed models, separated by commas; the first is the default. A name of the catalogue (`watchme models list`), the path of a ggml file, or `name=path`.";
    MODEL_DIR = "WATCHME_MODEL_DIR", Rule("`watchme/models` in `$XDG_CACHE_HOME`, or in `~/.cache`"), Whole,
        "The folder of model files, also for downloads.";
    MODEL_MIRROR = "WATCHME_MODEL_MIRROR", Rule("the catalogue's source"), UrlWithoutCredentials,
        "A URL to download models from. The files must have their usual names there.";
    LANGUAGE = "WATCHME_LANGUAGE", Value("ja"), Whole,
        "The spoken language: `auto`, or its ISO 639 code or English name, such as `ja`, `jpn`, `ja-JP` or `Japanese`.";
    TIMEZONE = "WATCHME_TIMEZONE", Value("Asia/Tokyo"), Whole,
        "The time zone of the devices, for recordings whose key and row have no local time.";
    SILENCE_TEXT = "WATCHME_SILENCE_TEXT", Rule("the empty text"), Whole,
        "The text saved for a recording without speech. Readers of `vibe_whisper` expect the empty text.";
    THREADS = "WATCHME_THREADS", Rule("the fastest of all cores, the physical cores, or one"), Whole,
        "Number of the engine's threads, at most one for each core. If it is not set, the choices are compared when a model is first loaded, for two seconds at most; `threads.json` in the data folder remembers the fastest.";
    PRECISION = "WATCHME_PRECISION", Value("fast"), Whole,
        "Precision of matrix products with a 16-bit model file. `fast`: 16 bits in the encoder if the processor is faster with them, 8 bits in the decoder; occasionally a time differs by 20 or 40 ms, and rarely a word, if two are almost equally likely. `exact`: 32 bits, token for token as whisper.cpp without flash attention; the encoder then takes about twice the time and memory, the decoder twice the memory. A quantised file is multiplied as whisper.cpp does it in either case.";
    MEMORY_LIMIT_MB = "WATCHME_MEMORY_LIMIT_MB", Rule("what is left in the machine or its control group"), Whole,
        "Memory limit of a model, in MiB. A larger one is refused before it is loaded.";
    UNLOAD_AFTER = "WATCHME_UNLOAD_AFTER", Value("600"), Whole,
        "Time without a recording after which the model is unloaded, in seconds, up to a day. The next recording loads it again, which takes about a second. `off` keeps it loaded.";
    CHECKPOINT_DIR = "WATCHME_CHECKPOINT_DIR", Rule("`checkpoints` in the data folder"), Whole,
        "The folder of checkpoints: finished parts of a recording are kept until its text is saved, so that a crash does not lose them. Only this user may read it; unused checkpoints are deleted after a week. `off` keeps none.";

    LEASE_SECONDS = "WATCHME_LEASE_SECONDS", Value("60"), Whole,
        "Time for which a claim outlives the process that made it, in seconds. It is renewed while the work continues.";
    MAX_ATTEMPTS = "WATCHME_MAX_ATTEMPTS", Value("5"), Whole,
        "Number of failed attempts after which a recording is quarantined, until `watchme quarantine release` or a request for it by key.";
    QUARANTINE_STATUS = "WATCHME_QUARANTINE_STATUS", Value("failed"), Whole,
        "The status set on rows of a quarantined recording. `pending` leaves them as they are.";
    PATIENCE_SECONDS = "WATCHME_PATIENCE_SECONDS", Value("600"), Whole,
        "Time for which a finished text waits for a store that cannot be reached, in seconds.";
    POLL_SECONDS = "WATCHME_POLL_SECONDS", Value("15"), Whole,
        "Interval at which an idle worker looks for new recordings, in seconds, shortened at random by up to a quarter.";

    QUEUE_URL = "WATCHME_QUEUE_URL", Rule("none: workers poll"), Whole,
        "The SQS queue that announces recordings to workers: S3 events, direct, through SNS or `EventBridge`, or `{\"file_path\": …}`.";
    COMPLETED_QUEUE_URL = "WATCHME_COMPLETED_QUEUE_URL", Rule("none"), Whole,
        "The SQS queue to which workers report each recording that is completed or given up.";

    SCHEDULE = "WATCHME_SCHEDULE", Rule("off"), Whole,
        "A cron expression with five fields, in the zone of `WATCHME_TIMEZONE`: `10 * * * *` is ten past each hour. An optional sixth field in front is seconds.";
    LOOK_BACK_HOURS = "WATCHME_LOOK_BACK_HOURS", Value("24"), Whole,
        "Age limit of recordings by `recorded_at`, in hours. Older ones are left to requests and workers.";
    SKIP_HOURS = "WATCHME_SKIP_HOURS", Rule("none"), Whole,
        "Hours of the device's day whose recordings are left out: `23-05` is from 23:00 up to 05:00. Several ranges are separated by `,`. `23-05;DEVICE=12-13;OTHER=none` sets other hours for some devices.";

    HOURLY_PRICE = "WATCHME_HOURLY_PRICE", Rule("none: no cost is shown"), Whole,
        "The price of the machine per hour, for example `0.0416`.";
    CURRENCY = "WATCHME_CURRENCY", Value("USD"), Whole,
        "The currency of that price: an ISO 4217 code.";

    BIND = "WATCHME_BIND", Value("127.0.0.1:8001"), Whole,
        "The address and port of the service. An address that other machines can reach, such as `0.0.0.0:8001`, needs `WATCHME_API_KEYS` or `WATCHME_ALLOW_ANONYMOUS`.";
    API_KEYS = "WATCHME_API_KEYS", Rule("none: no key is needed"), Never,
        "The keys of callers, separated by commas, each as `name:` and the SHA-256 of the key in hexadecimal digits: `watchme keys new` prints both. Only for random keys made by that command, never for passwords, since the hash is a fast one. If any is set, every path except `/` and `/health` needs `Authorization: Bearer KEY` or `X-API-Key: KEY`.";
    ALLOW_ANONYMOUS = "WATCHME_ALLOW_ANONYMOUS", Value("off"), Whole,
        "`on`: the service may listen beyond loopback without keys, behind a proxy that keeps strangers away. If keys are set, they are still needed.";
    ALLOWED_HOSTS = "WATCHME_ALLOWED_HOSTS", Rule("none"), Whole,
        "Host names under which a service without keys is reached on loopback, separated by commas, without ports: those that a proxy in front passes on. `localhost`, `127.0.0.1` and `[::1]` are always answered, all other names are refused with 421, so that no web page can lead its own name here. Not used with `WATCHME_API_KEYS`, or beyond loopback.";
    RATE_LIMIT_PER_MINUTE = "WATCHME_RATE_LIMIT_PER_MINUTE", Value("1200"), Whole,
        "Requests per minute allowed for each key, all at once or spread; callers without a key share one such allowance. `0`: no limit. `/`, `/health` and the files of the page are not counted.";
    WEBHOOK_URLS = "WATCHME_WEBHOOK_URLS", Rule("none"), Never,
        "Receivers of an event for each recording that the service completes or gives up, and for each run that ended: URLs that begin with `https://`, separated by commas; `http://` for this machine only. Needs `WATCHME_WEBHOOK_SECRET`.";
    WEBHOOK_SECRET = "WATCHME_WEBHOOK_SECRET", Rule("none"), Never,
        "The secret that signs these events, as in Standard Webhooks: `whsec_` and 24 to 64 random bytes in Base64. `echo whsec_$(head -c 32 /dev/urandom | base64)` makes one.";
    CORS = "WATCHME_CORS", Value("on"), Whole,
        "`on`: the service lets pages of every origin use the original's paths, as the original does. `off`: a proxy in front of it does so. All other paths are refused to them in either case.";
    SHUTDOWN_GRACE_SECONDS = "WATCHME_SHUTDOWN_GRACE_SECONDS", Value("30"), Whole,
        "Grace period for current requests after a signal to stop, in seconds.";
    LOG = "WATCHME_LOG", Value("warn,watchme=info"), Whole,
        "Log levels by module, for example `warn,watchme=debug`. If it is not set, `watchme` logs only warnings.";
    LOG_FORMAT = "WATCHME_LOG_FORMAT", Value("text"), Whole,
        "`text`, or `json` with one object on each line. Logs go to standard error.";
    DATA_DIR = "WATCHME_DATA_DIR", Rule("`watchme` in `$XDG_DATA_HOME`, or in `~/.local/share`"), Whole,
        "The data folder: the SQLite file, recordings, spooled files, checkpoints and `threads.json`.";
    ENV_FILE = "WATCHME_ENV_FILE", Rule("`.env` in the working folder, if it exists"), Whole,
        "A file with more settings, `NAME=value` on each line. The real environment wins, also with an empty value.";

    SERVER_URL = "WATCHME_SERVER_URL", Value("http://127.0.0.1:8001"), UrlWithoutCredentials,
        "URL of the service, with the prefix that a proxy strips, if any.";
    API_KEY = "WATCHME_API_KEY", Rule("none"), Never,
        "The key of this caller, whose hash the service has in `WATCHME_API_KEYS`.";

    OTEL_EXPORTER_OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT", Rule("none: no spans are sent"), UrlWithoutCredentials,
        "URL of the collector, for example `http://127.0.0.1:4318`; `/v1/traces` is added.";
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", Rule("`OTEL_EXPORTER_OTLP_ENDPOINT`"), UrlWithoutCredentials,
        "The same, used as it is.";
    OTEL_EXPORTER_OTLP_HEADERS = "OTEL_EXPORTER_OTLP_HEADERS", Rule("none"), Never,
        "Headers of these requests: `name=value`, separated by commas, values percent-encoded.";
    OTEL_SERVICE_NAME = "OTEL_SERVICE_NAME", Value("watchme-transcriber"), Whole,
        "Name of this service there.";
}
