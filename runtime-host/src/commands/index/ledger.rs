//! What the collection holds and what the folder held, in a temporary file that only this process sees: a corpus takes room on the disk, none in memory.
//!
//! SQLite deletes the file when it is opened, so nothing is left of it whatever ends the process, and never waits for the disk.

use super::walk::Stamp;
use anyhow::Context;
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::{Mutex, MutexGuard};

/// Rows read at once where all are.
const BATCH: usize = 256;

/// `-kibibytes`: what of the file is kept in memory.
const CACHE: i64 = -4096;

const SCHEMA: &str = "
    CREATE TABLE stored (id TEXT PRIMARY KEY, path TEXT NOT NULL, sha256 TEXT NOT NULL, indexed INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX stored_by_path ON stored (path);
    CREATE TABLE seen (
        path TEXT PRIMARY KEY, pass INTEGER NOT NULL,
        bytes INTEGER, modified INTEGER, waited INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
";

/// A file of the collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) id: String,
    pub(super) sha256: String,
    /// Whether it can be searched.
    pub(super) indexed: bool,
}

/// What is known of a file of the folder since the last pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Since {
    /// It was dealt with as it is now.
    Done,
    /// It is new, or was written to since the last pass. So often now.
    Changing(u32),
    /// It was written to before the last pass, and not since.
    Settled,
}

/// The temporary file.
pub(super) struct Ledger {
    connection: Mutex<Connection>,
}

// === impl Ledger ===

impl Ledger {
    pub(super) fn new() -> anyhow::Result<Self> {
        let make = || {
            let connection = Connection::open("")?;
            connection.pragma_update(None, "cache_size", CACHE)?;
            connection.pragma_update(None, "journal_mode", "off")?;
            connection.pragma_update(None, "synchronous", "off")?;
            connection.execute_batch(SCHEMA)?;
            Ok::<_, rusqlite::Error>(connection)
        };
        Ok(Self { connection: Mutex::new(make().context(NO_ROOM)?) })
    }

    /// Notes a file of the collection.
    pub(super) fn add(&self, path: &str, stored: &Stored) -> anyhow::Result<()> {
        let Stored { id, sha256, indexed } = stored;
        self.execute(
            "INSERT OR REPLACE INTO stored VALUES (?1, ?2, ?3, ?4)",
            params![id, path, sha256, indexed],
        )
    }

    /// Notes that a file of the collection is none any more.
    pub(super) fn remove(&self, id: &str) -> anyhow::Result<()> {
        self.execute("DELETE FROM stored WHERE id = ?1", params![id])
    }

