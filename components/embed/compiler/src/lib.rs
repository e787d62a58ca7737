//! Makes models ready to ship: f32 weights to int8 ONNX, ONNX to the packed form that the embedder maps.
//!
//! ```text
//! model.safetensors ─ safetensors ─┐
//!                                  ├─ encoder ─ quantise ─┬─ onnx::write ─ model.int8.onnx
//! model.int8.onnx ──── onnx::read ─┘                      └─ blob::compile ─ embed.blob
//! ```
//! Model files are read here, when a model is made or built, and nowhere else in Gusset. An ONNX file is read by recognising a BERT encoder
//! in it: what isn't one is an error that names the first node that doesn't fit.
//!
//! A reranker is a small head over an encoder, which [`rerank`] compiles, or a cross-encoder ([`cross`]).
//!
//! [`published`] reads a model as a hub has it, and [`add`] makes a folder of ours of it.
//!
//! [`check`] measures what int8 costs in quality. This crate runs natively, at build time only.

pub mod add;
pub mod blob;
pub mod check;
pub mod config;
pub mod cross;
pub mod encoder;
pub mod error;
pub mod onnx;
pub mod published;
pub mod rerank;
pub mod safetensors;

pub use blob::{Description, compile};
pub use error::Error;
