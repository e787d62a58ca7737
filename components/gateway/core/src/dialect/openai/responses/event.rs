//! Events of a stream, each with its number.

use serde::Serialize;

use super::object::Object;
use super::output::{Annotation, Content, Output, Summary};
use crate::dialect::sse;

/// Numbers events as it writes them.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    next: u32,
}

/// What an event says. Its name is told beside it.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Sent<'a> {
    Response {
        response: &'a Object<'a>,
    },
    Item {
        output_index: usize,
        item: Output<'a>,
    },
    Content {
        #[serde(flatten)]
        place: ContentPlace<'a>,
        part: Content<'a>,
    },
    TextDelta {
        #[serde(flatten)]
        place: ContentPlace<'a>,
        delta: &'a str,
        logprobs: [(); 0],
    },
    TextDone {
        #[serde(flatten)]
        place: ContentPlace<'a>,
        text: &'a str,
        logprobs: [(); 0],
    },
    Annotation {
        #[serde(flatten)]
        place: ContentPlace<'a>,
        annotation_index: usize,
        annotation: Annotation<'a>,
    },
    RefusalDelta {
        #[serde(flatten)]
        place: ContentPlace<'a>,
        delta: &'a str,
    },
    RefusalDone {
        #[serde(flatten)]
        place: ContentPlace<'a>,
        refusal: &'a str,
    },
    ArgumentsDelta {
        item_id: &'a str,
        output_index: usize,
        delta: &'a str,
    },
    ArgumentsDone {
        item_id: &'a str,
        output_index: usize,
        name: &'a str,
        arguments: &'a str,
    },
    Summary {
        #[serde(flatten)]
        place: SummaryPlace<'a>,
        part: Summary<'a>,
    },
    SummaryDelta {
        #[serde(flatten)]
        place: SummaryPlace<'a>,
        delta: &'a str,
    },
    SummaryDone {
        #[serde(flatten)]
        place: SummaryPlace<'a>,
        text: &'a str,
    },
    Error {
        code: &'a str,
        message: &'a str,
        param: Option<&'a str>,
    },
}

/// A part of a message: it has one.
#[derive(Clone, Copy, Serialize)]
pub(super) struct ContentPlace<'a> {
    item_id: &'a str,
    output_index: usize,
    content_index: usize,
}

/// A part of a thought: it has one.
#[derive(Clone, Copy, Serialize)]
pub(super) struct SummaryPlace<'a> {
    item_id: &'a str,
    output_index: usize,
    summary_index: usize,
}

#[derive(Serialize)]
struct Numbered<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    sent: &'a Sent<'a>,
    sequence_number: u32,
}

impl<'a> ContentPlace<'a> {
    pub(super) fn new(item_id: &'a str, output_index: usize) -> Self {
        Self { item_id, output_index, content_index: 0 }
    }
}

impl<'a> SummaryPlace<'a> {
    pub(super) fn new(item_id: &'a str, output_index: usize) -> Self {
        Self { item_id, output_index, summary_index: 0 }
    }
}

impl Events {
    pub(super) fn send(&mut self, name: &'static str, sent: &Sent<'_>, out: &mut Vec<u8>) {
        sse::named(name, &Numbered { r#type: name, sent, sequence_number: self.next }, out);
        self.next += 1;
    }
}
