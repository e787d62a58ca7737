//! Spans of the requests that are running, by trace, until the trace is taken to be written.
//!
//! Bounded both ways, since a caller that goes away may leave spans that nobody ever takes.

use std::collections::{HashMap, VecDeque};

use crate::span::Span;

/// Spans kept of one trace. An answer makes about ten; an agent with many tool calls makes a few a call.
pub const SPANS_A_TRACE: usize = 256;
/// Traces kept. One instance serves a handful of requests at once: what is beyond this was abandoned.
pub const TRACES: usize = 1024;

/// Spans in memory, by trace.
#[derive(Debug, Default)]
pub struct Buffer {
    traces: HashMap<String, Recorded>,
    /// Trace ids, the first one first.
    order: VecDeque<String>,
    evicted: u64,
}

/// What was recorded of one trace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recorded {
    /// In the order in which they were recorded.
    pub spans: Vec<Span>,
    /// Spans that were recorded and not kept.
    pub dropped: u32,
}

impl Buffer {
    /// Records one span. Once its trace is full, the newest span takes the place of the one before it: spans are recorded
    /// as they end, so the last one is the root, which a trace must not be without.
    pub fn record(&mut self, span: Span) {
        if !self.traces.contains_key(&span.trace_id) {
            self.make_room();
            self.order.push_back(span.trace_id.clone());
        }
        let trace = self.traces.entry(span.trace_id.clone()).or_default();
        if trace.spans.len() >= SPANS_A_TRACE {
            trace.spans.pop();
            trace.dropped = trace.dropped.saturating_add(1);
        }
        trace.spans.push(span);
    }

    /// Takes what was recorded of a trace.
    pub fn take(&mut self, trace_id: &str) -> Option<Recorded> {
        let taken = self.traces.remove(trace_id)?;
        self.order.retain(|id| id != trace_id);
        Some(taken)
    }

    /// Traces that were given up for newer ones since the start.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    fn make_room(&mut self) {
        while self.order.len() >= TRACES {
            if let Some(oldest) = self.order.pop_front() {
                self.traces.remove(&oldest);
                self.evicted = self.evicted.saturating_add(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Status;

    fn span(trace: usize, id: usize) -> Span {
        Span {
            trace_id: format!("{trace:032x}"),
            span_id: format!("{id:016x}"),
            parent: None,
            name: "step".into(),
            start: 1,
            end: 2,
            status: Status::Ok,
            attributes: vec![],
        }
    }

    #[test]
    fn a_trace_is_taken_once_and_alone() {
        let mut buffer = Buffer::default();
        buffer.record(span(1, 1));
        buffer.record(span(2, 2));
        buffer.record(span(1, 3));
        let taken = buffer.take(&span(1, 0).trace_id).unwrap();
        assert_eq!(taken, Recorded { spans: vec![span(1, 1), span(1, 3)], dropped: 0 });
        assert_eq!(buffer.take(&span(1, 0).trace_id), None);
        assert_eq!(buffer.take(&span(2, 0).trace_id).unwrap().spans.len(), 1);
    }

    #[test]
    fn a_full_trace_counts_what_it_drops_and_keeps_the_last() {
        let mut buffer = Buffer::default();
        for id in 0..SPANS_A_TRACE + 10 {
            buffer.record(span(1, id));
        }
        let taken = buffer.take(&span(1, 0).trace_id).unwrap();
        assert_eq!(taken.spans.len(), SPANS_A_TRACE);
        assert_eq!(taken.dropped, 10);
        assert_eq!(taken.spans[0], span(1, 0));
        assert_eq!(taken.spans[SPANS_A_TRACE - 1], span(1, SPANS_A_TRACE + 9));
    }

    #[test]
    fn abandoned_traces_make_room_oldest_first() {
        let mut buffer = Buffer::default();
        for trace in 0..TRACES + 3 {
            buffer.record(span(trace, 1));
        }
        assert_eq!(buffer.evicted(), 3);
        assert_eq!(buffer.take(&span(2, 0).trace_id), None);
        assert!(buffer.take(&span(3, 0).trace_id).is_some());
        assert!(buffer.take(&span(TRACES + 2, 0).trace_id).is_some());
    }
}
