//! Answers whose citations are still to be checked, until somebody has time for it.
//!
//! Judging takes longer than anybody should wait for the end of an answer. So an answer that has ended is put down here, and judged when
//! `conclude` is called for it; whoever never calls costs a bounded amount of memory.

use std::cell::RefCell;
use std::collections::VecDeque;

use gusset_bindings::tracing::TraceContext;
use gusset_orchestrate::{grounding, spans};
use gusset_types::Passage;

use crate::bindings::exports::gusset::orchestrate::orchestrate::Groundedness;
use crate::bindings::gusset::retrieve::retrieve;
use crate::convert;
use crate::trace::Tracer;

/// Answers put down, at most: those that one instance gives at once. The oldest makes room.
const WAITING: usize = 32;

/// An answer that has ended.
pub(crate) struct Answered {
    /// The model that gave it.
    pub(crate) model: String,
    pub(crate) text: String,
    /// Those in the prompt, by number.
    pub(crate) passages: Vec<Passage>,
    pub(crate) tracer: Tracer,
}

thread_local! {
    static ANSWERED: RefCell<VecDeque<Answered>> = const { RefCell::new(VecDeque::new()) };
}

/// Puts an answer down that cites passages.
pub(crate) fn put_down(answered: Answered) {
    ANSWERED.with_borrow_mut(|waiting| {
        if waiting.len() >= WAITING {
            waiting.pop_front();
        }
        waiting.push_back(answered);
    });
}

/// Judges the answer of a request, if there is one that cites anything.
pub(crate) async fn conclude(trace: TraceContext) -> Option<Groundedness> {
    let Answered { model, text, passages, tracer } = ANSWERED.with_borrow_mut(|waiting| {
        let at = waiting.iter().position(|answered| answered.tracer.is_of(&trace))?;
        waiting.remove(at)
    })?;
    let statements = grounding::statements(&text, passages.len());
    let claims = grounding::claims(&statements, &passages);
    if claims.is_empty() {
        return None;
    }
    let places: Vec<usize> = claims.iter().map(|(statement, _)| statement.start).collect();
    let claims = claims
        .into_iter()
        .map(|(statement, texts)| retrieve::Claim { statement: statement.text.clone(), texts })
        .collect();
    let open = tracer.open();
    match retrieve::support(claims).await {
        Ok(support) => {
            let judged: Vec<(usize, f32)> = places.into_iter().zip(support).collect();
            let found = grounding::groundedness(&statements, &judged)?;
            tracer.close(&open, spans::grounding(&model, Ok(&found)));
            Some(found.into())
        }
        Err(error) => {
            tracer.close(&open, spans::grounding(&model, Err(convert::retrieval_error(&error))));
            None
        }
    }
}
