//! What a store promises, asked of each.

use super::*;
use futures::future::join_all;
use std::any::Any;

/// A store, its name, and what must outlive it.
type Kept = (&'static str, Arc<dyn Store>, Box<dyn Any>);

/// Each store, empty.
async fn stores() -> Vec<Kept> {
    let directory = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open(&directory.path().join("a/b/state.db")).unwrap();
    let mut stores: Vec<Kept> = vec![
        ("memory", Arc::new(Memory::default()), Box::new(())),
        ("sqlite", Arc::new(sqlite), Box::new(directory)),
    ];
    if let Some(server) = redis::server::Server::start() {
        let redis = Redis::open(&server.url()).await.unwrap();
        stores.push(("redis", Arc::new(redis), Box::new(server)));
    }
    stores
}

async fn get(store: &dyn Store, key: &str) -> Option<Entry> {
    store.get(vec![key.into()]).await.unwrap().remove(0)
}

async fn value(store: &dyn Store, key: &str) -> Option<Vec<u8>> {
    get(store, key).await.map(|entry| entry.value)
}

#[tokio::test]
async fn a_batch_is_written_and_read_in_order() {
    for (name, store, _kept) in stores().await {
        let set = |key: &str, value: &str| (key.to_owned(), Some(value.as_bytes().to_vec()));
        store
            .write(vec![set("a", "1"), set("b", "2"), set("a", "3"), ("b".into(), None), set("é", "")])
            .await
            .unwrap();
        let read = store.get(["é", "b", "a", "a"].map(Into::into).into()).await.unwrap();
        let values: Vec<Option<Vec<u8>>> =
            read.into_iter().map(|entry| entry.map(|entry| entry.value)).collect();
        assert_eq!(values, [Some(vec![]), None, Some(b"3".to_vec()), Some(b"3".to_vec())], "{name}");
        store.write(vec![("missing".into(), None)]).await.unwrap();
        assert!(store.get(vec![]).await.unwrap().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn a_swap_needs_the_version_that_was_read() {
    for (name, store, _kept) in stores().await {
        let swap = |expected, value: &str| store.swap("k".into(), expected, value.into());
        assert!(swap(None, "1").await.unwrap(), "{name}: a missing key has no version");
        assert!(!swap(None, "2").await.unwrap(), "{name}: it is there now");
        let first = get(&*store, "k").await.unwrap().version;
        assert!(swap(Some(first), "2").await.unwrap(), "{name}");
        assert!(!swap(Some(first), "3").await.unwrap(), "{name}: that version is past");
        assert_eq!(value(&*store, "k").await.unwrap(), b"2", "{name}");
    }
}

/// The same value again after a deletion is another state: a writer that saw the first must not overwrite the second.
#[tokio::test]
async fn a_key_set_again_is_not_what_it_was() {
    for (name, store, _kept) in stores().await {
        let set = || store.write(vec![("k".into(), Some(b"1".to_vec()))]);
        set().await.unwrap();
        let seen = get(&*store, "k").await.unwrap().version;
        store.write(vec![("k".into(), None)]).await.unwrap();
        assert!(!store.swap("k".into(), Some(seen), b"2".to_vec()).await.unwrap(), "{name}: it is gone");
        set().await.unwrap();
        assert!(!store.swap("k".into(), Some(seen), b"2".to_vec()).await.unwrap(), "{name}: it is another");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_writers_lose_nothing() {
    const WRITERS: usize = 16;
    const ROUNDS: usize = 25;
    for (name, store, _kept) in stores().await {
        let write = |writer: usize| {
            let store = Arc::clone(&store);
            async move {
                for round in 0..ROUNDS {
                    loop {
                        let seen = get(&*store, "list").await;
                        let (version, mut list) =
                            seen.map_or((None, vec![]), |entry| (Some(entry.version), entry.value));
                        list.extend_from_slice(&[writer as u8, round as u8]);
                        if store.swap("list".into(), version, list).await.unwrap() {
                            break;
                        }
                    }
                    store.increment("count".into(), 2).await.unwrap();
                }
            }
        };
        join_all((0..WRITERS).map(|writer| tokio::spawn(write(writer))))
            .await
            .into_iter()
            .for_each(|done| done.unwrap());
        let list = value(&*store, "list").await.unwrap();
        let mut pairs: Vec<&[u8]> = list.chunks(2).collect();
        pairs.sort_unstable();
        pairs.dedup();
        assert_eq!(pairs.len(), WRITERS * ROUNDS, "{name}");
        assert_eq!(
            store.increment("count".into(), 0).await.unwrap(),
            (2 * WRITERS * ROUNDS) as i64,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_counter_counts_and_nothing_else_does() {
    for (name, store, _kept) in stores().await {
        assert_eq!(store.increment("n".into(), 5).await.unwrap(), 5, "{name}");
        assert_eq!(store.increment("n".into(), -7).await.unwrap(), -2, "{name}");
        assert_eq!(value(&*store, "n").await.unwrap(), (-2_i64).to_le_bytes(), "{name}");
        store.write(vec![("text".into(), Some(b"seven".to_vec()))]).await.unwrap();
        assert!(matches!(store.increment("text".into(), 1).await, Err(Error::NotACounter(_))), "{name}");
        store.increment("max".into(), i64::MAX).await.unwrap();
        assert!(matches!(store.increment("max".into(), 1).await, Err(Error::Overflow(_))), "{name}");
        assert_eq!(store.increment("max".into(), 0).await.unwrap(), i64::MAX, "{name}");
    }
}

#[tokio::test]
async fn keys_are_listed_page_by_page() {
    for (name, store, _kept) in stores().await {
        let total = 2 * PAGE + 1;
        let keys: Vec<String> = (0..total).map(|i| format!("{i:05}")).collect();
        store.write(keys.iter().rev().map(|key| (key.clone(), Some(vec![1]))).collect()).await.unwrap();
        let (mut listed, mut pages, mut after) = (Vec::new(), 0, None);
        loop {
            let page = store.list(after).await.unwrap();
            pages += 1;
            after = page.keys.last().cloned();
            listed.extend(page.keys);
            if !page.more {
                break;
            }
        }
        assert_eq!((listed, pages), (keys, 3), "{name}");
        assert_eq!(store.list(Some("9".into())).await.unwrap(), Page::default(), "{name}");
    }
}

/// What was acknowledged is seen by every later call, whether or not it is written yet.
#[tokio::test]
async fn what_is_deferred_is_seen_at_once() {
    for (name, store, _kept) in stores().await {
        let set = |key: &str, value: &[u8]| (key.to_owned(), Some(value.to_vec()));
        store.write(vec![set("old", b"1"), set("gone", b"1")]).await.unwrap();
        store
            .defer(vec![set("a", b"1"), set("old", b"2"), ("gone".into(), None), set("a", b"2")])
            .await
            .unwrap();
        let read = store.get(["a", "old", "gone", "never"].map(Into::into).into()).await.unwrap();
        let values: Vec<Option<Vec<u8>>> =
            read.into_iter().map(|entry| entry.map(|entry| entry.value)).collect();
        assert_eq!(values, [Some(b"2".to_vec()), Some(b"2".to_vec()), None, None], "{name}");
        assert_eq!(store.list(None).await.unwrap().keys, ["a", "old"], "{name}");
        assert_eq!(value(&*store, "a").await.unwrap(), b"2", "{name}: and after it was written");

        assert_eq!(store.defer_increment("n".into(), 2).await.unwrap(), 2, "{name}");
        assert_eq!(store.defer_increment("n".into(), 3).await.unwrap(), 5, "{name}");
        assert!(store.list(None).await.unwrap().keys.contains(&"n".to_owned()), "{name}");
        assert_eq!(store.defer_increment("n".into(), 0).await.unwrap(), 5, "{name}: from where it is kept");
        assert!(matches!(store.defer_increment("a".into(), 1).await, Err(Error::NotACounter(_))), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_deferred_counts_lose_nothing() {
    for (name, store, _kept) in stores().await {
        let count = || {
            let store = Arc::clone(&store);
            async move {
                for _ in 0..200 {
                    store.defer_increment("n".into(), 1).await.unwrap();
                    // Makes the writer write in between.
                    store.write(vec![("other".into(), Some(vec![1]))]).await.unwrap();
                }
            }
        };
        join_all((0..8).map(|_| tokio::spawn(count()))).await.into_iter().for_each(|done| done.unwrap());
        assert_eq!(store.defer_increment("n".into(), 0).await.unwrap(), 1600, "{name}");
    }
}
