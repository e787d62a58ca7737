//! The `telemetry` component: WIT to the telemetry core and back.
//!
//! It holds what one instance must remember between a request's first span and its flush, opens the store, and decides
//! nothing.

mod convert;
mod store;

use std::cell::RefCell;

use bindings::exports::gusset::telemetry::telemetry as wit;
use gusset_telemetry::{Archive, Buffer};

use store::KeyValue;

mod bindings {
    wit_bindgen::generate!({ path: "../../wit", world: "telemetry", generate_all });
}

thread_local! {
    static BUFFER: RefCell<Buffer> = RefCell::default();
}

struct Telemetry;

bindings::export!(Telemetry with_types_in bindings);

impl wit::Guest for Telemetry {
    fn record_spans(spans: Vec<wit::Span>) {
        BUFFER.with_borrow_mut(|buffer| spans.into_iter().for_each(|span| buffer.record(span.into())));
    }

    async fn flush(tenant: String, trace_id: String, keep: u32) -> Result<(), wit::Error> {
        let Some(trace) = BUFFER.with_borrow_mut(|buffer| buffer.take(&trace_id)) else { return Ok(()) };
        Ok(Archive::new(&KeyValue::open()?, &tenant).write(trace, keep)?)
    }

    async fn list_traces(tenant: String, limit: u32) -> Result<Vec<wit::Summary>, wit::Error> {
        let summaries = Archive::new(&KeyValue::open()?, &tenant).list(limit)?;
        Ok(summaries.into_iter().map(Into::into).collect())
    }

    async fn get_trace(tenant: String, trace_id: String) -> Result<Option<Vec<wit::Span>>, wit::Error> {
        let spans = Archive::new(&KeyValue::open()?, &tenant).get(&trace_id)?;
        Ok(spans.map(|spans| spans.into_iter().map(Into::into).collect()))
    }
}
