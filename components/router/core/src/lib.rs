//! Targets for a request: policy first, then, among the allowed, predicted quality against price.
//!
//! A [`Router`] is made once from a [`Config`] (the `[[models]]`, `[[routes]]` and `[routing]` of `gusset.toml`) and a trained
//! [`predict::Predictor`]; [`Router::route`] then turns the facts of a request ([`Request`]) into a [`Decision`]: models in the order in
//! which to try them, each with its cost, predicted quality and reason, and every excluded model with the rule that excluded it.
//!
//! The way of a request: a route is matched and rules exclude (`policy`), qualities are predicted where they decide ([`predict`], from
//! [`mod@features`] and an embedding), positions are given ([`order`]), reasons written (`reason`).
//!
//! No I/O, clock, randomness or environment here: the draw that weights need is a field of the request, the embedder a trait.

mod capability;
mod config;
mod decision;
mod embedder;
mod error;
pub mod features;
pub mod order;
mod policy;
pub mod predict;
mod quality;
mod reason;
mod request;
mod router;
#[cfg(test)]
mod tests;

pub use capability::{Capabilities, Capability};
pub use config::{Config, Defaults, Match, Model, Route, Target, Unlisted};
pub use decision::{Basis, Choice, Decision, Exclusion, Order, Rule};
pub use embedder::Embedder;
pub use error::Error;
pub use gusset_types::{Cost, Price, TokenKind, Usage};
pub use quality::Quality;
pub use request::Request;
pub use router::Router;
