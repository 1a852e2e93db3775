//! Meaning of messages, by table.

use watchme_core::Announcement;
use watchme_queue_sqs::announcement;

use crate::{BUCKET, s3_event};

const KEY: &str = "files/d067d407-cf73-4174-a9c1-d91fb60d64d0/2025-07-20/12-00/audio.wav";

/// Reads a body about our bucket.
fn read(body: &str) -> Announcement {
    announcement(body, Some(BUCKET))
}

fn recordings<const N: usize>(keys: [&str; N]) -> Announcement {
    Announcement::Recordings(keys.map(|key| key.parse().unwrap()).to_vec())
}

fn record(event: &str, bucket: &str, key: &str) -> String {
    format!(
        r#"{{"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "{event}",
            "s3": {{"bucket": {{"name": "{bucket}"}}, "object": {{"key": "{key}", "size": 7}}}}}}"#
    )
}

fn records(records: &[String]) -> String {
    format!(r#"{{"Records": [{}]}}"#, records.join(","))
}

fn sns(message: &str) -> String {
    let message = serde_json::to_string(message).unwrap();
    format!(r#"{{"Type": "Notification", "TopicArn": "arn", "Message": {message}}}"#)
}

fn event_bridge(kind: &str, key: &str) -> String {
    format!(
        r#"{{"version": "0", "detail-type": "{kind}", "source": "aws.s3", "detail": {{
            "bucket": {{"name": "{BUCKET}"}}, "object": {{"key": "{key}", "size": 7}}}}}}"#
    )
}

fn ecosystem(bucket: &str) -> String {
    format!(
        r#"{{"file_path": "{KEY}", "device_id": "d067d407-cf73-4174-a9c1-d91fb60d64d0",
            "recorded_at": "2025-07-20T12:00:00+00:00", "bucket_name": "{bucket}",
            "timestamp": "2025-07-20T12:01:00Z"}}"#
    )
}

