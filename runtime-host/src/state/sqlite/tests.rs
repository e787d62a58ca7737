//! What only a file can get wrong: a full disk, a foreign or later file, two processes, a crash.

use super::super::Store;
use super::*;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// A store whose disk holds this many pages of 4096 bytes.
fn with_disk_of(pages: u32, path: &Path) -> Sqlite {
    let file = File { path: path.to_owned() };
    let connection = file.connect(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE).unwrap();
    file.prepare(&connection).unwrap();
    connection.pragma_update(None, "max_page_count", pages).unwrap();
    Sqlite::new(connection, file).unwrap()
}

async fn set(store: &Sqlite, key: &str, bytes: usize) -> Result<(), Error> {
    store.write(vec![(key.into(), Some(vec![7; bytes]))]).await
}

#[tokio::test]
async fn a_full_disk_is_said_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_disk_of(32, &directory.path().join("state.db"));
    set(&store, "before", 1000).await.unwrap();
    let error = set(&store, "big", 1 << 20).await.unwrap_err();
    assert!(matches!(error, Error::Full(_)), "{error}");
    assert!(error.to_string().contains("no room left on the disk"), "{error}");
    set(&store, "after", 1000).await.unwrap();
    let kept = store.get(["before", "big", "after"].map(Into::into).into()).await.unwrap();
    assert_eq!(kept.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);
}

/// One that doesn't fit must not take its neighbours in the transaction with it, nor be half written.
#[tokio::test]
async fn writes_of_one_group_stand_alone() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_disk_of(64, &directory.path().join("state.db"));
    let sizes = [1000, 1 << 20, 1000, 1 << 20, 1000];
    let keys: Vec<String> = (0..sizes.len()).map(|i| i.to_string()).collect();
    let results =
        futures::future::join_all(keys.iter().zip(sizes).map(|(key, bytes)| set(&store, key, bytes))).await;
    for ((key, bytes), result) in keys.iter().zip(sizes).zip(results) {
        let there = store.get(vec![key.clone()]).await.unwrap().remove(0).is_some();
        assert_eq!(result.is_ok(), there, "{key}: acknowledged or refused, and so it is");
        assert!(bytes < 1 << 20 || !there, "{key} can't fit");
    }
}

#[test]
fn a_file_of_a_later_format_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", FORMAT + 1).unwrap();
    let error = Sqlite::open(&path).err().unwrap();
    assert!(matches!(error, Error::Format { found: 2, .. }), "{error}");
}

#[test]
fn what_is_no_database_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notes.txt");
    std::fs::write(&path, "not a database, but long enough to be taken for the header of one".repeat(20))
        .unwrap();
    let error = Sqlite::open(&path).err().unwrap().to_string();
    assert!(error.contains("notes.txt") && error.contains("not a database"), "{error}");
}

#[tokio::test]
async fn two_processes_may_share_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.db");
    let (a, b) = (Sqlite::open(&path).unwrap(), Sqlite::open(&path).unwrap());
    let add = |store| Store::increment(store, "n".into(), 1);
    let sums = futures::future::join_all((0..50).map(|i| add(if i % 2 == 0 { &a } else { &b }))).await;
    assert!(sums.iter().all(Result::is_ok));
    assert_eq!(add(&a).await.unwrap(), 51);
}

/// Child process of the test below: writes for ever, and says what was acknowledged.
#[tokio::test]
#[ignore = "runs as a child of acknowledged_writes_survive_a_kill"]
async fn write_until_killed() {
    let Ok(path) = std::env::var("GUSSET_TEST_STATE") else { return };
    let store = Sqlite::open(Path::new(&path)).unwrap();
    for i in 0_u32.. {
        let pair = vec![(format!("a{i}"), Some(vec![7; 5000])), (format!("b{i}"), Some(vec![7; 5000]))];
        store.write(pair).await.unwrap();
        println!("acknowledged {i}");
    }
}

#[tokio::test]
async fn acknowledged_writes_survive_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.db");
    let mut last = None;
    for kill_after in [1, 7, 40] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["state::sqlite::tests::write_until_killed", "--exact", "--ignored", "--nocapture"])
            .env("GUSSET_TEST_STATE", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        last =
            lines.filter_map(|line| line.rsplit_once("acknowledged ")?.1.parse::<u32>().ok()).nth(kill_after);
        child.kill().unwrap();
        child.wait().unwrap();
        let last = last.expect("the child acknowledged that many");
        let store = Sqlite::open(&path).unwrap();
        let keys: Vec<String> = (0..=last + 1).flat_map(|i| [format!("a{i}"), format!("b{i}")]).collect();
        let kept = store.get(keys).await.unwrap();
        let (acknowledged, in_flight) = kept.split_at(2 * (last as usize + 1));
        assert!(acknowledged.iter().all(Option::is_some), "killed after {last}");
        assert_eq!(in_flight[0].is_some(), in_flight[1].is_some(), "a batch is there or it isn't");
    }
    assert!(last.is_some());
}

#[tokio::test]
async fn what_was_deferred_is_kept_at_the_end() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.db");
    let store = Sqlite::open(&path).unwrap();
    store.defer(vec![("a".into(), Some(vec![1]))]).await.unwrap();
    assert_eq!(store.defer_increment("n".into(), 7).await.unwrap(), 7);
    drop(store);
    let store = Sqlite::open(&path).unwrap();
    assert_eq!(store.get(vec!["a".into()]).await.unwrap().remove(0).unwrap().value, [1]);
    assert_eq!(store.defer_increment("n".into(), 0).await.unwrap(), 7);
}

/// A swap of what waits to be written fails, and then succeeds with the version that it has in the file.
#[tokio::test]
async fn what_was_deferred_can_be_swapped_once_it_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&directory.path().join("state.db")).unwrap();
    store.defer(vec![("k".into(), Some(vec![1]))]).await.unwrap();
    let seen = store.get(vec!["k".into()]).await.unwrap().remove(0).unwrap();
    assert!(!store.swap("k".into(), Some(seen.version), vec![2]).await.unwrap());
    let seen = store.get(vec!["k".into()]).await.unwrap().remove(0).unwrap();
    assert!(store.swap("k".into(), Some(seen.version), vec![2]).await.unwrap());
}

/// What was deferred and doesn't fit is lost; what is written with it is not.
#[tokio::test]
async fn what_was_deferred_takes_nothing_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = with_disk_of(32, &directory.path().join("state.db"));
    store.defer(vec![("big".into(), Some(vec![7; 1 << 20]))]).await.unwrap();
    set(&store, "small", 100).await.unwrap();
    let kept = store.get(vec!["small".into(), "big".into()]).await.unwrap();
    assert_eq!(kept.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false]);
}
