//! Reads what the body of a message announces.
//!
//! Four forms are known: S3's event notification, alone or in SNS's envelope; `EventBridge`'s
//! event of S3; and the ecosystem's own message. The reasons of a malformed one never quote it.

use percent_encoding::percent_decode;
use serde_json::{Map, Value};
use watchme_core::{Announcement, ObjectKey};

/// Size of the largest body that is read, in bytes: SQS's own limit since 2025.
const MAX_BODY_BYTES: usize = 1 << 20;

/// SNS may carry any of the other forms, and `EventBridge` may send through it.
const MAX_ENVELOPES: usize = 2;

/// Reason why a message is not understood.
type Malformed = &'static str;

/// Reads the `body` of a message. If `bucket` is configured, an object of another one makes the
/// message malformed: it is not ours to fetch.
///
/// Accepts any text, and repeats none of it in the reason of a malformed message.
#[must_use]
pub fn announcement(body: &str, bucket: Option<&str>) -> Announcement {
    read(body, bucket, MAX_ENVELOPES)
        .unwrap_or_else(|reason| Announcement::Malformed { reason: reason.to_owned() })
}

fn read(body: &str, bucket: Option<&str>, envelopes: usize) -> Result<Announcement, Malformed> {
    if body.len() > MAX_BODY_BYTES {
        return Err("it is larger than a message may be");
    }
    // A parser's own reason would quote what it met.
    let Ok(Value::Object(message)) = serde_json::from_str(body) else {
        return Err("it is no JSON object");
    };
    if let Some(records) = message.get("Records") {
        return of_s3_records(records, bucket);
    }
    if let Some(event) = message.get("Event") {
        // Sent once when a notification is set up; unlike all others, it has no records.
        return match event.as_str() {
            Some("s3:TestEvent") => Ok(Announcement::Nothing("a test of S3's")),
            _ => Err("`Event` is none that S3 sends"),
        };
    }
    if let Some(kind) = message.get("Type") {
        return of_sns(kind, &message, bucket, envelopes);
    }
    if message.contains_key("detail-type") {
        return of_event_bridge(&message, bucket);
    }
    if let Some(path) = message.get("file_path") {
        return of_ecosystem(path, &message, bucket);
    }
    Err("it has none of the known forms")
}

/// `{"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name"}, "object":
/// {"key"}}}]}`, with the key written as in a form: `+` is a blank.
fn of_s3_records(records: &Value, bucket: Option<&str>) -> Result<Announcement, Malformed> {
    let records = records.as_array().ok_or("`Records` is no list")?;
    let mut keys = Vec::new();
    for record in records {
        let event = record["eventName"].as_str().ok_or("a record has no `eventName`")?;
        // Other servers write the name with the prefix that S3 has in its settings only.
        if !event.strip_prefix("s3:").unwrap_or(event).starts_with("ObjectCreated:") {
            continue;
        }
        let s3 = &record["s3"];
        check_bucket(&s3["bucket"]["name"], bucket)?;
        let written = s3["object"]["key"].as_str().ok_or("a record has no `s3.object.key`")?;
        let blanks = written.replace('+', " ");
        let decoded = percent_decode(blanks.as_bytes()).decode_utf8();
        push(&mut keys, &decoded.map_err(|_| "an object's key is no UTF-8")?)?;
    }
    Ok(found(keys, "events other than of a new object"))
}

/// `{"Type": "Notification", "Message": "..."}`, where the topic does not deliver it raw.
fn of_sns(
    kind: &Value,
    message: &Map<String, Value>,
    bucket: Option<&str>,
    envelopes: usize,
) -> Result<Announcement, Malformed> {
    match kind.as_str() {
        Some("Notification") => {
            let inner = message.get("Message").and_then(Value::as_str);
            let inner = inner.ok_or("the envelope of SNS has no `Message`")?;
            let left = envelopes.checked_sub(1).ok_or("it has an envelope in an envelope")?;
            read(inner, bucket, left)
        }
        Some("SubscriptionConfirmation") => {
            Err("it asks to confirm a subscription of SNS, which a person has to do")
        }
        Some("UnsubscribeConfirmation") => Ok(Announcement::Nothing("a subscription's end")),
        _ => Err("`Type` is none that SNS sends"),
    }
}

/// `{"detail-type": "Object Created", "detail": {"bucket": {"name"}, "object": {"key"}}}`, with
/// the key as it is.
fn of_event_bridge(
    message: &Map<String, Value>,
    bucket: Option<&str>,
) -> Result<Announcement, Malformed> {
    if message["detail-type"].as_str().ok_or("`detail-type` is no text")? != "Object Created" {
        return Ok(Announcement::Nothing("an event other than of a new object"));
    }
    let detail = message.get("detail").unwrap_or(&Value::Null);
    check_bucket(&detail["bucket"]["name"], bucket)?;
    let key = detail["object"]["key"].as_str().ok_or("the event has no `detail.object.key`")?;
    let mut keys = Vec::new();
    push(&mut keys, key)?;
    Ok(Announcement::Recordings(keys))
}

/// `{"file_path", "device_id", "recorded_at", "bucket_name", "timestamp"}`, with the key as it
/// is. Which recording it is stands in the table, under that key.
fn of_ecosystem(
    path: &Value,
    message: &Map<String, Value>,
    bucket: Option<&str>,
) -> Result<Announcement, Malformed> {
    if let Some(name) = message.get("bucket_name").filter(|name| !name.is_null()) {
        check_bucket(name, bucket)?;
    }
    let mut keys = Vec::new();
    push(&mut keys, path.as_str().ok_or("`file_path` is no text")?)?;
    Ok(Announcement::Recordings(keys))
}

fn check_bucket(found: &Value, expected: Option<&str>) -> Result<(), Malformed> {
    let name = found.as_str().ok_or("it names no bucket")?;
    match expected {
        Some(expected) if expected != name => Err("it is about another bucket than ours"),
        _ => Ok(()),
    }
}

fn push(keys: &mut Vec<ObjectKey>, text: &str) -> Result<(), Malformed> {
    let key = text.parse().map_err(|_| "an object's key is empty, too long or not printable")?;
    if !keys.contains(&key) {
        keys.push(key);
    }
    Ok(())
}

fn found(keys: Vec<ObjectKey>, otherwise: &'static str) -> Announcement {
    if keys.is_empty() { Announcement::Nothing(otherwise) } else { Announcement::Recordings(keys) }
}
