//! Items of output: what a response consists of.

use gusset_types::{Part, Reasoning, ToolCall};
use serde::Serialize;

use super::PREFIX;
use crate::answer::Citation;

/// An item. Each part of an answer is one.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Output<'a> {
    Message {
        id: String,
        status: &'static str,
        role: &'static str,
        content: Vec<Content<'a>>,
    },
    FunctionCall {
        id: String,
        status: &'static str,
        arguments: &'a str,
        call_id: &'a str,
        name: &'a str,
    },
    Reasoning {
        id: String,
        summary: Vec<Summary<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        encrypted_content: Option<&'a str>,
    },
}

/// A part of a message.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Content<'a> {
    OutputText { annotations: Vec<Annotation<'a>>, logprobs: [(); 0], text: &'a str },
    Refusal { refusal: &'a str },
}

/// A part of a thought.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Summary<'a> {
    SummaryText { text: &'a str },
}

/// A document that the text cites, at the first place where it does.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Annotation<'a> {
    FileCitation {
        /// Where in the text its number stands, in characters.
        index: usize,
        file_id: &'a str,
        filename: &'a str,
    },
}

/// The identity of an item of output: its response's, and its place there.
pub(super) fn id(response: &str, at: usize, part: &Part) -> String {
    let prefix = match part {
        Part::ToolCall(_) => "fc_",
        Part::Reasoning(_) => "rs_",
        _ => "msg_",
    };
    format!("{prefix}{}{at:02x}", response.strip_prefix(PREFIX).unwrap_or(response))
}

/// The identity of an item of input.
pub(super) fn id_of_input(response: &str, at: usize, kind: &str) -> String {
    let prefix = match kind {
        "function_call" => "fc_",
        "function_call_output" => "fco_",
        "reasoning" => "rs_",
        _ => "msg_",
    };
    format!("{prefix}{}i{at:02x}", response.strip_prefix(PREFIX).unwrap_or(response))
}

impl<'a> Output<'a> {
    /// The item of a part that is whole, or as whole as it will be.
    pub(super) fn new(
        response: &str,
        at: usize,
        part: &'a Part,
        status: &'static str,
        citations: &'a [Citation],
        seals: bool,
    ) -> Option<Self> {
        let id = id(response, at, part);
        Some(match part {
            Part::Text(_) | Part::Refusal(_) => {
                let content = Content::new(part, citations).into_iter().collect();
                Self::Message { id, status, role: "assistant", content }
            }
            Part::ToolCall(ToolCall { id: call_id, name, arguments }) => {
                Self::FunctionCall { id, status, arguments, call_id, name }
            }
            Part::Reasoning(Reasoning { text, seal }) => Self::Reasoning {
                id,
                summary: if text.is_empty() { Vec::new() } else { vec![Summary::SummaryText { text }] },
                encrypted_content: seal.as_deref().filter(|_| seals),
            },
            Part::Image(_) | Part::ToolResult(_) => return None,
        })
    }

    /// The item of a part that begins.
    pub(super) fn begun(response: &str, at: usize, part: &'a Part) -> Option<Self> {
        let item = Self::new(response, at, part, "in_progress", &[], false)?;
        Some(match item {
            Self::Message { id, status, role, .. } => Self::Message { id, status, role, content: Vec::new() },
            Self::FunctionCall { id, status, call_id, name, .. } => {
                Self::FunctionCall { id, status, arguments: "", call_id, name }
            }
            Self::Reasoning { id, .. } => {
                Self::Reasoning { id, summary: Vec::new(), encrypted_content: None }
            }
        })
    }
}

impl<'a> Content<'a> {
    pub(super) fn new(part: &'a Part, citations: &'a [Citation]) -> Option<Self> {
        match part {
            Part::Text(text) => {
                Some(Self::OutputText { annotations: annotations(text, citations), logprobs: [], text })
            }
            Part::Refusal(refusal) => Some(Self::Refusal { refusal }),
            _ => None,
        }
    }

    pub(super) fn empty(part: &Part) -> Self {
        match part {
            Part::Refusal(_) => Self::Refusal { refusal: "" },
            _ => Self::OutputText { annotations: Vec::new(), logprobs: [], text: "" },
        }
    }
}

/// The citations whose number stands in the text.
pub(super) fn annotations<'a>(text: &str, citations: &'a [Citation]) -> Vec<Annotation<'a>> {
    let cited = citations.iter().filter_map(|Citation { number, passage }| {
        let at = text.find(&format!("[{number}]"))?;
        let index = text.get(..at)?.chars().count();
        Some(Annotation::FileCitation { index, file_id: &passage.document, filename: &passage.title })
    });
    cited.collect()
}
