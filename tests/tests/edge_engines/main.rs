//! The components that keep collections in an engine, each alone in wasmtime over a real engine: they find what the key-value store finds, what the native host's client of the
//! same engine finds, and say in one message what is wrong.
#![expect(unreachable_pub, reason = "what `bindgen!` names has to be public")]
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that can't go on has failed")]

// Here as there: a store in memory, a model that needs no weights, and documents to search.
#[path = "../../../runtime-host/engines/tests/common/mod.rs"]
mod common;
mod database;
mod edge;

use anyhow::{Context as _, ensure};
use common::{Memory, Words, document, options, questions};
use edge::wit::Error;
use edge::{Edge, chunk, passages, search};
use gusset_retrieve::engine::{Engine, Hosted};
use gusset_retrieve::{Found, Mode, Query, Retrieve};
use gusset_tests::postgres::Postgres;
use gusset_tests::qdrant::Qdrant;
use gusset_types::{Condition, Test};

const MODEL: Words = Words { fingerprint: "one" };

const DOCUMENTS: usize = 40;

/// How far scores of one passage may be apart: an engine adds up floats where the key-value way adds up integers.
const ROUNDING: f32 = 1e-4;

const QDRANT: &str = "retrieve-qdrant";
const POSTGRES: &str = "retrieve-postgres";

/// What is listening here refuses, at once.
const NOBODY: &str = "127.0.0.1:1";

fn executor() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build()?)
}

#[test]
fn qdrant_is_what_the_key_value_store_is() -> anyhow::Result<()> {
    let Some(server) = Qdrant::start()? else { return Ok(()) };
    executor()?.block_on(async {
        let edge = Edge::open(QDRANT, &[("engine_url", server.url())], "one").await?;
        // Another process believes its sums for a minute: a new one each time.
        agrees(edge, async || Ok(gusset_engines_native::qdrant(server.url(), None).await?)).await?;
        // Another instance, of another model.
        let other = Edge::open(QDRANT, &[("engine_url", server.url())], "another").await?;
        refuses_another_model(other).await
    })
}

#[test]
fn postgres_is_what_the_key_value_store_is() -> anyhow::Result<()> {
    let Some(server) = Postgres::start()? else { return Ok(()) };
    let url = server.database("edge")?;
    executor()?.block_on(async {
        // The component makes its tables by itself.
        let mut edge = Edge::open(POSTGRES, &[("engine_url", &url)], "one").await?;
        let none = edge.call(async |calls| calls.search("acme", "docs", query("a question")).await).await?;
        ensure!(matches!(none, Err(Error::UnknownCollection(_))), "{none:?}");
        edge.create("warm").await?.map_err(failed)?;
        agrees(edge, async || Ok(gusset_engines_native::postgres(&url, None).await?)).await?;
        let other = Edge::open(POSTGRES, &[("engine_url", &url)], "another").await?;
        refuses_another_model(other).await
    })
}

#[test]
fn what_is_wrong_is_said_by_the_name_of_its_setting() -> anyhow::Result<()> {
    let down = format!("http://{NOBODY}");
    says(QDRANT, &[("engine_url", &down)], &["Qdrant", "`engine_url`", NOBODY])?;
    let down = format!("postgres://gusset@{NOBODY}/docs");
    says(POSTGRES, &[("engine_url", &down)], &["PostgreSQL", "`engine_url`"])?;
    for engine in [QDRANT, POSTGRES] {
        says(engine, &[], &["`engine_url` is not set"])?;
        says(engine, &[("engine_url", "")], &["`engine_url` is not set"])?;
        says(engine, &[("engine_url", "ftp://example.org")], &["`engine_url`", "not understood"])?;
    }
    if let Some(server) = Qdrant::start_locked("secret")? {
        says(QDRANT, &[("engine_url", server.url())], &["wants a key", "`engine_api_key`"])?;
        let wrong = [("engine_url", server.url()), ("engine_api_key", "wrong")];
        says(QDRANT, &wrong, &["refuses the key", "`engine_api_key`"])?;
        let right = [("engine_url", server.url()), ("engine_api_key", "secret")];
        let found = executor()?.block_on(async { list(QDRANT, &right).await })?;
        ensure!(found.as_ref().is_ok_and(Vec::is_empty), "{found:?}");
    }
    if let Some(server) = Postgres::start()? {
        let url = server.locked("locked", "s3cret & more")?;
        says(
            POSTGRES,
            &[("engine_url", &url), ("engine_api_key", "wrong")],
            &["let Gusset in", "`engine_api_key`"],
        )?;
        let right = [("engine_url", url.as_str()), ("engine_api_key", "s3cret & more")];
        let found = executor()?.block_on(async { list(POSTGRES, &right).await })?;
        ensure!(found.as_ref().is_ok_and(Vec::is_empty), "{found:?}");
    }
    Ok(())
}

