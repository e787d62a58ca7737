//! The HTTP face, all of it but the HTTP: dialects, routes, limits, keys, files and errors.
//!
//! - [`route`]: which endpoint a method and a path name;
//! - [`config`]: what an operator may set, with the limits' defaults and their reasons; [`auth`]: keys, whose they are and what they open;
//! - [`budget`]: how much may be called, reserved before a call and settled after it; [`meter`] and [`price`]: what a call may use,
//!   used and cost; [`usage`]: what was used, by day; [`calendar`] and [`pattern`]: days, and names in rules;
//! - [`dialect`]: the wire formats that callers speak, and the way from there to Gusset's own words;
//! - [`json`], [`multipart`], [`page`]: bodies and query strings, read strictly and within bounds;
//! - [`files`]: uploaded files in a key-value store; [`responses`]: answers that are kept there;
//! - [`chunking`]: how documents are cut; [`answer`], [`embedding`], [`collection`]: what the other components say, in plain types;
//! - [`attribution`]: whom a request is for, as its headers say, and what the answer's headers say;
//! - [`trace`]: the request's own span;
//! - [`error`]: what can go wrong by cause, and the one place that picks an HTTP status.
//!
//! Nothing here waits, reads a clock or draws a random number: bytes, times and identities come in as arguments.

pub mod answer;
pub mod attribution;
pub mod auth;
pub mod budget;
pub mod calendar;
pub mod chunking;
pub mod collection;
pub mod config;
pub mod dialect;
pub mod embedding;
pub mod error;
pub mod files;
pub mod format;
pub mod id;
pub mod json;
#[cfg(test)]
mod memory;
pub mod meter;
pub mod multipart;
pub mod page;
pub mod pattern;
pub mod price;
pub mod responses;
pub mod route;
mod swap;
pub mod trace;
pub mod usage;

pub use config::Config;
pub use error::Error;
