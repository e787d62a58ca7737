//! Engines against the key-value store: the same documents, the same questions, the same passages. And migration between them.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that can't go on has failed")]
#![expect(clippy::panic, reason = "a difference is shown as it is")]

mod common;

use anyhow::ensure;
use common::{Memory, Words, document, options, questions};
use futures::FutureExt as _;
use futures::future::{LocalBoxFuture, join_all};
use gusset_engines::migrate::{Side, migrate};
use gusset_retrieve::engine::{Engine, Hosted};
use gusset_retrieve::{Error, Found, Mode, Query, Retrieve};
use gusset_types::{Condition, Test};

const MODEL: Words = Words { fingerprint: "one" };

/// How far cosines may be apart: the query is rounded to 16 bits on one side, and sums are of floats on the other.
const COSINE: f32 = 1e-4;

const DOCUMENTS: usize = 100;

/// An engine that a test may have, or nothing where none is to be had.
type Opened = anyhow::Result<Option<(Box<dyn Engine>, tokio::runtime::Runtime, Box<dyn std::any::Any>)>>;

fn postgres(name: &str) -> Opened {
    let Some(server) = gusset_tests::postgres::Postgres::start()? else { return Ok(None) };
    let url = server.database(name)?;
    let executor = executor()?;
    let engine = executor.block_on(gusset_engines_native::postgres(&url, None))?;
    Ok(Some((Box::new(engine), executor, Box::new(server))))
}

fn qdrant(_: &str) -> Opened {
    let Some(server) = gusset_tests::qdrant::Qdrant::start()? else { return Ok(None) };
    let executor = executor()?;
    let engine = executor.block_on(gusset_engines_native::qdrant(server.url(), None))?;
    Ok(Some((Box::new(engine), executor, Box::new(server))))
}

fn executor() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build()?)
}