async fn list(
    engine: &str,
    settings: &[(&str, &str)],
) -> anyhow::Result<Result<Vec<edge::wit::Collection>, Error>> {
    let mut edge = Edge::open(engine, settings, "one").await?;
    edge.call(async |calls| calls.list("acme").await).await
}

/// The one message has all of these words, and no secret.
fn says(engine: &str, settings: &[(&str, &str)], words: &[&str]) -> anyhow::Result<()> {
    let said = executor()?.block_on(async { list(engine, settings).await })?;
    let Err(Error::Other(said)) = said else { anyhow::bail!("{engine}: {said:?}") };
    ensure!(words.iter().all(|word| said.contains(word)), "{engine} says {said:?}, without one of {words:?}");
    ensure!(!said.contains("wrong"), "{said}");
    Ok(())
}

fn failed(error: Error) -> anyhow::Error {
    anyhow::anyhow!("{error:?}")
}

async fn refuses_another_model(mut edge: Edge) -> anyhow::Result<()> {
    let found = edge.call(async |calls| calls.search("acme", "docs", query("a question")).await).await?;
    let Err(Error::ModelMismatch(mismatch)) = found else { anyhow::bail!("{found:?}") };
    ensure!(mismatch.index_fingerprint == "one" && mismatch.query_fingerprint == "another", "{mismatch:?}");
    Ok(())
}

/// The same documents in a key-value store and through the component give the same passages, and the native client of the engine finds them where the component put them.
async fn agrees<E: Engine>(
    mut edge: Edge,
    native: impl AsyncFn() -> anyhow::Result<E>,
) -> anyhow::Result<()> {
    let memory = Memory::default();
    let here = Retrieve::new(&memory, &MODEL, &MODEL);
    here.create_collection("acme", "docs", &options(), 7, Vec::new())?;
    edge.create("docs").await?.map_err(failed)?;
    let again = edge.create("docs").await?;
    ensure!(matches!(again, Err(Error::CollectionExists(_))), "{again:?}");
    for version in 0..2 {
        for n in (0..DOCUMENTS).step_by(1 + 2 * version) {
            let info = here.put_document("acme", "docs", document(n, version))?.finish()?;
            let put = edge.put("docs", document(n, version)).await?.map_err(failed)?;
            ensure!(
                (put.id, put.passages, put.bytes) == (info.id, info.passages, info.bytes),
                "document {n}"
            );
        }
        compare(&here, &mut edge, &native().await?).await?;
    }
    for n in (0..DOCUMENTS).step_by(7) {
        let id = document(n, 0).id;
        ensure!(here.remove_document("acme", "docs", &id)?);
        for is_there in [true, false] {
            let removed = edge.call(async |calls| calls.remove("acme", "docs", &id).await).await?;
            ensure!(removed.map_err(failed)? == is_there, "{id}");
        }
    }
    compare(&here, &mut edge, &native().await?).await
}

