//! Records and errors, between WIT and the core.

use gusset_retrieve as core;

use crate::bindings::exports::gusset::retrieve::{collections as wit, retrieve};
use crate::bindings::gusset::chunk::chunk;

impl From<chunk::Format> for gusset_chunk::Format {
    fn from(format: chunk::Format) -> Self {
        match format {
            chunk::Format::Plain => Self::Plain,
            chunk::Format::Markdown => Self::Markdown,
            chunk::Format::Html => Self::Html,
            chunk::Format::Code => Self::Code,
            chunk::Format::Csv => Self::Csv,
            chunk::Format::Json => Self::Json,
        }
    }
}

impl From<gusset_chunk::Format> for chunk::Format {
    fn from(format: gusset_chunk::Format) -> Self {
        match format {
            gusset_chunk::Format::Plain => Self::Plain,
            gusset_chunk::Format::Markdown => Self::Markdown,
            gusset_chunk::Format::Html => Self::Html,
            gusset_chunk::Format::Code => Self::Code,
            gusset_chunk::Format::Csv => Self::Csv,
            gusset_chunk::Format::Json => Self::Json,
        }
    }
}

impl From<chunk::Options> for gusset_chunk::Options {
    fn from(options: chunk::Options) -> Self {
        let chunk::Options { strategy, max_tokens, overlap_tokens, parent_tokens, context } = options;
        let strategy = match strategy {
            chunk::Strategy::Recursive => gusset_chunk::Strategy::Recursive,
            chunk::Strategy::Structural => gusset_chunk::Strategy::Structural,
            chunk::Strategy::Fixed => gusset_chunk::Strategy::Fixed,
            chunk::Strategy::Semantic => gusset_chunk::Strategy::Semantic,
        };
        Self { strategy, max_tokens, overlap_tokens, parent_tokens, context }
    }
}

impl From<&gusset_chunk::Options> for chunk::Options {
    fn from(options: &gusset_chunk::Options) -> Self {
        let &gusset_chunk::Options { strategy, max_tokens, overlap_tokens, parent_tokens, context } = options;
        let strategy = match strategy {
            gusset_chunk::Strategy::Recursive => chunk::Strategy::Recursive,
            gusset_chunk::Strategy::Structural => chunk::Strategy::Structural,
            gusset_chunk::Strategy::Fixed => chunk::Strategy::Fixed,
            gusset_chunk::Strategy::Semantic => chunk::Strategy::Semantic,
        };
        Self { strategy, max_tokens, overlap_tokens, parent_tokens, context }
    }
}

impl From<chunk::Chunk> for gusset_chunk::Chunk {
    fn from(found: chunk::Chunk) -> Self {
        let chunk::Chunk { start, end, tokens, headings, text, parent, context } = found;
        Self { start, end, tokens, headings, text, parent, context }
    }
}

impl From<core::Collection> for wit::Collection {
    fn from(found: core::Collection) -> Self {
        Self {
            name: found.name,
            model_fingerprint: found.model_fingerprint,
            model_id: found.model_id,
            created_at: found.created_at,
            chunking: (&found.chunking).into(),
            documents: found.documents,
            passages: found.passages,
            bytes: found.bytes,
            metadata: found.metadata,
        }
    }
}

impl From<wit::Document> for core::Document {
    fn from(document: wit::Document) -> Self {
        let wit::Document { id, title, format, content, added_at, metadata } = document;
        Self { id, title, format: format.into(), content, added_at, metadata }
    }
}

impl From<core::DocumentInfo> for wit::DocumentInfo {
    fn from(info: core::DocumentInfo) -> Self {
        let core::DocumentInfo { id, title, passages, tokens, bytes, added_at, metadata } = info;
        Self { id, title, passages, tokens, bytes, added_at, metadata }
    }
}

impl From<core::Error> for wit::Error {
    fn from(error: core::Error) -> Self {
        match error {
            core::Error::UnknownCollection(name) => Self::UnknownCollection(name),
            core::Error::CollectionExists(name) => Self::CollectionExists(name),
            core::Error::InvalidRequest(message) => Self::InvalidRequest(message),
            core::Error::Store(failure) => Self::Store(failure.to_string()),
            error @ core::Error::Outdated(_) => Self::InvalidRequest(error.to_string()),
            error @ core::Error::Conflict(_) => Self::Conflict(error.to_string()),
            core::Error::ModelMismatch(mismatch) => Self::ModelMismatch(wit::ModelMismatch {
                index_fingerprint: mismatch.index_fingerprint,
                index_model: mismatch.index_model,
                query_fingerprint: mismatch.query_fingerprint,
                query_model: mismatch.query_model,
            }),
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<retrieve::Query> for core::Query {
    fn from(query: retrieve::Query) -> Self {
        Self {
            text: query.text,
            limit: query.limit,
            mode: match query.mode {
                retrieve::Mode::Hybrid => core::Mode::Hybrid,
                retrieve::Mode::Dense => core::Mode::Dense,
                retrieve::Mode::Lexical => core::Mode::Lexical,
            },
            filter: query.filter.into_iter().map(core::Condition::from).collect(),
            rerank: match query.reranking {
                retrieve::Reranking::Automatic => Some(core::Rerank::default()),
                retrieve::Reranking::Off => None,
                retrieve::Reranking::WithinMs(deadline) => Some(core::Rerank { deadline_ms: Some(deadline) }),
            },
            floor: query.floor.unwrap_or(Self::FLOOR),
            diversity: query.diversity,
            budget_tokens: query.budget_tokens,
        }
    }
}

impl From<retrieve::Condition> for core::Condition {
    fn from(condition: retrieve::Condition) -> Self {
        let test = match condition.test {
            retrieve::Test::AnyOf(values) => core::Test::AnyOf(values),
            retrieve::Test::Between((low, high)) => core::Test::Between(low, high),
        };
        Self { key: condition.key, test }
    }
}

impl From<retrieve::Claim> for core::Claim {
    fn from(claim: retrieve::Claim) -> Self {
        let retrieve::Claim { statement, texts } = claim;
        Self { statement, texts }
    }
}

impl From<core::Found> for retrieve::Found {
    fn from(found: core::Found) -> Self {
        let core::Note { candidates, reranked, confidence, below_floor, degraded } = found.note;
        let degraded = degraded.map(|degraded| match degraded {
            core::Degraded::Deadline { .. } => retrieve::Degraded::Deadline,
            other => retrieve::Degraded::Reranker(other.to_string()),
        });
        Self {
            hits: found.hits.into_iter().map(retrieve::Hit::from).collect(),
            note: retrieve::Note { candidates, reranked, confidence, below_floor, degraded },
        }
    }
}

impl From<core::Hit> for retrieve::Hit {
    fn from(hit: core::Hit) -> Self {
        let core::Hit { passage, cosine, lexical, rerank, probability } = hit;
        Self { passage: passage.into(), cosine, lexical, rerank, probability }
    }
}
