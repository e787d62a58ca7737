//! Spans, traces and their retention in a key-value store.
