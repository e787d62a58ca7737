//! The wire formats that callers speak: from their JSON to plain types, and back.
//!
//! A dialect knows nothing of HTTP but bodies, and nothing of the components behind the gateway but their plain types.

pub mod gusset;
pub mod openai;
