//! The progress of the work on a slot, by its claims.

use jiff::{SignedDuration, Timestamp};
use watchme_core::rules::WorkPhase::{BackingOff, Due, Ended, Quarantined, Running};
use watchme_core::rules::{DaySlot, SlotState, WorkPhase, note_work, phase_of};
use watchme_core::{ClaimRecord, ClaimState, Quarantine, Recording, RecordingStatus, TimeBlock};
use watchme_testkit::RecordingSeed;
use watchme_testkit::sample::{block, key_of, object_key};

fn now() -> Timestamp {
    "2025-07-20T03:00:00Z".parse().unwrap()
}

/// Makes a claim whose lease and next attempt lie this many seconds from now.
fn claim(key: &str, state: ClaimState, lease: i64, next: i64) -> ClaimRecord {
    ClaimRecord {
        object_key: object_key(key),
        state,
        owner: "worker-1".to_owned(),
        attempts: 2,
        strikes: 2,
        is_started: true,
        lease_until: now() + SignedDuration::from_secs(lease),
        next_attempt: now() + SignedDuration::from_secs(next),
        claimed_at: now() - SignedDuration::from_secs(30),
        finished_at: None,
        last_error_kind: None,
        last_error: None,
    }
}

fn quarantine(status: RecordingStatus) -> Quarantine {
    Quarantine { max_strikes: 5, status }
}

#[test]
fn the_phase_is_what_a_worker_that_asks_now_would_find() {
    use ClaimState::{Claimed, Completed, Waiting};
    use RecordingStatus as Row;
    for (state, lease, next, row, expected) in [
        (Claimed, 1, 0, Row::Pending, Running),
        // Done again by request.
        (Claimed, 1, 0, Row::Completed, Running),
        // Its process died.
        (Claimed, 0, 0, Row::Pending, Due),
        (Claimed, -9, 0, Row::Completed, Ended),
        (Waiting, -9, 1, Row::Pending, BackingOff),
        (Waiting, -9, 0, Row::Pending, Due),
        (Waiting, -9, 0, Row::Skipped, Ended),
        (Completed, -9, 0, Row::Completed, Ended),
        // Somebody set the row back.
        (Completed, -9, 0, Row::Pending, Due),
        (ClaimState::Quarantined, -9, 0, Row::Failed, Quarantined),
        (ClaimState::Quarantined, -9, 0, Row::Pending, Due),
        // Another program has done it meanwhile.
        (ClaimState::Quarantined, -9, 0, Row::Completed, Ended),
    ] {
        let record = claim("a", state, lease, next);
        let found = phase_of(&record, &row, &quarantine(Row::Failed), now());
        assert_eq!(found, expected, "{state:?} {lease} {next} {row:?}");
    }
    let kept = claim("a", ClaimState::Quarantined, -9, 0);
    let found = phase_of(&kept, &Row::Pending, &quarantine(Row::Pending), now());
    assert_eq!(found, Quarantined, "where the rows stay pending in quarantine");
    let spent = ClaimRecord { strikes: 5, ..claim("a", Claimed, -1, 0) };
    let found = phase_of(&spent, &Row::Pending, &quarantine(Row::Failed), now());
    assert_eq!(found, Quarantined, "the next who asks will find it so");
    let only_held = ClaimRecord { is_started: false, ..spent };
    let found = phase_of(&only_held, &Row::Pending, &quarantine(Row::Failed), now());
    assert_eq!(found, Due, "it was not at fault");
}

fn row(name: &str, status: &str) -> (TimeBlock, Recording) {
    let recording = Recording {
        id: RecordingSeed::at("12-00").id(),
        object_key: object_key(&key_of(name)),
        status: status.parse().unwrap(),
        local_date: None,
        time_block: None,
    };
    // Each of these lies in the first half hour.
    (block("12-00"), recording)
}

#[test]
fn of_several_recordings_of_a_slot_the_unfinished_and_most_pressing_one_counts() {
    use ClaimState::{Claimed, Completed, Waiting};
    let work = |claims: &[ClaimRecord], rows: &[(TimeBlock, Recording)]| {
        let slot = DaySlot {
            block: block("12-00"),
            state: SlotState::Silent,
            doubtful: Vec::new(),
            work: None,
        };
        let empty = DaySlot { block: block("12-30"), ..slot.clone() };
        let mut slots = [slot, empty];
        note_work(&mut slots, rows, claims, &quarantine(RecordingStatus::Failed), now());
        assert_eq!(slots[1].work, None);
        slots[0].work.as_ref().map(|work| (work.phase, work.claim.object_key.to_string()))
    };
    let (a, b) = (key_of("12-00-00"), key_of("12-10-00"));
    let told = |phase: WorkPhase, key: &str| Some((phase, key.to_owned()));
    let (done, open) = (row("12-00-00", "completed"), row("12-10-00", "pending"));

    assert_eq!(work(&[], &[done.clone(), open.clone()]), None);
    let finished = claim(&a, Completed, -9, 0);
    assert_eq!(
        work(std::slice::from_ref(&finished), &[done.clone(), open.clone()]),
        told(Ended, &a)
    );
    let waits = claim(&b, Waiting, -9, 9);
    let claims = [finished.clone(), waits];
    assert_eq!(work(&claims, &[done.clone(), open.clone()]), told(BackingOff, &b));
    let again = [claim(&a, Claimed, 9, 0), claim(&b, Waiting, -9, 9)];
    assert_eq!(work(&again, &[done.clone(), open]), told(Running, &a));
    let skipped = row("12-10-00", "skipped");
    let claims = [finished.clone(), claim(&b, Waiting, -9, 9)];
    assert_eq!(work(&claims, &[done.clone(), skipped]), told(Ended, &b));
    let later = claim(&b, Completed, -9, 0);
    let later = ClaimRecord { claimed_at: now(), ..later };
    let both_done = [done, row("12-10-00", "completed")];
    assert_eq!(work(&[finished, later], &both_done), told(Ended, &b));
}
