//! A model's card: what it is, what it was made of, how good it is.

use sha2::{Digest, Sha256};

use crate::blob::PoolingKind;
use crate::check::Agreement;
use crate::encoder::Encoder;
use crate::published::{Description, Source};

pub(super) struct Card<'a> {
    pub(super) id: &'a str,
    pub(super) origin: &'a str,
    pub(super) description: &'a Description,
    pub(super) encoder: &'a Encoder,
    pub(super) agreement: &'a Agreement,
}

impl Card<'_> {
    /// Markdown. `sources` are the files that were read, `files` those that were made.
    pub(super) fn text(
        &self,
        files: &[(&'static str, Vec<u8>)],
        sources: &[Source],
        fingerprint: &str,
    ) -> String {
        let Self { id, origin, agreement, .. } = self;
        let rows = |rows: Vec<String>| rows.join("\n");
        let made =
            rows(files.iter().map(|(name, content)| row(name, content.len(), &digest(content))).collect());
        let read =
            rows(sources.iter().map(|source| row(&source.name, source.bytes, &source.sha256)).collect());
        format!(
            "# {id}, int8\n\n{}\n\n{HEAD}\n{made}\n\nFingerprint `{fingerprint}`.\n\n\
             ## Source\n`{origin}`, these files:\n\n{HEAD}\n{read}\n\n\
             The int8 weights are a modification of that model's and stay under its licence.\n\n\
             ## Quality\n{agreement}\n\n\
             Over forty English sentences of Gusset's own; `gusset-embed-compiler check` has larger measures.\n\n\
             ## Use\n{}\n",
            self.what() + self.embedding(),
            self.usage(),
        )
    }

    fn what(&self) -> String {
        let (layers, heads, hidden) = (self.encoder.layers.len(), self.encoder.heads, self.encoder.hidden);
        match self.description {
            Description::Embedder(description) => {
                let pooling = match description.pooling {
                    PoolingKind::Mean => "mean",
                    PoolingKind::Cls => "`[CLS]`",
                    PoolingKind::Max => "max",
                };
                let prefix = |prefix: &str| match prefix {
                    "" => "none".to_owned(),
                    prefix => format!("`{prefix}`"),
                };
                format!(
                    "A text embedder: {layers} BERT layers, {heads} heads, {hidden} dimensions, {pooling} pooling, L2 norm 1. \
                     Texts beyond {} tokens are cut off, and said so. Prefix of a query: {}; of a passage: {}.",
                    description.max_tokens,
                    prefix(&description.query_prefix),
                    prefix(&description.passage_prefix),
                )
            }
            Description::CrossEncoder(description) => format!(
                "A cross-encoder for reranking: {layers} BERT layers, {heads} heads, {hidden} dimensions. It reads query and passage \
                 together, {} tokens at most, of which the query takes {} at most. The probability is the sigmoid of the logit.",
                description.max_tokens, description.query_tokens,
            ),
        }
    }

    fn embedding(&self) -> &'static str {
        let bits = match self.description {
            Description::Embedder(description) => description.embedding_bits,
            Description::CrossEncoder(description) => description.embedding_bits,
        };
        if bits == 4 {
            " The compiled word embedding has 4 bits an element, a scale for each 32."
        } else {
            ""
        }
    }

    fn usage(&self) -> String {
        let id = self.id;
        match self.description {
            Description::Embedder(_) => format!(
                "`cargo xtask build --embedder {id}` builds the application around it. A host with `[embed] native = true` runs it with \
                 `model = \"models/{id}/embed.blob\"`. Collections that another embedder made must be made anew."
            ),
            Description::CrossEncoder(_) => {
                format!("`cargo xtask build --reranker {id}` builds the `rerank` component around it.")
            }
        }
    }
}

const HEAD: &str = "| file | bytes | sha256 |\n|---|---|---|";

fn row(name: &str, bytes: usize, sha256: &str) -> String {
    format!("| `{name}` | {bytes} | `{sha256}` |")
}

fn digest(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}
