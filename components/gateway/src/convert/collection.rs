//! Collections, documents, embeddings.

use gusset_gateway::chunking::{Chunking, Strategy};
use gusset_gateway::collection::{Collection, Document};
use gusset_gateway::embedding::{Embeddings, Model};
use gusset_gateway::format::Format;
use gusset_types::{Condition, Test};

use crate::bindings::gusset::chunk::chunk;
use crate::bindings::gusset::embed::embed;
use crate::bindings::gusset::retrieve::{collections, retrieve};

pub(crate) fn collection(wit: collections::Collection) -> Collection {
    Collection {
        name: wit.name,
        model: wit.model_id,
        fingerprint: wit.model_fingerprint,
        created_at: wit.created_at,
        chunking: chunking(wit.chunking),
        documents: wit.documents,
        passages: wit.passages,
        bytes: wit.bytes,
        metadata: wit.metadata,
    }
}

pub(crate) fn document(wit: collections::DocumentInfo) -> Document {
    let collections::DocumentInfo { id, title, passages, tokens, bytes, added_at, metadata } = wit;
    Document { id, title, passages, tokens, bytes, added_at, metadata }
}

fn chunking(options: chunk::Options) -> Chunking {
    let chunk::Options { strategy, max_tokens, overlap_tokens, parent_tokens, context } = options;
    let strategy = match strategy {
        chunk::Strategy::Recursive => Strategy::Recursive,
        chunk::Strategy::Structural => Strategy::Structural,
        chunk::Strategy::Fixed => Strategy::Fixed,
        chunk::Strategy::Semantic => Strategy::Semantic,
    };
    Chunking { strategy, max_tokens, overlap_tokens, parent_tokens, context }
}

pub(crate) fn chunk_options(chunking: Chunking) -> chunk::Options {
    let Chunking { strategy, max_tokens, overlap_tokens, parent_tokens, context } = chunking;
    let strategy = match strategy {
        Strategy::Recursive => chunk::Strategy::Recursive,
        Strategy::Structural => chunk::Strategy::Structural,
        Strategy::Fixed => chunk::Strategy::Fixed,
        Strategy::Semantic => chunk::Strategy::Semantic,
    };
    chunk::Options { strategy, max_tokens, overlap_tokens, parent_tokens, context }
}

pub(crate) fn format(format: Format) -> chunk::Format {
    match format {
        Format::Plain => chunk::Format::Plain,
        Format::Markdown => chunk::Format::Markdown,
        Format::Html => chunk::Format::Html,
        Format::Code => chunk::Format::Code,
        Format::Csv => chunk::Format::Csv,
        Format::Json => chunk::Format::Json,
    }
}

pub(crate) fn model(wit: embed::Model) -> Model {
    let embed::Model { id, fingerprint, dimension, max_tokens } = wit;
    Model { id, fingerprint, dimension, max_tokens }
}

pub(crate) fn embeddings(wit: embed::Embeddings) -> Embeddings {
    let embed::Embeddings { values, tokens, truncated, .. } = wit;
    Embeddings { values, tokens, truncated }
}

pub(crate) fn condition(condition: Condition) -> retrieve::Condition {
    let test = match condition.test {
        Test::AnyOf(values) => retrieve::Test::AnyOf(values),
        Test::Between(low, high) => retrieve::Test::Between((low, high)),
    };
    retrieve::Condition { key: condition.key, test }
}
