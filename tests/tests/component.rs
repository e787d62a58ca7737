//! Components alone in wasmtime, against fake imports: what a component answers is what its core does.
//!
//! Where the two differ, the shell is wrong, or a kernel gives other bits on this architecture.

use std::fs;

use anyhow::Context;
use gusset_tests::artefacts;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Config, Engine, Store};

mod embedder {
    wasmtime::component::bindgen!({ path: "../wit", world: "embed" });
}

mod chunker {
    wasmtime::component::bindgen!({ path: "../wit", world: "chunk" });
}

mod reranker {
    wasmtime::component::bindgen!({ path: "../wit", world: "rerank" });
}

const TEXTS: [&str; 6] = [
    "",
    "The north pier shows a flashing green light every five seconds.",
    "naïve café, 東京タワー, 🦀 and ﬁne ligatures",
    "a",
    "[CLS] looks like a special token and isn't one",
    "x",
];

/// Compiled components are kept beside the build's other results: a model is 25 MB of data.
fn load(engine: &Engine, name: &str) -> anyhow::Result<Component> {
    Ok(Component::from_file(engine, artefacts::component(name)?)?)
}

#[test]
fn embed_is_its_core() -> anyhow::Result<()> {
    use embedder::exports::gusset::embed::embed::Purpose;

    let engine = Engine::new(&Config::new())?;
    let component = load(&engine, "embed")?;
    let mut store = Store::new(&engine, ());
    // An empty linker: it instantiates, so it imports nothing.
    let instance = embedder::Embed::instantiate(&mut store, &component, &Linker::new(&engine))?;
    let blob = fs::read(artefacts::built("embed.blob")?)?;
    let core = gusset_embed::Embedder::load(blob)?;

    let long = "the tide turns twice a day ".repeat(100);
    let texts: Vec<String> = TEXTS.iter().map(|text| (*text).to_owned()).chain([long]).collect();
    let embed = instance.gusset_embed_embed();
    let info = embed.call_model_info(&mut store)?;
    assert_eq!(info.fingerprint, core.model().fingerprint);
    assert_eq!((info.dimension, info.max_tokens), (384, 256));

    let actual = embed
        .call_embed(&mut store, &texts, Purpose::Passage)?
        .map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let references: Vec<&str> = texts.iter().map(String::as_str).collect();
    let expected = core.embed(&references, gusset_embed::Purpose::Passage)?;
    assert_eq!(actual.values, expected.values, "the same bits");
    let expected_tokens: Vec<u32> = expected.tokens.iter().map(|&tokens| tokens as u32).collect();
    assert_eq!(actual.tokens, expected_tokens);
    assert_eq!(actual.truncated, expected.truncated);
    assert_eq!(actual.truncated.last(), Some(&true));

    for vector in actual.values.chunks(384) {
        let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        assert!((norm - 1.0).abs() < 1e-5, "{norm}");
    }
    let none =
        embed.call_embed(&mut store, &[], Purpose::Query)?.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    assert!(none.values.is_empty() && none.dimension == 384);

    let tokenize = instance.gusset_embed_tokenize();
    for text in &texts {
        let expected: Vec<u32> = core.tokenizer().offsets(text).iter().map(|&offset| offset as u32).collect();
        assert_eq!(tokenize.call_token_offsets(&mut store, text)?, expected, "{text}");
    }
    Ok(())
}

