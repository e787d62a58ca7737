//! ONNX files of BERT encoders: written in one form, read by recognising it.

mod graph;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::read;
pub use write::write;
