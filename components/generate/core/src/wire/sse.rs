//! Server-sent events from bytes that arrive in any pieces, after the HTML standard, section 9.2.6
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>). Only the `data` field is kept: what the others say stands in
//! the data too.

/// Longest event, in bytes with its field names. A token is a few hundred; what is beyond this is no token.
pub(crate) const MAX_EVENT_BYTES: usize = 1 << 20;

/// More than [`MAX_EVENT_BYTES`] arrived without the end of an event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// The state between two pieces.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    /// The unfinished line.
    line: Vec<u8>,
    /// Data of the unfinished event, its lines joined by line feeds.
    data: Vec<u8>,
    has_data: bool,
    /// The last byte was a carriage return: a line feed that follows it ends no second line.
    after_return: bool,
    past_first_line: bool,
    /// Bytes since the last event.
    pending: usize,
}

impl Parser {
    /// Calls `event` with the data of each event that `bytes` completes.
    pub(crate) fn push<E: From<TooLong>>(
        &mut self,
        mut bytes: &[u8],
        mut event: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Some((&first, rest)) = bytes.split_first() {
            if std::mem::take(&mut self.after_return) && first == b'\n' {
                bytes = rest;
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let (line, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
            self.pending += line.len() + 1;
            if self.pending > MAX_EVENT_BYTES {
                return Err(TooLong.into());
            }
            self.line.extend_from_slice(line);
            let Some((&terminator, rest)) = rest.split_first() else { break };
            self.after_return = terminator == b'\r';
            bytes = rest;
            self.end_line(&mut event)?;
        }
        Ok(())
    }

    /// Data of an event that its blank line is missing of: some servers close right behind their last line.
    pub(crate) fn finish(mut self) -> Option<Vec<u8>> {
        let mut last = None;
        let mut keep = |data: &[u8]| -> Result<(), TooLong> {
            last = Some(data.to_vec());
            Ok(())
        };
        if !self.line.is_empty() {
            self.end_line(&mut keep).ok()?;
        }
        self.end_line(&mut keep).ok()?;
        last
    }

    fn end_line<E>(&mut self, event: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let line = std::mem::take(&mut self.line);
        let mut text = line.as_slice();
        if !std::mem::replace(&mut self.past_first_line, true) {
            text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        }
        let ends_event = text.is_empty();
        if !ends_event {
            self.field(text);
        }
        // The allocation serves the next line.
        self.line = line;
        self.line.clear();
        if ends_event { self.end_event(event) } else { Ok(()) }
    }

    fn end_event<E>(&mut self, event: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let result = if std::mem::take(&mut self.has_data) {
            self.pending = 0;
            event(&self.data)
        } else {
            Ok(())
        };
        self.data.clear();
        result
    }

    fn field(&mut self, line: &[u8]) {
        let Some(value) = line.strip_prefix(b"data") else { return };
        let value = match value {
            [] => value,
            [b':', b' ', value @ ..] | [b':', value @ ..] => value,
            // A field whose name only begins like ours.
            _ => return,
        };
        if std::mem::replace(&mut self.has_data, true) {
            self.data.push(b'\n');
        }
        self.data.extend_from_slice(value);
    }
}