#[test]
fn rerank_is_its_core() -> anyhow::Result<()> {
    use reranker::exports::gusset::rerank::rerank::{Depth, Options};

    let engine = Engine::new(&Config::new())?;
    let component = load(&engine, "rerank")?;
    let mut store = Store::new(&engine, ());
    let instance = reranker::Rerank::instantiate(&mut store, &component, &Linker::new(&engine))?;
    let embedder = gusset_embed::Embedder::load(fs::read(artefacts::built("rerank.blob")?)?)?;
    let core = gusset_rerank::Reranker::new(embedder, &fs::read(artefacts::built("rerank.head")?)?)?;

    let rerank = instance.gusset_rerank_rerank();
    assert_eq!(rerank.call_model_info(&mut store)?.fingerprint, core.model().fingerprint);
    let query = "Which light does the north pier show?";
    let passages: Vec<String> = TEXTS.iter().map(|text| (*text).to_owned()).collect();
    let options = Options { passage_tokens: None, refine: None };
    let failed = |error| anyhow::anyhow!("{error:?}");
    let whole = rerank.call_rank(&mut store, query, &passages, options)?.map_err(failed)?;
    let expected = core.rank(query, &TEXTS, &gusset_rerank::Options::default())?;
    // Weights of the query's tokens come from the target's own exponential function.
    let is_close = |(a, b): (f32, f32)| (a - b).abs() < 1e-4;
    assert!(
        whole.iter().map(|score| score.value).zip(expected.iter().map(|score| score.value)).all(is_close)
    );
    assert!(whole.iter().all(|score| score.depth == Depth::Full));
    let best = whole.iter().enumerate().max_by(|(_, a), (_, b)| a.value.total_cmp(&b.value));
    assert_eq!(best.map(|(at, _)| at), Some(1));

    let session = rerank.call_begin(&mut store, query, &passages, options)?.map_err(failed)?;
    let sessions = rerank.session();
    let before = sessions.call_scores(&mut store, session)?;
    assert!(before.iter().all(|score| score.depth == Depth::Unread));
    while sessions.call_step(&mut store, session)?.map_err(failed)? {}
    let after = sessions.call_scores(&mut store, session)?;
    assert!(after.iter().zip(&whole).all(|(a, b)| a.value.to_bits() == b.value.to_bits()));
    session.resource_drop(&mut store)?;
    Ok(())
}

/// A text's vector does not depend on its neighbours: the same bits alone and in a batch.
#[test]
fn embed_gives_a_text_the_same_vector_in_every_batch() -> anyhow::Result<()> {
    use embedder::exports::gusset::embed::embed::Purpose;

    let engine = Engine::new(&Config::new())?;
    let component = load(&engine, "embed")?;
    let mut store = Store::new(&engine, ());
    let instance = embedder::Embed::instantiate(&mut store, &component, &Linker::new(&engine))?;
    let mut vectors = |texts: &[&str]| -> anyhow::Result<Vec<f32>> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let embeddings = instance.gusset_embed_embed().call_embed(&mut store, &texts, Purpose::Passage)?;
        Ok(embeddings.map_err(|error| anyhow::anyhow!("{error:?}"))?.values)
    };
    let batch = vectors(&TEXTS)?;
    for (text, in_batch) in TEXTS.iter().zip(batch.chunks(384)) {
        assert_eq!(vectors(&[text])?, in_batch, "{text}");
    }
    Ok(())
}

/// Counts words: enough of a tokenizer for a budget, and none that could be mistaken for the real one.
#[derive(Clone, Copy)]
struct Words;

impl Words {
    fn offsets(text: &str) -> Vec<u32> {
        let starts = text.char_indices().filter(|&(at, c)| {
            !c.is_whitespace()
                && text
                    .get(..at)
                    .is_none_or(|before| before.ends_with(char::is_whitespace) || before.is_empty())
        });
        starts.map(|(at, _)| at as u32).collect()
    }
}

impl chunker::gusset::embed::tokenize::Host for Words {
    fn count_tokens(&mut self, texts: Vec<String>) -> Vec<u32> {
        texts.iter().map(|text| Self::offsets(text).len() as u32).collect()
    }

    fn token_offsets(&mut self, text: String) -> Vec<u32> {
        Self::offsets(&text)
    }
}

impl Words {
    /// Meaning as a bag of letters.
    fn vectors<T: AsRef<str>>(texts: &[T]) -> Vec<f32> {
        let vector = |text: &T| {
            let mut vector = [0.01_f32; 8];
            for byte in text.as_ref().bytes() {
                if let Some(value) = vector.get_mut(usize::from(byte % 8)) {
                    *value += 1.0;
                }
            }
            let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
            vector.map(|value| value / norm)
        };
        texts.iter().flat_map(vector).collect()
    }
}

impl chunker::gusset::embed::embed::Host for Words {
    fn model_info(&mut self) -> chunker::gusset::embed::embed::Model {
        let (id, fingerprint) = ("letters".to_owned(), "letters".to_owned());
        chunker::gusset::embed::embed::Model { id, fingerprint, dimension: 8, max_tokens: 256 }
    }