/// Runs each check against each engine.
macro_rules! checks {
    ($($check:ident)*) => {
        mod over_postgres {
            $(#[test] fn $check() -> anyhow::Result<()> { super::run(super::postgres, stringify!($check), |engine| Box::pin(super::$check(engine))) })*
        }

        mod over_qdrant {
            $(#[test] fn $check() -> anyhow::Result<()> { super::run(super::qdrant, stringify!($check), |engine| Box::pin(super::$check(engine))) })*
        }
    };
}

checks! {
    it_finds_what_the_key_value_store_finds
    a_collection_migrates_there_and_back
    tenants_and_models_are_kept_apart
    writers_of_one_document_leave_one_of_theirs
}

#[test]
fn postgres_finds_nearly_the_same_by_its_index() -> anyhow::Result<()> {
    let Some(server) = gusset_tests::postgres::Postgres::start()? else { return Ok(()) };
    let url = server.database("indexed")?;
    let executor = executor()?;
    // The planner would rather sort so few passages.
    let indexed = format!("{url}?options=-c%20enable_sort%3Doff");
    let engine = executor.block_on(gusset_engines_native::postgres(&indexed, None))?.exact_up_to(100);
    executor.block_on(async {
        let memory = Memory::default();
        let (here, there) = (Retrieve::new(&memory, &MODEL, &MODEL), Hosted::new(&engine, &MODEL, &MODEL));
        here.create_collection("acme", "docs", &options(), 7, Vec::new())?;
        there.create_collection("acme", "docs", &options(), 7, Vec::new()).await?;
        for n in 0..DOCUMENTS {
            here.put_document("acme", "docs", document(n, 0))?.finish()?;
            there.put_document("acme", "docs", document(n, 0)).await?;
        }
        let is_there = "SELECT 1 / count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
                    WHERE c.relname LIKE 'gusset\\_vectors\\_%' AND i.indisvalid";
        server.execute(&url, is_there)?;
        let place = Condition { key: "place".to_owned(), test: Test::AnyOf(vec!["Ember Isle".to_owned()]) };
        let (mut all, mut both) = (0, 0);
        for text in questions() {
            for filter in [Vec::new(), vec![place.clone()]] {
                let query = Query { mode: Mode::Dense, filter, ..Query::new(&text, 10) };
                let place = |hit: &gusset_retrieve::Hit| (hit.passage.document.clone(), hit.passage.start);
                let found: Vec<_> =
                    there.search("acme", "docs", &query).await?.hits.iter().map(place).collect();
                let expected = here.search("acme", "docs", &query)?.finish()?;
                all += expected.hits.len();
                both += expected.hits.iter().filter(|hit| found.contains(&place(hit))).count();
            }
        }
        ensure!(all > 150 && both * 100 >= all * 98, "{both} of {all}");
        Ok(())
    })
}

fn run(
    open: fn(&str) -> Opened,
    name: &str,
    check: for<'a> fn(&'a dyn Engine) -> LocalBoxFuture<'a, anyhow::Result<()>>,
) -> anyhow::Result<()> {
    match open(name)? {
        Some((engine, executor, _server)) => executor.block_on(check(&*engine)),
        None => Ok(()),
    }
}

async fn it_finds_what_the_key_value_store_finds(engine: &dyn Engine) -> anyhow::Result<()> {
    let memory = Memory::default();
    let (here, there) = (Retrieve::new(&memory, &MODEL, &MODEL), Hosted::new(engine, &MODEL, &MODEL));
    here.create_collection("acme", "docs", &options(), 7, Vec::new())?;
    there.create_collection("acme", "docs", &options(), 7, Vec::new()).await?;
    for n in 0..DOCUMENTS {
        let info = here.put_document("acme", "docs", document(n, 0))?.finish()?;
        ensure!(info == there.put_document("acme", "docs", document(n, 0)).await?);
    }
    compare(&here, &there).await?;
    for n in (0..DOCUMENTS).step_by(3) {
        here.put_document("acme", "docs", document(n, 1))?.finish()?;
        there.put_document("acme", "docs", document(n, 1)).await?;
    }
    for n in (0..DOCUMENTS).step_by(10) {
        let id = document(n, 0).id;
        ensure!(
            here.remove_document("acme", "docs", &id)? && there.remove_document("acme", "docs", &id).await?
        );
        ensure!(!there.remove_document("acme", "docs", &id).await?);
    }
    compare(&here, &there).await
}

async fn a_collection_migrates_there_and_back(engine: &dyn Engine) -> anyhow::Result<()> {
    let memory = Memory::default();
    let here = Retrieve::new(&memory, &MODEL, &MODEL);
    here.create_collection("acme", "docs", &options(), 7, vec![("a".to_owned(), "b".to_owned())])?;
    for n in 0..DOCUMENTS {
        here.put_document("acme", "docs", document(n, 0))?.finish()?;
    }
    let (store, engine_side) = (Side::Store(&memory), Side::Engine(engine));
    // One that breaks off, and goes on.
    let mut copied = 0;
    let breaks_off = migrate(store, engine_side, "acme", "docs", |report| {
        copied = report.copied;
        assert!(report.copied < 40, "breaks off");
    });
    let broken = std::panic::AssertUnwindSafe(breaks_off).catch_unwind().await;
    ensure!(broken.is_err() && copied == 40);
    let report = migrate(store, engine_side, "acme", "docs", |_| {}).await?;
    ensure!(report.copied == DOCUMENTS - 40 && report.documents == DOCUMENTS, "{report:?}");
    ensure!(report.queries > 5 && report.found.0 == report.found.1 && report.found.0 > 0, "{report:?}");
    let there = Hosted::new(engine, &MODEL, &MODEL);
    ensure!(there.get_collection("acme", "docs").await? == here.get_collection("acme", "docs")?);
    compare(&here, &there).await?;
    // A document that changed, one that went, and one that only the copy has.
    here.put_document("acme", "docs", document(1, 5))?.finish()?;
    here.remove_document("acme", "docs", &document(2, 0).id)?;
    there.put_document("acme", "docs", document(999, 0)).await?;
    let report = migrate(store, engine_side, "acme", "docs", |_| {}).await?;
    ensure!((report.copied, report.removed) == (1, 2), "{report:?}");
    compare(&here, &there).await?;
    // Back, into a store that has nothing.
    let other = Memory::default();
    let report = migrate(engine_side, Side::Store(&other), "acme", "docs", |_| {}).await?;
    ensure!(report.copied == DOCUMENTS - 1, "{report:?}");
    compare(&Retrieve::new(&other, &MODEL, &MODEL), &there).await?;
    // To where the name is another model's.
    let taken = Memory::default();
    let another = Words { fingerprint: "another" };
    Retrieve::new(&taken, &another, &another).create_collection("acme", "docs", &options(), 7, Vec::new())?;
    let refused = migrate(engine_side, Side::Store(&taken), "acme", "docs", |_| {}).await.unwrap_err();
    ensure!(refused.to_string().contains("other settings"), "{refused}");
    Ok(())
}

async fn tenants_and_models_are_kept_apart(engine: &dyn Engine) -> anyhow::Result<()> {
    let core = Hosted::new(engine, &MODEL, &MODEL);
    for tenant in ["acme", "other"] {
        core.create_collection(tenant, "docs", &options(), 7, Vec::new()).await?;
    }
    core.create_collection("acme", "more", &options(), 7, Vec::new()).await?;
    let taken = core.create_collection("acme", "docs", &options(), 7, Vec::new()).await;
    ensure!(matches!(taken, Err(Error::CollectionExists(_))), "{taken:?}");
    core.put_document("acme", "docs", document(3, 0)).await?;
    let names = async |tenant| -> anyhow::Result<Vec<String>> {
        Ok(core.list_collections(tenant).await?.into_iter().map(|found| found.name).collect())
    };
    ensure!(
        names("acme").await? == ["docs", "more"]
            && names("other").await? == ["docs"]
            && names("none").await?.is_empty()
    );
    let query = Query::new("lighthouse harbour ferry keeper", 10);
    ensure!(!core.search("acme", "docs", &query).await?.hits.is_empty());
    ensure!(core.search("other", "docs", &query).await?.hits.is_empty());
    ensure!(core.get_document("other", "docs", &document(3, 0).id).await?.is_none());
    ensure!(!core.remove_document("other", "docs", &document(3, 0).id).await?);
    let another = Words { fingerprint: "another" };
    let mismatch = Hosted::new(engine, &another, &another).search("acme", "docs", &query).await;
    ensure!(matches!(mismatch, Err(Error::ModelMismatch(_))), "{mismatch:?}");
    ensure!(core.delete_collection("acme", "docs").await? && !core.delete_collection("acme", "docs").await?);
    ensure!(matches!(core.search("acme", "docs", &query).await, Err(Error::UnknownCollection(_))));
    // A new life has nothing of the old one.
    core.create_collection("acme", "docs", &options(), 8, Vec::new()).await?;
    ensure!(core.list_documents("acme", "docs").await?.is_empty());
    ensure!(core.search("acme", "docs", &query).await?.hits.is_empty());
    Ok(())
}

async fn writers_of_one_document_leave_one_of_theirs(engine: &dyn Engine) -> anyhow::Result<()> {
    let core = Hosted::new(engine, &MODEL, &MODEL);
    core.create_collection("acme", "docs", &options(), 7, Vec::new()).await?;
    let writers = (0_usize..4).map(async |writer| {
        let core = Hosted::new(engine, &MODEL, &MODEL);
        let mut failures = Vec::new();
        for round in 0_usize..10 {
            failures.extend(core.put_document("acme", "docs", document(8, writer * 10 + round)).await.err());
        }
        failures
    });
    let failures: Vec<Error> = join_all(writers).await.into_iter().flatten().collect();
    ensure!(failures.is_empty(), "{failures:?}");
    let found = core.get_collection("acme", "docs").await?.unwrap();
    let info = core.get_document("acme", "docs", &document(8, 0).id).await?.unwrap();
    ensure!((found.documents, found.passages) == (1, info.passages), "{found:?} {info:?}");
    let winner = info.title.rsplit(' ').next().unwrap().parse()?;
    let alone = Memory::default();
    let here = Retrieve::new(&alone, &MODEL, &MODEL);
    here.create_collection("acme", "docs", &options(), 7, Vec::new())?;
    here.put_document("acme", "docs", document(8, winner))?.finish()?;
    compare(&here, &core).await
}

async fn compare(here: &Retrieve<'_>, there: &Hosted<'_>) -> anyhow::Result<()> {
    ensure!(here.get_collection("acme", "docs")? == there.get_collection("acme", "docs").await?);
    ensure!(here.list_documents("acme", "docs")? == there.list_documents("acme", "docs").await?);
    let condition = |key: &str, test| vec![Condition { key: key.to_owned(), test }];
    let filters = [
        Vec::new(),
        condition("place", Test::AnyOf(vec!["Ember Isle".to_owned(), "Birch Cove".to_owned()])),
        condition("year", Test::Between(Some(1950.0), None)),
        [
            condition("place", Test::AnyOf(vec!["Amber Bay".to_owned()])),
            condition("year", Test::Between(None, Some(1990.0))),
        ]
        .concat(),
        condition("place", Test::AnyOf(vec!["nowhere".to_owned()])),
    ];
    for text in questions() {
        for mode in [Mode::Hybrid, Mode::Dense, Mode::Lexical] {
            for filter in &filters {
                let query = Query { mode, filter: filter.clone(), ..Query::new(&text, 10) };
                let found = here.search("acme", "docs", &query)?.finish()?;
                agree(&query, &found, &there.search("acme", "docs", &query).await?);
            }
        }
    }
    Ok(())
}

/// The same passages with the same scores; those whose scores are as good as equal may have changed places.
fn agree(query: &Query, here: &Found, there: &Found) {
    let differ = || -> ! { panic!("{query:?}\nkey-value {here:#?}\nengine {there:#?}") };
    if here.hits.len() != there.hits.len() {
        differ();
    }
    let last = here.hits.last().map_or(0.0, |hit| hit.passage.score);
    for (a, b) in here.hits.iter().zip(&there.hits) {
        if (a.passage.score - b.passage.score).abs() > COSINE {
            differ();
        }
        let same = there.hits.iter().find(|hit| {
            let (a, b) = (&a.passage, &hit.passage);
            (&a.document, a.start, &a.text, &a.headings, &a.title, &a.metadata)
                == (&b.document, b.start, &b.text, &b.headings, &b.title, &b.metadata)
        });
        match same {
            Some(same)
                if (same.cosine - a.cosine).abs() <= COSINE && (same.lexical - a.lexical).abs() <= 1e-6 => {}
            None if a.passage.score <= last + COSINE => {}
            _ => differ(),
        }
    }
}
