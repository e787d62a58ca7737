//! The `chunk` component: WIT to the chunking core and back.
//!
//! Its imports are the embedding model and its tokenizer, which is asked once a document. It has no WASI in it, so that no document can leave
//! through it. Nothing is decided here.

mod bindings {
    wit_bindgen::generate!({ path: "../../wit", world: "chunk", generate_all });
}

use bindings::exports::gusset::chunk::chunk as wit;
use bindings::gusset::embed::{embed, tokenize};

struct Component;

/// The imported model.
struct Imported;

impl gusset_chunk::Tokenizer for Imported {
    fn token_offsets(&self, text: &str) -> Vec<u32> {
        tokenize::token_offsets(text)
    }
}

impl gusset_chunk::Embedder for Imported {
    fn embed(&self, texts: &[&str]) -> Result<Vec<f32>, String> {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        match embed::embed(&texts, embed::Purpose::Passage) {
            Ok(embeddings) => Ok(embeddings.values),
            Err(embed::Error::Other(message)) => Err(message),
        }
    }
}

impl wit::Guest for Component {
    fn split(
        document: String,
        format: wit::Format,
        options: wit::Options,
    ) -> Result<Vec<wit::Chunk>, wit::Error> {
        gusset_chunk::split_with(&document, format.into(), &options.into(), &Imported, Some(&Imported))
            .map(|chunks| chunks.into_iter().map(wit::Chunk::from).collect())
            .map_err(|error| match error {
                gusset_chunk::Error::Embedder(message) => wit::Error::Embedding(message),
                error => wit::Error::InvalidOptions(error.to_string()),
            })
    }
}

impl From<wit::Format> for gusset_chunk::Format {
    fn from(format: wit::Format) -> Self {
        match format {
            wit::Format::Plain => Self::Plain,
            wit::Format::Markdown => Self::Markdown,
            wit::Format::Html => Self::Html,
            wit::Format::Code => Self::Code,
            wit::Format::Csv => Self::Csv,
            wit::Format::Json => Self::Json,
        }
    }
}

impl From<wit::Options> for gusset_chunk::Options {
    fn from(options: wit::Options) -> Self {
        let strategy = match options.strategy {
            wit::Strategy::Recursive => gusset_chunk::Strategy::Recursive,
            wit::Strategy::Structural => gusset_chunk::Strategy::Structural,
            wit::Strategy::Fixed => gusset_chunk::Strategy::Fixed,
            wit::Strategy::Semantic => gusset_chunk::Strategy::Semantic,
        };
        let wit::Options { max_tokens, overlap_tokens, parent_tokens, context, .. } = options;
        Self { strategy, max_tokens, overlap_tokens, parent_tokens, context }
    }
}

impl From<gusset_chunk::Chunk> for wit::Chunk {
    fn from(chunk: gusset_chunk::Chunk) -> Self {
        let gusset_chunk::Chunk { start, end, tokens, headings, text, parent, context } = chunk;
        Self { start, end, tokens, headings, text, parent, context }
    }
}

bindings::export!(Component with_types_in bindings);