    /// The files that the collection has of a path; an interrupted run may have left two.
    pub(super) fn stored(&self, path: &str) -> anyhow::Result<Vec<Stored>> {
        let connection = self.lock();
        let read = || {
            let mut statement = connection
                .prepare_cached("SELECT id, sha256, indexed FROM stored WHERE path = ?1 ORDER BY id")?;
            let row = |row: &rusqlite::Row<'_>| {
                Ok(Stored { id: row.get(0)?, sha256: row.get(1)?, indexed: row.get(2)? })
            };
            statement.query_map(params![path], row)?.collect::<Result<_, _>>()
        };
        read().context(NO_ROOM)
    }

    /// Notes that the folder has a path in this pass.
    pub(super) fn see(&self, path: &str, pass: i64) -> anyhow::Result<()> {
        self.execute(
            "INSERT INTO seen (path, pass) VALUES (?1, ?2) ON CONFLICT (path) DO UPDATE SET pass = excluded.pass",
            params![path, pass],
        )
    }

    /// The same for a file with its stamp, and what became of it since the last pass.
    pub(super) fn compare(&self, path: &str, pass: i64, stamp: Stamp) -> anyhow::Result<Since> {
        let bytes = i64::try_from(stamp.bytes).unwrap_or(i64::MAX);
        let known = {
            let connection = self.lock();
            let read = || {
                let mut statement = connection
                    .prepare_cached("SELECT bytes, modified, waited, done FROM seen WHERE path = ?1")?;
                let row = |row: &rusqlite::Row<'_>| {
                    let same = row.get::<_, Option<i64>>(0)? == Some(bytes)
                        && row.get::<_, Option<i64>>(1)? == stamp.modified;
                    Ok((same, row.get::<_, u32>(2)?, row.get::<_, bool>(3)?))
                };
                statement.query_row(params![path], row).optional()
            };
            read().context(NO_ROOM)?
        };
        let since = match known {
            Some((true, _, true)) => Since::Done,
            Some((true, _, false)) => Since::Settled,
            Some((false, waited, false)) => Since::Changing(waited + 1),
            Some((false, _, true)) | None => Since::Changing(1),
        };
        let (waited, done) = match since {
            Since::Done => (0, true),
            Since::Changing(times) => (times, false),
            Since::Settled => (0, false),
        };
        self.execute(
            "INSERT OR REPLACE INTO seen VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![path, pass, bytes, stamp.modified, waited, done],
        )?;
        Ok(since)
    }

    /// Notes that a file was dealt with as its stamp has it.
    pub(super) fn done(&self, path: &str) -> anyhow::Result<()> {
        self.execute("UPDATE seen SET done = 1, waited = 0 WHERE path = ?1", params![path])
    }

    /// Files of the collection whose path this pass has not seen, in order of path, behind `after`: some of them, none where there are no more.
    pub(super) fn missing(
        &self,
        pass: i64,
        after: &(String, String),
    ) -> anyhow::Result<Vec<(String, String)>> {
        let connection = self.lock();
        let read = || {
            let mut statement = connection.prepare_cached(
                "SELECT path, id FROM stored WHERE (path, id) > (?1, ?2)
                 AND NOT EXISTS (SELECT 1 FROM seen WHERE seen.path = stored.path AND seen.pass = ?3)
                 ORDER BY path, id LIMIT ?4",
            )?;
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            statement.query_map(params![after.0, after.1, pass, BATCH as i64], row)?.collect::<Result<_, _>>()
        };
        read().context(NO_ROOM)
    }

    /// Forgets what this pass has not seen, so that it is new when it comes back.
    pub(super) fn forget_unseen(&self, pass: i64) -> anyhow::Result<()> {
        self.execute("DELETE FROM seen WHERE pass <> ?1", params![pass])
    }

    fn execute(&self, statement: &str, parameters: impl rusqlite::Params) -> anyhow::Result<()> {
        let connection = self.lock();
        connection
            .prepare_cached(statement)
            .and_then(|mut s| s.execute(parameters))
            .map(drop)
            .context(NO_ROOM)
    }

    /// A thread that panicked has finished its statement or not begun it.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

const NO_ROOM: &str =
    "the temporary file that remembers what is indexed can't be used; is there room in TMPDIR?";

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(id: &str) -> Stored {
        Stored { id: id.into(), sha256: "00".into(), indexed: true }
    }

    #[test]
    fn what_a_pass_has_not_seen_is_missing() {
        let ledger = Ledger::new().unwrap();
        for n in 0..600 {
            ledger.add(&format!("{n:03}.md"), &stored(&format!("f{n}"))).unwrap();
        }
        ledger.add("001.md", &stored("twice")).unwrap();
        assert_eq!(ledger.stored("001.md").unwrap(), [stored("f1"), stored("twice")]);
        for n in 0..600 {
            ledger.see(&format!("{n:03}.md"), if n % 2 == 0 { 2 } else { 1 }).unwrap();
        }
        let (mut missing, mut after) = (Vec::new(), Default::default());
        loop {
            let batch = ledger.missing(2, &after).unwrap();
            let Some(last) = batch.last() else { break };
            after = last.clone();
            missing.extend(batch.into_iter().map(|(path, _)| path));
        }
        let mut expected: Vec<String> = (0..300).map(|n| format!("{:03}.md", n * 2 + 1)).collect();
        expected.insert(0, "001.md".into());
        assert_eq!(missing, expected);
        ledger.remove("twice").unwrap();
        assert_eq!(ledger.stored("001.md").unwrap(), [stored("f1")]);
    }

    #[test]
    fn a_file_settles_before_it_is_dealt_with_again() {
        let ledger = Ledger::new().unwrap();
        let stamp = |modified| Stamp { bytes: 7, modified: Some(modified) };
        let check = |pass, modified, expected| {
            assert_eq!(ledger.compare("a", pass, stamp(modified)).unwrap(), expected)
        };
        check(1, 1, Since::Changing(1));
        check(2, 2, Since::Changing(2));
        check(3, 2, Since::Settled);
        ledger.done("a").unwrap();
        check(4, 2, Since::Done);
        check(5, 3, Since::Changing(1));
        ledger.forget_unseen(6).unwrap();
        check(7, 3, Since::Changing(1));
    }
}
