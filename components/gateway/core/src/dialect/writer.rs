//! What every dialect does with an answer.

use gusset_types::Event;

use crate::Error;
use crate::answer::Outcome;
use crate::responses::Record;

/// What all pieces of one answer share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `chatcmpl-…`, `resp_…` or `msg_…`.
    pub id: String,
    /// Unix time in seconds.
    pub created: u64,
    /// 32 hexadecimal digits.
    pub trace_id: String,
}

/// Writes one answer, in one of two ways: `begin`, `event` for each, and `finish` or `fail` for a stream, each appending whole server-sent
/// events to a buffer; or `event` for each into a buffer that is thrown away, and `whole`.
pub trait Writer {
    /// The events before the first of the answer's own.
    fn begin(&mut self, out: &mut Vec<u8>);

    /// A piece of the answer, in order.
    fn event(&mut self, event: Event, out: &mut Vec<u8>);

    /// The end of a stream.
    fn finish(&mut self, outcome: &Outcome, out: &mut Vec<u8>);

    /// The end of an answer that broke off. It never looks complete.
    fn fail(&mut self, error: &Error, out: &mut Vec<u8>);

    /// Takes a piece of an answer that is sent in one.
    fn collect(&mut self, event: Event);

    /// The answer in one piece: what was collected, as JSON.
    ///
    /// # Errors
    /// [`Error::Internal`], should the answer not be expressible as JSON.
    fn whole(&mut self, outcome: &Outcome) -> Result<Vec<u8>, Error>;

    /// What is to be kept of the answer under its identity, if that was asked for. Asked once, after the last event and before `finish` or `whole`.
    fn record(&mut self, outcome: &Outcome) -> Option<Record> {
        let _ = outcome;
        None
    }

    /// The record could not be kept: the answer is to say so.
    fn not_kept(&mut self) {}
}

/// JSON of plain data.
pub(super) fn to_json(value: &impl serde::Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value).map_err(|error| Error::Internal(error.to_string()))
}
