//! Plain vocabulary shared by the cores: messages, passages, prices, trace identities.
//!
//! The same words as the WIT package `gusset:types`, without WIT: a core that speaks them can be tested by a function
//! call. Nothing here computes more than its own text form, and what a call costs.

mod chat;
mod filter;
mod passage;
mod price;
mod tracing;
mod wit;

pub use chat::{
    Controls, Effort, Event, FinishReason, Image, ImageDetail, ImageSource, JsonSchema, Message, Part,
    Reasoning, ReasoningBudget, ResponseFormat, Role, Sampling, Tool, ToolCall, ToolChoice, ToolContent,
    ToolResult, Usage,
};
pub use filter::{Condition, Test};
pub use passage::Passage;
pub use price::{Cost, Price, Rate, TokenKind};
pub use tracing::{InvalidTraceParent, TraceContext};
