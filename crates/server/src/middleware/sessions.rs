//! Sessions of browsers: random ids, held in memory as hashes only.
//!
//! As with keys, one round of a fast hash is enough: nobody guesses 256 random bits. Sessions are
//! looked up by hash, so the duration of a lookup reveals nothing about any id.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use watchme_app::keys::KeyName;

/// Lifetime of a session: a working day.
pub(crate) const LASTS: Duration = Duration::from_hours(12);

/// Number of sessions that are kept. A new one replaces the oldest.
const MAX_SESSIONS: usize = 1024;

/// Number of cookies that are looked at. A browser sends one name several times if it was set for
/// several paths.
const MAX_COOKIES: usize = 4;

/// Random bytes in an id: 256 bits.
const ID_BYTES: usize = 32;

/// Name of the cookie that holds an id.
pub(crate) const COOKIE: &str = "watchme_session";

/// Sessions of a service. Holds hashes of ids only.
#[derive(Default)]
pub(crate) struct Sessions {
    /// Oldest first. A plain mutex: it is never held across an await.
    kept: Mutex<VecDeque<Session>>,
}

struct Session {
    id: IdHash,
    name: KeyName,
    since: Instant,
}

/// Hash of an id.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct IdHash([u8; 32]);

impl Sessions {
    /// Begins a session for the key with this name and returns its id, which goes into the cookie
    /// and is kept nowhere else. `None` if the operating system has no random numbers.
    pub(crate) fn begin(&self, name: &KeyName) -> Option<String> {
        let mut bytes = [0; ID_BYTES];
        getrandom::fill(&mut bytes).ok()?;
        let id = URL_SAFE_NO_PAD.encode(bytes);
        let mut kept = self.living();
        while kept.len() >= MAX_SESSIONS {
            kept.pop_front();
        }
        let session = Session { id: IdHash::of(&id), name: name.clone(), since: Instant::now() };
        kept.push_back(session);
        Some(id)
    }

    /// Returns the name of the key that began a session with one of these ids.
    pub(crate) fn name_of(&self, ids: &[IdHash]) -> Option<KeyName> {
        if ids.is_empty() {
            return None;
        }
        let kept = self.living();
        kept.iter().find(|session| ids.contains(&session.id)).map(|session| session.name.clone())
    }

    /// Removes the sessions with these ids.
    pub(crate) fn end(&self, ids: &[IdHash]) {
        self.living().retain(|session| !ids.contains(&session.id));
    }

    /// Returns the sessions after removing expired ones.
    fn living(&self) -> MutexGuard<'_, VecDeque<Session>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        while kept.front().is_some_and(|oldest| oldest.since.elapsed() >= LASTS) {
            kept.pop_front();
        }
        kept
    }
}

impl IdHash {
    fn of(id: &str) -> Self {
        Self(Sha256::digest(id).into())
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("kept", &self.living().len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for IdHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdHash")
    }
}

/// Returns hashes of the session ids that a browser sent.
pub(crate) fn sent_ids(headers: &HeaderMap) -> Vec<IdHash> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let cookies = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let ids = cookies.filter(|(name, _)| name.trim() == COOKIE).map(|(_, id)| id.trim());
    ids.take(MAX_COOKIES).map(IdHash::of).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn named(text: &str) -> KeyName {
        text.parse().unwrap()
    }

    fn sent(text: &str) -> Vec<IdHash> {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, text.parse().unwrap());
        sent_ids(&headers)
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_lasts_for_its_time_and_no_longer() {
        let sessions = Sessions::default();
        let id = [IdHash::of(&sessions.begin(&named("ops")).unwrap())];
        tokio::time::advance(LASTS.saturating_sub(Duration::from_secs(1))).await;
        let later = [IdHash::of(&sessions.begin(&named("dev")).unwrap())];
        assert_eq!(sessions.name_of(&id), Some(named("ops")));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(sessions.name_of(&id), None);
        assert_eq!(sessions.name_of(&later), Some(named("dev")));
    }

    #[tokio::test]
    async fn the_oldest_makes_room() {
        let sessions = Sessions::default();
        let begin = || [IdHash::of(&sessions.begin(&named("ops")).unwrap())];
        let (first, second) = (begin(), begin());
        let mut latest = begin();
        for _ in 3..=MAX_SESSIONS {
            latest = begin();
        }
        assert_eq!(sessions.living().len(), MAX_SESSIONS);
        assert_eq!(sessions.name_of(&first), None);
        assert!(sessions.name_of(&second).is_some() && sessions.name_of(&latest).is_some());
    }

    #[tokio::test]
    async fn one_that_ended_is_nobodys_and_the_others_go_on() {
        let sessions = Sessions::default();
        let ids = [(); 2].map(|()| IdHash::of(&sessions.begin(&named("ops")).unwrap()));
        sessions.end(&ids[..1]);
        assert_eq!(sessions.name_of(&ids[..1]), None);
        assert!(sessions.name_of(&ids).is_some());
        assert_eq!(sessions.name_of(&[]), None);
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        assert_eq!(sent("watchme_session=a"), [IdHash::of("a")]);
        assert_eq!(sent("x=1; watchme_session=a; y=2"), [IdHash::of("a")]);
        assert_eq!(sent("watchme_session=a;watchme_session=b").len(), 2);
        assert_eq!(sent("xwatchme_session=a; watchme_session; watchme=b").len(), 0);
        assert_eq!(sent(&"watchme_session=a; ".repeat(100)).len(), MAX_COOKIES);
        assert_eq!(sent_ids(&HeaderMap::new()).len(), 0);
    }
}
