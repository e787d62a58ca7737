//! Plain vocabulary shared by the cores: messages, passages, trace identities.
//!
//! The same words as the WIT package `gusset:types`, without WIT: a core that speaks them can be tested by a function
//! call. Nothing here computes more than its own text form.

mod chat;
mod filter;
mod passage;
mod tracing;

pub use chat::{FinishReason, Message, Role, Sampling, Usage};
pub use filter::{Condition, Test};
pub use passage::Passage;
pub use tracing::{InvalidTraceParent, TraceContext};
