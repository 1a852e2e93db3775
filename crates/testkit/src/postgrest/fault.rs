//! Things that go wrong on demand.

use crate::gate::{Gate, Passage, closed_gate};

/// A fault: its effect, its number of requests and their kind.
#[derive(Debug, Clone)]
pub struct Fault {
    pub(crate) effect: Effect,
    method: Option<&'static str>,
    table: Option<&'static str>,
    spared: usize,
    left: usize,
}

/// Effect of a fault.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    /// This answer is sent; the request has no effect.
    Answer { status: u16, headers: Vec<(&'static str, String)>, body: String },
    /// The request waits, then is served.
    Hold(Passage),
    /// The request is served, and the connection breaks in the middle of the answer.
    CutBody,
}

impl Fault {
    /// Makes one request of any kind get an error in PostgREST's form.
    #[must_use]
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!({
            "code": code, "message": message, "details": null, "hint": null,
        });
        Self::answer(status, "application/json; charset=utf-8", &body.to_string())
    }

    /// Makes one request of any kind get this answer.
    #[must_use]
    pub fn answer(status: u16, content_type: &str, body: &str) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self::new(Effect::Answer { status, headers, body: body.to_owned() })
    }

    /// Makes one request of any kind be refused for now, with `retry-after` in seconds.
    #[must_use]
    pub fn too_many_requests(retry_after: &str) -> Self {
        let headers = vec![
            ("content-type", "text/plain".to_owned()),
            ("retry-after", retry_after.to_owned()),
        ];
        Self::new(Effect::Answer { status: 429, headers, body: "Too Many Requests".to_owned() })
    }

    /// Makes one request of any kind wait at the gate before it is served.
    #[must_use]
    pub fn hold() -> (Self, Gate) {
        let (gate, passage) = closed_gate();
        (Self::new(Effect::Hold(passage)), gate)
    }

    /// Breaks the connection in the middle of the answer to one request of any kind, which is
    /// served.
    #[must_use]
    pub fn cut_body() -> Self {
        Self::new(Effect::CutBody)
    }

    /// Restricts it to requests of this method to this table.
    #[must_use]
    pub fn on(self, method: &'static str, table: &'static str) -> Self {
        Self { method: Some(method), table: Some(table), ..self }
    }

    /// Repeats it for `requests` requests.
    #[must_use]
    pub fn times(self, requests: usize) -> Self {
        Self { left: requests, ..self }
    }

    /// Delays it: this many matching requests pass before.
    #[must_use]
    pub fn after(self, requests: usize) -> Self {
        Self { spared: requests, ..self }
    }

    fn new(effect: Effect) -> Self {
        Self { effect, method: None, table: None, spared: 0, left: 1 }
    }
}

/// Takes the fault that is meant for a request, if any.
pub(crate) fn take(faults: &mut Vec<Fault>, method: &str, table: &str) -> Option<Effect> {
    let index = faults.iter_mut().position(|fault| {
        let is_meant = fault.method.is_none_or(|wanted| wanted == method)
            && fault.table.is_none_or(|wanted| wanted == table);
        let is_spared = is_meant && fault.spared > 0;
        fault.spared -= usize::from(is_spared);
        is_meant && !is_spared
    })?;
    faults[index].left -= 1;
    let effect = faults[index].effect.clone();
    faults.retain(|fault| fault.left > 0);
    Some(effect)
}
