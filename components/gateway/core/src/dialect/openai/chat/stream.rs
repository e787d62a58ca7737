//! The answer as server-sent events: chunks, then `[DONE]`; or an error and no `[DONE]`.

use serde::Serialize;

use super::response::{Tokens, reason};
use super::turn::Thought;
use crate::answer::{Opening, Outcome};
use crate::dialect::extension::Extension;
use crate::dialect::{Identity, sse};

/// Writes chunks. Each method appends whole events to a buffer.
#[derive(Clone, Debug)]
pub(super) struct Chunks {
    pub(super) identity: Identity,
    pub(super) opening: Opening,
    include_usage: bool,
}

#[derive(Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: &'a [Choice<'a>],
    /// OpenAI sends `null` on each chunk before the one that has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Option<Tokens>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x_gusset: Option<Extension<'a>>,
}

#[derive(Serialize)]
struct Choice<'a> {
    index: u32,
    delta: Delta<'a>,
    logprobs: Option<()>,
    finish_reason: Option<&'static str>,
}

/// What a chunk adds to the answer.
#[derive(Default, Serialize)]
pub(super) struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reasoning_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thinking_blocks: Option<[Thought; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tool_calls: Option<[Call<'a>; 1]>,
}

/// A call that begins, or more of its arguments.
#[derive(Serialize)]
pub(super) struct Call<'a> {
    index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    arguments: &'a str,
}

impl<'a> Delta<'a> {
    pub(super) fn begin(index: u32, id: &'a str, name: &'a str) -> Self {
        let function = Function { name: Some(name), arguments: "" };
        Self {
            tool_calls: Some([Call { index, id: Some(id), r#type: Some("function"), function }]),
            ..Self::default()
        }
    }

    pub(super) fn arguments(index: u32, arguments: &'a str) -> Self {
        let function = Function { name: None, arguments };
        Self { tool_calls: Some([Call { index, id: None, r#type: None, function }]), ..Self::default() }
    }
}

impl Chunks {
    pub(super) fn new(identity: Identity, opening: Opening, include_usage: bool) -> Self {
        Self { identity, opening, include_usage }
    }

    /// A piece of the answer.
    pub(super) fn delta(&self, delta: Delta<'_>, out: &mut Vec<u8>) {
        self.choice(delta, None, None, out);
    }

    /// The end: why, with what citations, for how many tokens if asked, and `[DONE]`.
    pub(super) fn finish(&self, outcome: &Outcome, out: &mut Vec<u8>) {
        let extension = Extension::new(self.opening.kind, outcome, &self.identity.trace_id);
        self.choice(Delta::default(), Some(reason(outcome.finish_reason)), Some(extension), out);
        if self.include_usage {
            self.chunk(&[], Some(Some(outcome.usage.into())), None, out);
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    fn choice(
        &self,
        delta: Delta<'_>,
        finish_reason: Option<&'static str>,
        extension: Option<Extension<'_>>,
        out: &mut Vec<u8>,
    ) {
        let choices = [Choice { index: 0, delta, logprobs: None, finish_reason }];
        self.chunk(&choices, self.include_usage.then_some(None), extension, out);
    }

    fn chunk(
        &self,
        choices: &[Choice<'_>],
        usage: Option<Option<Tokens>>,
        x_gusset: Option<Extension<'_>>,
        out: &mut Vec<u8>,
    ) {
        let Identity { id, created, .. } = &self.identity;
        let object = "chat.completion.chunk";
        let model = &self.opening.model;
        sse::data(&Chunk { id, object, created: *created, model, choices, usage, x_gusset }, out);
    }
}
