//! The `chunk` component: WIT to the chunking core and back.
//!
//! Its one import is the tokenizer of the embedding model, asked once a document. It has no WASI in it, so that no document can leave
//! through it. Nothing is decided here.

mod bindings {
    wit_bindgen::generate!({ path: "../../wit", world: "chunk", generate_all });
}

use bindings::exports::gusset::chunk::chunk as wit;
use bindings::gusset::embed::tokenize;

struct Component;

/// The imported tokenizer.
struct Imported;

impl gusset_chunk::Tokenizer for Imported {
    fn token_offsets(&self, text: &str) -> Vec<u32> {
        tokenize::token_offsets(text)
    }
}

impl wit::Guest for Component {
    fn split(
        document: String,
        format: wit::Format,
        options: wit::Options,
    ) -> Result<Vec<wit::Chunk>, wit::Error> {
        gusset_chunk::split(&document, format.into(), &options.into(), &Imported)
            .map(|chunks| chunks.into_iter().map(wit::Chunk::from).collect())
            .map_err(|error| wit::Error::InvalidOptions(error.to_string()))
    }
}

impl From<wit::Format> for gusset_chunk::Format {
    fn from(format: wit::Format) -> Self {
        match format {
            wit::Format::Plain => Self::Plain,
            wit::Format::Markdown => Self::Markdown,
            wit::Format::Html => Self::Html,
        }
    }
}

impl From<wit::Options> for gusset_chunk::Options {
    fn from(options: wit::Options) -> Self {
        let strategy = match options.strategy {
            wit::Strategy::Recursive => gusset_chunk::Strategy::Recursive,
            wit::Strategy::Structural => gusset_chunk::Strategy::Structural,
        };
        Self { strategy, max_tokens: options.max_tokens, overlap_tokens: options.overlap_tokens }
    }
}

impl From<gusset_chunk::Chunk> for wit::Chunk {
    fn from(chunk: gusset_chunk::Chunk) -> Self {
        let gusset_chunk::Chunk { start, end, tokens, headings, text } = chunk;
        Self { start, end, tokens, headings, text }
    }
}

bindings::export!(Component with_types_in bindings);