#[test]
fn every_form_announces_its_objects() {
    let put = s3_event([KEY]);
    for body in [
        put.clone(),
        sns(&put),
        event_bridge("Object Created", KEY),
        sns(&event_bridge("Object Created", KEY)),
        ecosystem(BUCKET),
        sns(&ecosystem(BUCKET)),
        format!(r#"{{"file_path": "{KEY}"}}"#),
        format!(r#"{{"file_path": "{KEY}", "bucket_name": null}}"#),
        records(&[record("s3:ObjectCreated:Put", BUCKET, KEY)]),
    ] {
        assert_eq!(read(&body), recordings([KEY]), "{body}");
    }
}

#[test]
fn every_way_to_make_an_object_announces_it() {
    for way in ["Put", "Post", "Copy", "CompleteMultipartUpload"] {
        let body = records(&[record(&format!("ObjectCreated:{way}"), BUCKET, KEY)]);
        assert_eq!(read(&body), recordings([KEY]));
    }
}

#[test]
fn other_events_have_nothing_to_do() {
    for body in [
        r#"{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "watchme-vault"}"#
            .to_owned(),
        sns(r#"{"Service": "Amazon S3", "Event": "s3:TestEvent"}"#),
        records(&[]),
        records(&[record("ObjectRemoved:Delete", BUCKET, KEY)]),
        records(&[record("ObjectRemoved:Delete", "another", "")]),
        records(&[record("s3:ObjectRemoved:DeleteMarkerCreated", BUCKET, KEY)]),
        records(&[record("ObjectTagging:Put", BUCKET, KEY)]),
        event_bridge("Object Deleted", KEY),
        r#"{"Type": "UnsubscribeConfirmation"}"#.to_owned(),
    ] {
        assert!(matches!(read(&body), Announcement::Nothing(_)), "{body}: {:?}", read(&body));
    }
}

#[test]
fn an_s3_notification_writes_keys_as_forms_do_and_others_as_they_are() {
    let table = [
        ("a+b%20c.wav", "a b c.wav"),
        ("a%2Bb%26c%3Dd.wav", "a+b&c=d.wav"),
        ("%E9%8C%B2%E9%9F%B3/%E5%B1%85%E9%96%93.wav", "録音/居間.wav"),
        ("録音.wav", "録音.wav"),
        ("100%25", "100%"),
        // No hexadecimal digits follow, so this stands for itself.
        ("100%zz", "100%zz"),
    ];
    for (written, key) in table {
        assert_eq!(
            read(&records(&[record("ObjectCreated:Put", BUCKET, written)])),
            recordings([key])
        );
        assert_eq!(read(&event_bridge("Object Created", written)), recordings([written]));
    }
}

#[test]
fn several_records_announce_each_object_once_and_leave_out_what_was_removed() {
    let body = records(&[
        record("ObjectCreated:Put", BUCKET, "a.wav"),
        record("ObjectRemoved:Delete", BUCKET, "b.wav"),
        record("ObjectCreated:Put", BUCKET, "c.wav"),
        record("ObjectCreated:Copy", BUCKET, "a.wav"),
    ]);
    assert_eq!(read(&body), recordings(["a.wav", "c.wav"]));
}

#[test]
fn another_bucket_is_malformed_where_ours_is_configured() {
    for body in [
        records(&[record("ObjectCreated:Put", "another", KEY)]),
        ecosystem("another"),
        event_bridge("Object Created", KEY).replace(BUCKET, "another"),
    ] {
        assert!(matches!(read(&body), Announcement::Malformed { .. }), "{body}");
        assert_eq!(announcement(&body, None), recordings([KEY]));
    }
}

#[test]
fn what_is_not_understood_says_why_and_never_what_it_is() {
    let envelopes = (0..3).fold(s3_event([KEY]), |inner, _| sns(&inner));
    let table = [
        ("", "no JSON object"),
        ("hunter2", "no JSON object"),
        (r#""hunter2""#, "no JSON object"),
        (r#"["hunter2"]"#, "no JSON object"),
        (r#"{"hunter2": "#, "no JSON object"),
        ("null", "no JSON object"),
        (r#"{"hunter2": 1}"#, "none of the known forms"),
        (r#"{"Records": "hunter2"}"#, "no list"),
        (r#"{"Records": ["hunter2"]}"#, "no `eventName`"),
        (r#"{"Records": [{"eventName": 2}]}"#, "no `eventName`"),
        (r#"{"Records": [{"eventName": "ObjectCreated:Put", "s3": "hunter2"}]}"#, "no bucket"),
        (
            r#"{"Records": [{"eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": "watchme-vault"}, "object": {}}}]}"#,
            "no `s3.object.key`",
        ),
        (&records(&[record("ObjectCreated:Put", BUCKET, "")]), "empty, too long"),
        (&records(&[record("ObjectCreated:Put", BUCKET, "hunter2%0A")]), "not printable"),
        (&records(&[record("ObjectCreated:Put", BUCKET, "hunter2%FF")]), "no UTF-8"),
        (&records(&[record("ObjectCreated:Put", BUCKET, &"a".repeat(1025))]), "too long"),
        (r#"{"Event": "hunter2"}"#, "`Event`"),
        (r#"{"Type": "hunter2"}"#, "`Type`"),
        (r#"{"Type": "Notification"}"#, "no `Message`"),
        (r#"{"Type": "Notification", "Message": "hunter2"}"#, "no JSON object"),
        (r#"{"Type": "SubscriptionConfirmation", "Token": "hunter2"}"#, "a person"),
        (&envelopes, "an envelope in an envelope"),
        (r#"{"detail-type": 2}"#, "`detail-type`"),
        (r#"{"detail-type": "Object Created", "detail": "hunter2"}"#, "no bucket"),
        (r#"{"detail-type": "Object Created"}"#, "no bucket"),
        (r#"{"file_path": ["hunter2"]}"#, "`file_path`"),
        (r#"{"file_path": "a.wav", "bucket_name": 2}"#, "no bucket"),
        (&"[".repeat(100_000), "no JSON object"),
        (&format!("{{\"hunter2\": {}", "[".repeat(100_000)), "no JSON object"),
        (&format!("{}{{}}", " ".repeat(1 << 20)), "larger"),
    ];
    for (body, expected) in table {
        let Announcement::Malformed { reason } = read(body) else { panic!("understood: {body}") };
        assert!(reason.contains(expected), "{reason}, not {expected}");
        assert!(!reason.contains("hunter2"), "{reason}");
    }
}

#[test]
fn a_message_that_is_cut_off_or_garbled_anywhere_is_no_panic() {
    for body in [s3_event([KEY]), sns(&s3_event([KEY])), event_bridge("Object Created", KEY)] {
        for end in 0..body.len() {
            let cut = &body[..end];
            assert!(matches!(read(cut), Announcement::Malformed { .. }), "{cut}");
            let garbled = format!("{cut}\u{0}{}", &body[end + 1..]);
            let _ = read(&garbled);
        }
    }
}
