//! How documents are best split: recall, precision, precision-omega and IoU over characters, as Chroma's report *Evaluating Chunking Strategies for
//! Retrieval* defines them, for the report's chunkers and for ours.
//!
//! The map: `metrics` scores what was retrieved, `report` has the report's chunkers, with sizes in tokens of
//! cl100k as there, `dense` is its search, `systems` are ours on the retrieval core, `table` measures and prints.

mod dense;
mod metrics;
mod report;
mod systems;
mod table;

pub use table::measure;
