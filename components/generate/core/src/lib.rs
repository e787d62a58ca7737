//! Completions from models that run elsewhere: requests to wire formats and back, targets, limits, failures.
//!
//! The decisions behind `gusset:generate`, for its two shells, the native host and the `generate-http` component.
//! A shell owns the sockets and the clock; it
//!
//! 1. parses its nodes ([`config`]) and asks [`plan`] which of them serve a request, in which order,
//! 2. walks the [`Chain`] of targets, and for each sends what [`wire::completion`] gives,
//! 3. drives one [`Attempt`] with the bytes that arrive and the time it is, and waits no longer than its
//!    [`Attempt::deadline`],
//! 4. before the first event, hands a [`Failure`] to the chain and goes on; after it, ends the stream with it.
//!
//! Nothing here does I/O or reads a clock: the time is an argument, as a [`Duration`](std::time::Duration) since any
//! origin that the shell keeps to.

mod anthropic;
mod attempt;
mod chain;
pub mod config;
mod error;
mod failure;
mod gemini;
mod openai;
mod request;
mod responses;
mod tokens;
pub mod wire;

pub use attempt::{Attempt, Deadline, Ending, Limit, Transport};
pub use chain::{Chain, Target, plan};
pub use config::Node;
pub use error::Error;
pub use failure::{Cause, Failure, Place};
pub use gusset_types::Event;
pub use request::{Asked, Model, Opening, Outcome, Plan, Request, TokenCount};
pub use tokens::count_tokens;