    fn embed(
        &mut self,
        texts: Vec<String>,
        _: chunker::gusset::embed::embed::Purpose,
    ) -> Result<chunker::gusset::embed::embed::Embeddings, chunker::gusset::embed::embed::Error> {
        let (tokens, truncated) = (vec![1; texts.len()], vec![false; texts.len()]);
        let values = Self::vectors(&texts);
        Ok(chunker::gusset::embed::embed::Embeddings { dimension: 8, values, tokens, truncated })
    }
}

impl gusset_chunk::Embedder for Words {
    fn embed(&self, texts: &[&str]) -> Result<Vec<f32>, String> {
        Ok(Self::vectors(texts))
    }
}

impl gusset_chunk::Tokenizer for Words {
    fn token_offsets(&self, text: &str) -> Vec<u32> {
        Self::offsets(text)
    }
}

#[test]
fn chunk_is_its_core() -> anyhow::Result<()> {
    use chunker::exports::gusset::chunk::chunk as wit;

    let engine = Engine::new(&Config::new())?;
    let component = load(&engine, "chunk")?;
    let mut linker = Linker::new(&engine);
    chunker::Chunk::add_to_linker::<_, HasSelf<Words>>(&mut linker, |words| words)?;
    let mut store = Store::new(&engine, Words);
    let instance = chunker::Chunk::instantiate(&mut store, &component, &linker)?;
    let chunk = instance.gusset_chunk_chunk();

    let markdown = fs::read_to_string(artefacts::root().join("README.md")).context("README.md")?;
    let html =
        "<html><body><h1>Opening</h1><p>The bakery opens at six.</p><ul><li>Rye</li></ul></body></html>"
            .repeat(20);
    let documents = [
        (wit::Format::Plain, gusset_chunk::Format::Plain, markdown.as_str()),
        (wit::Format::Markdown, gusset_chunk::Format::Markdown, markdown.as_str()),
        (wit::Format::Html, gusset_chunk::Format::Html, html.as_str()),
        (wit::Format::Plain, gusset_chunk::Format::Plain, ""),
        (wit::Format::Code, gusset_chunk::Format::Code, include_str!("component.rs")),
        (wit::Format::Csv, gusset_chunk::Format::Csv, "name,born\nAda,1815\nGrace,1906\n"),
        (wit::Format::Json, gusset_chunk::Format::Json, "{\"name\": \"Ada\"}\n{\"name\": \"Grace\"}\n"),
    ];
    let strategies = [
        (wit::Strategy::Recursive, gusset_chunk::Strategy::Recursive),
        (wit::Strategy::Structural, gusset_chunk::Strategy::Structural),
        (wit::Strategy::Fixed, gusset_chunk::Strategy::Fixed),
        (wit::Strategy::Semantic, gusset_chunk::Strategy::Semantic),
    ];
    for (format, core_format, document) in documents {
        for (strategy, core_strategy) in strategies {
            for (max_tokens, overlap_tokens, parent_tokens, context) in
                [(40, 0, 0, false), (40, 8, 0, true), (1, 0, 0, false), (20, 0, 60, false)]
            {
                let options = wit::Options { strategy, max_tokens, overlap_tokens, parent_tokens, context };
                let core_options = gusset_chunk::Options {
                    strategy: core_strategy,
                    max_tokens,
                    overlap_tokens,
                    parent_tokens,
                    context,
                };
                let actual = chunk
                    .call_split(&mut store, document, format, options)?
                    .map_err(|error| anyhow::anyhow!("{error:?}"))?;
                let expected =
                    gusset_chunk::split_with(document, core_format, &core_options, &Words, Some(&Words))?;
                let plain: Vec<_> = actual
                    .into_iter()
                    .map(|c| (c.start, c.end, c.tokens, c.headings, c.text, c.parent, c.context))
                    .collect();
                let expected: Vec<_> = expected
                    .into_iter()
                    .map(|c| (c.start, c.end, c.tokens, c.headings, c.text, c.parent, c.context))
                    .collect();
                assert_eq!(plain, expected);
            }
        }
    }
    let strategy = wit::Strategy::Recursive;
    let options =
        wit::Options { strategy, max_tokens: 0, overlap_tokens: 0, parent_tokens: 0, context: false };
    let refused = chunk.call_split(&mut store, "text", wit::Format::Plain, options)?;
    assert!(matches!(refused, Err(wit::Error::InvalidOptions(_))), "{refused:?}");
    Ok(())
}
