//! Parses a stream of bytes into server-sent events.

/// A server-sent event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its id, which is its number.
    pub(crate) id: Option<String>,
    /// Its data.
    pub(crate) data: String,
}

/// Largest event: ten times the report of everything pending in a year.
const LARGEST_EVENT_BYTES: usize = 64 << 20;

/// Reads one stream. A new connection needs a new reader, since half an event is lost with its
/// connection.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    rest: Vec<u8>,
    id: Option<String>,
    data: Vec<String>,
    data_bytes: usize,
}

impl Reader {
    /// True if an event is longer than any real one.
    pub(crate) fn is_overfull(&self) -> bool {
        self.rest.len() + self.data_bytes > LARGEST_EVENT_BYTES
    }

    /// Adds bytes and returns the events that they complete.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<Message> {
        self.rest.extend_from_slice(bytes);
        let mut messages = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            messages
                .extend(self.line(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n'])));
        }
        messages
    }

    fn line(&mut self, line: &str) -> Option<Message> {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" if line.is_empty() => {
                self.data_bytes = 0;
                let (id, data) = (self.id.take(), std::mem::take(&mut self.data));
                return (!data.is_empty()).then(|| Message { id, data: data.join("\n") });
            }
            "id" => self.id = Some(value.to_owned()),
            "data" => {
                self.data_bytes += value.len();
                self.data.push(value.to_owned());
            }
            // Comments, the event's name (which the data has as well) and unknown fields.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_however_they_are_cut() {
        let stream =
            ": alive\r\n\nid: 7\nevent: a\ndata: {\"よ\":1}\n\ndata:x\r\ndata: y\r\n\r\nid: 9\nda";
        let event = |id: Option<&str>, data: &str| Message {
            id: id.map(str::to_owned),
            data: data.to_owned(),
        };
        let expected = [event(Some("7"), "{\"よ\":1}"), event(None, "x\ny")];
        for size in [1, 2, 3, 7, stream.len()] {
            let mut reader = Reader::default();
            let found: Vec<_> =
                stream.as_bytes().chunks(size).flat_map(|bytes| reader.push(bytes)).collect();
            assert_eq!(found, expected, "{size}");
        }
    }
}
