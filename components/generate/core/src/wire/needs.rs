//! What a request can't do without, held against what a node can do.

use gusset_types::{Part, ResponseFormat, ToolContent};

use super::Problem;
use crate::config::Capability;
use crate::{Node, Request};

/// # Errors
/// For the first thing that the node can't do.
pub(super) fn check(node: &Node, request: &Request) -> Result<(), Problem> {
    let controls = &request.controls;
    let parts = || request.messages.iter().flat_map(|message| &message.parts);
    let pictures = || {
        parts().any(|part| match part {
            Part::Image(_) => true,
            Part::ToolResult(result) => {
                result.content.iter().any(|content| matches!(content, ToolContent::Image(_)))
            }
            _ => false,
        })
    };
    let thinking = controls.reasoning.and_then(super::effort_of).is_some_and(|effort| effort.thinks());
    let lacks = |capability| !node.can(capability);
    let missing = if lacks(Capability::Vision) && pictures() {
        ("pictures", "vision")
    } else if lacks(Capability::Tools) && controls.uses_tools() {
        ("tools", "tools")
    } else if lacks(Capability::StructuredOutput) && controls.response_format != ResponseFormat::Text {
        ("`response_format`", "structured_output")
    } else if lacks(Capability::Reasoning) && thinking {
        ("reasoning", "reasoning")
    } else if lacks(Capability::TopK) && request.sampling.top_k.is_some() {
        ("`top_k`", "top_k")
    } else {
        return Ok(());
    };
    let (what, name) = missing;
    let remedy = format!("send the request without, or add \"{name}\" to the node's `capabilities`");
    Err(Problem::unsupported(format!("the target takes no {what}: {remedy}")))
}
