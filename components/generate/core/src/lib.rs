//! Completions from models that run elsewhere: requests to wire formats and back, targets, limits, failures.
//!
//! The decisions behind `gusset:generate`, for its two shells, the native host and the `generate-http` component.
//! A shell owns the sockets and the clock; it
//!
//! 1. parses its nodes ([`config`]), keeps one [`Health`] for them, and asks [`targets`] which of them serve a request, in which
//!    order,
//! 2. takes the steps of a [`Walk`] along these targets, which says whom to ask, when to wait and when to give up, and sends what
//!    [`wire::completion`] gives,
//! 3. drives each [`Attempt`] with the bytes that arrive and the time it is, and waits no longer than its
//!    [`Attempt::deadline`],
//! 4. before the first event, hands a [`Failure`] to the walk and goes on; after it, ends the stream with it and tells
//!    [`Health::broke`].
//!
//! Nothing here does I/O, reads a clock or draws a number: the time is an argument, as a [`Duration`](std::time::Duration)
//! since any origin that the shell keeps to, and so is each draw.

mod anthropic;
mod attempt;
pub mod breaker;
mod budget;
mod chain;
pub mod config;
mod error;
mod failure;
mod gemini;
mod health;
mod openai;
mod request;
mod responses;
mod tokens;
pub mod wire;

pub use attempt::{Attempt, Deadline, Ending, Limit, Transport};
pub use budget::Budget;
pub use chain::{Ask, AskId, Step, Target, Walk, needs_listings, plan, targets, unit};
pub use config::Node;
pub use error::Error;
pub use failure::{Cause, Failure, Place};
pub use gusset_types::Event;
pub use health::{Health, Memory, Report};
pub use request::{Asked, Model, Opening, Outcome, Plan, Request, TokenCount};
pub use tokens::count_tokens;
