//! What is Redis' own: several hosts over one, its death, its limits. What every store promises is asked in `state::tests`.

use super::server::Server;
use super::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn a_value_comes_with_its_version() {
    let of = |stored: &[u8]| entry(stored.to_vec()).map(|entry| (entry.version.0, entry.value));
    assert_eq!(of(b"12:a:b"), Some((12, b"a:b".to_vec())));
    assert_eq!(of(b"7:"), Some((7, Vec::new())));
    assert_eq!(of(b"x"), None);
    assert_eq!(of(b"x:y"), None);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_the_password() {
    let said = Redis::open("redis://user:secret@127.0.0.1:1").await.err().unwrap().to_string();
    assert!(said.contains("127.0.0.1:1") && !said.contains("secret"), "{said}");
    for url in ["http://user:secret@127.0.0.1", "redis://user:secret@host:port", "secret"] {
        let said = Redis::open(url).await.err().unwrap().to_string();
        assert!(said.contains("redis://HOST:PORT") && !said.contains("secret"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hosts_over_one_server_see_each_other_and_exclude_each_other() {
    let Some(server) = Server::start() else { return };
    let hosts = [Redis::open(&server.url()).await.unwrap(), Redis::open(&server.url()).await.unwrap()];
    hosts[0].write(vec![("k".into(), Some(b"1".to_vec()))]).await.unwrap();
    let seen = hosts[1].read(&["k".into()]).await.unwrap().remove(0).unwrap();
    assert_eq!(seen.value, b"1");
    assert!(hosts[1].swap("k".into(), Some(seen.version), b"2".to_vec()).await.unwrap());
    assert!(!hosts[0].swap("k".into(), Some(seen.version), b"3".to_vec()).await.unwrap());
    assert_eq!(hosts[0].read(&["k".into()]).await.unwrap().remove(0).unwrap().value, b"2");
    assert_eq!(hosts[0].list(None).await.unwrap(), hosts[1].list(None).await.unwrap());

    // Of those who swap at once, with what they have both seen, one succeeds.
    for round in 0..100 {
        let seen = hosts[0].read(&["race".into()]).await.unwrap().remove(0).map(|entry| entry.version);
        let swap = |host: usize| hosts[host].swap("race".into(), seen, vec![host as u8, round]);
        let (first, second) = tokio::join!(swap(0), swap(1));
        assert_ne!(first.unwrap(), second.unwrap());
    }
}

/// The server is killed while it is written to: what was acknowledged is there when it is back, and the host goes on by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_acknowledged_is_lost_with_the_server() {
    let Some(mut server) = Server::start() else { return };
    let store = Arc::new(Redis::open(&server.url()).await.unwrap());
    for round in 0..3 {
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let (writer, count) = (Arc::clone(&store), Arc::clone(&acknowledged));
        let writing = tokio::spawn(async move {
            for n in 0_usize.. {
                let pair = [format!("{round}/{n}/a"), format!("{round}/{n}/b")];
                let changes = pair.map(|key| (key, Some(n.to_le_bytes().to_vec())));
                if let Err(error) = writer.write(changes.into()).await {
                    return error.to_string();
                }
                count.store(n + 1, Ordering::SeqCst);
            }
            unreachable!()
        });
        while acknowledged.load(Ordering::SeqCst) < 50 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.kill();
        let said = writing.await.unwrap();
        assert!(said.contains("Redis at "), "{said}");
        let begun = Instant::now();
        let said = store.read(&["x".into()]).await.unwrap_err().to_string();
        assert!(
            said.contains("Redis at ") && said.contains(server.url().trim_start_matches("unix://")),
            "{said}"
        );
        let said = store.write(vec![("x".into(), None)]).await.unwrap_err();
        assert!(matches!(said, Error::Redis { .. }), "a change that was never sent is not in doubt: {said}");
        assert!(begun.elapsed() < Duration::from_secs(10), "an error takes {:?}", begun.elapsed());

        server.restart();
        let count = acknowledged.load(Ordering::SeqCst);
        let keys: Vec<String> =
            (0..count).flat_map(|n| [format!("{round}/{n}/a"), format!("{round}/{n}/b")]).collect();
        let read = store.read(&keys).await.unwrap();
        assert_eq!(read.iter().flatten().count(), 2 * count, "of {count} that were acknowledged");
        // The one that was under way is there whole, or not at all.
        let half = store.read(&[format!("{round}/{count}/a"), format!("{round}/{count}/b")]).await.unwrap();
        assert_eq!(half[0].is_some(), half[1].is_some());
        assert!(store.list(None).await.unwrap().keys.len() >= 2 * count.min(500));
    }
}

/// Nobody asks between the server's end and its return: the first who does must not be told of it.
#[tokio::test]
async fn a_restart_that_nobody_saw_is_no_error() {
    let Some(mut server) = Server::start() else { return };
    let store = Redis::open(&server.url()).await.unwrap();
    store.write(vec![("k".into(), Some(b"1".to_vec()))]).await.unwrap();
    server.kill();
    server.restart();
    tokio::time::sleep(Duration::from_millis(300)).await;
    store.write(vec![("k".into(), Some(b"2".to_vec()))]).await.unwrap();
    assert_eq!(store.read(&["k".into()]).await.unwrap().remove(0).unwrap().value, b"2");
}

#[tokio::test]
async fn a_server_that_is_full_says_so_and_keeps_what_it_has() {
    let Some(server) = Server::start() else { return };
    let store = Redis::open(&server.url()).await.unwrap();
    store.write(vec![("k".into(), Some(b"1".to_vec()))]).await.unwrap();
    let limit = |bytes: &str| redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg(bytes).take();
    store.ask::<()>(Request::Read(&limit("1"))).await.unwrap();
    let full = store.write(vec![("a".into(), Some(vec![0; 1 << 20])), ("k".into(), None)]).await;
    assert!(matches!(full, Err(Error::OutOfMemory(_))), "{full:?}");
    assert!(matches!(store.swap("a".into(), None, vec![1]).await, Err(Error::OutOfMemory(_))));
    assert_eq!(store.list(None).await.unwrap().keys, ["k"]);
    store.ask::<()>(Request::Read(&limit("0"))).await.unwrap();
    store.write(vec![("k".into(), None)]).await.unwrap();
    assert!(store.list(None).await.unwrap().keys.is_empty());
}