async fn compare(here: &Retrieve<'_>, edge: &mut Edge, native: &dyn Engine) -> anyhow::Result<()> {
    let there = Hosted::new(native, &MODEL, &MODEL);
    let known = here.get_collection("acme", "docs")?.context("the collection")?;
    let found = edge.call(async |calls| calls.get("acme", "docs").await).await?.map_err(failed)?;
    let found = found.context("the collection")?;
    ensure!(
        (found.documents, found.passages, found.bytes) == (known.documents, known.passages, known.bytes),
        "{found:?}"
    );
    ensure!(there.get_collection("acme", "docs").await? == Some(known));
    let names: Vec<String> = here.list_documents("acme", "docs")?.into_iter().map(|info| info.id).collect();
    let listed = edge.call(async |calls| calls.documents("acme", "docs").await).await?.map_err(failed)?;
    ensure!(listed.into_iter().map(|info| info.id).eq(names));
    let condition = |key: &str, test| vec![Condition { key: key.to_owned(), test }];
    let filters = [
        Vec::new(),
        condition("place", Test::AnyOf(vec!["Ember Isle".to_owned(), "Birch Cove".to_owned()])),
        condition("year", Test::Between(Some(1910.0), None)),
    ];
    for text in questions().into_iter().step_by(3) {
        for mode in [Mode::Hybrid, Mode::Dense, Mode::Lexical] {
            for filter in &filters {
                let query = Query { mode, filter: filter.clone(), rerank: None, ..Query::new(&text, 10) };
                let expected = here.search("acme", "docs", &query)?.finish()?;
                let native = there.search("acme", "docs", &query).await?;
                let asked = search_of(&query);
                let found = edge.call(async |calls| calls.search("acme", "docs", asked).await).await?;
                let found = places(found.map_err(failed)?);
                for (who, other) in [("the key-value store", &expected), ("the native host", &native)] {
                    let other = core_places(other);
                    ensure!(agree(&other, &found), "{query:?}\n{who} {other:#?}\nthe component {found:#?}");
                }
            }
        }
    }
    Ok(())
}

/// A passage by all that tells it apart, and its score.
type Place = ((String, u32, String, Vec<String>), f32);

fn core_places(found: &Found) -> Vec<Place> {
    let place = |passage: &gusset_types::Passage| {
        (passage.document.clone(), passage.start, passage.text.clone(), passage.headings.clone())
    };
    found.hits.iter().map(|hit| (place(&hit.passage), hit.passage.score)).collect()
}

fn places(found: search::Found) -> Vec<Place> {
    let place =
        |passage: passages::Passage| (passage.document, passage.start, passage.text, passage.headings);
    found
        .hits
        .into_iter()
        .map(|hit| (hit.passage.score, hit.passage))
        .map(|(score, passage)| (place(passage), score))
        .collect()
}

/// The same scores in the same order, and the same passages but for those whose scores are as good as equal to the last one's.
fn agree(here: &[Place], there: &[Place]) -> bool {
    let last = here.last().map_or(0.0, |last| last.1);
    let decided = |places: &[Place]| {
        let mut places: Vec<_> =
            places.iter().filter(|place| place.1 > last + ROUNDING).map(|place| place.0.clone()).collect();
        places.sort();
        places
    };
    here.len() == there.len()
        && here.iter().zip(there).all(|(a, b)| (a.1 - b.1).abs() <= ROUNDING)
        && decided(here) == decided(there)
}

fn query(text: &str) -> search::Query {
    search_of(&Query { rerank: None, ..Query::new(text, 10) })
}

fn search_of(query: &Query) -> search::Query {
    let test = |test: &Test| match test {
        Test::AnyOf(values) => search::Test::AnyOf(values.clone()),
        Test::Between(low, high) => search::Test::Between((*low, *high)),
    };
    let condition = |found: &Condition| search::Condition { key: found.key.clone(), test: test(&found.test) };
    search::Query {
        text: query.text.clone(),
        limit: query.limit,
        mode: match query.mode {
            Mode::Hybrid => search::Mode::Hybrid,
            Mode::Dense => search::Mode::Dense,
            Mode::Lexical => search::Mode::Lexical,
        },
        filter: query.filter.iter().map(condition).collect(),
        reranking: search::Reranking::Off,
        floor: Some(query.floor),
        diversity: query.diversity,
        budget_tokens: query.budget_tokens,
    }
}

/// The options of the common documents, as WIT has them.
fn chunking() -> chunk::Options {
    let gusset_chunk::Options { max_tokens, overlap_tokens, parent_tokens, context, .. } = options();
    chunk::Options {
        strategy: chunk::Strategy::Structural,
        max_tokens,
        overlap_tokens,
        parent_tokens,
        context,
    }
}
