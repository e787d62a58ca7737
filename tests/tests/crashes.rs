//! The host is killed at random moments, many times, while several callers put, replace and remove documents and compactions run: nothing acknowledged is
//! lost, nothing else is there by halves, and no value is damaged.
//!
//! `GUSSET_KILLS` says how many times (24, or as many as fit into 75 seconds), `GUSSET_SEED` where the moments and documents come from.
#![expect(clippy::indexing_slicing, reason = "what a test looks for and does not find fails the test")]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use gusset_tests::client::{Client, form};
use gusset_tests::host::{Folder, Host};
use serde_json::{Value, json};

/// Callers at once.
const WRITERS: usize = 4;
/// Documents of each.
const SLOTS: usize = 10;
/// Lines of a document. A passage each: enough of them in all documents that a compaction is due every forty documents.
const LINES: usize = 112;
/// Without `GUSSET_KILLS`, no kill is begun after this.
const PATIENCE: Duration = Duration::from_secs(75);

/// A generator of numbers from a seed (SplitMix64, <https://prng.di.unimi.it/splitmix64.c>).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// What a document is: a version of it, or nothing.
type Version = Option<usize>;

/// A document as its writer knows it.
#[derive(Clone, Copy, Default)]
struct Slot {
    /// As acknowledged last.
    is: Version,
    /// What it was to become when nobody answered.
    becoming: Option<Version>,
}

fn key(slot: usize) -> String {
    format!("slot {slot}")
}

/// Lines that each name document and version; short ones, because embedding them is what takes time.
fn content(slot: usize, version: usize) -> String {
    (0..LINES).map(|line| format!("s{slot} v{version} n{line}\n\n")).collect()
}

/// The file's id follows from its key, so a replaced document keeps it.
fn upload(client: &Client, slot: usize, version: usize) -> anyhow::Result<String> {
    let (kind, body) = form(&format!("{slot}.txt"), content(slot, version).as_bytes());
    let key = key(slot);
    let headers = [("content-type", kind.as_str()), ("idempotency-key", key.as_str())];
    let file = client.send("POST", "/v1/files", &headers, body)?;
    ensure!(file.status == 200, "{}", file.text());
    Ok(file.json()?["id"].as_str().context("an id")?.to_owned())
}

/// Makes a document what it is to be. `Ok` where the server has said that it is; `ids` learns the file's.
fn make(client: &Client, slot: usize, version: Version, id: &mut Option<String>) -> anyhow::Result<()> {
    let expect = |answer: gusset_tests::client::Answer, absent: bool| -> anyhow::Result<Value> {
        ensure!(
            answer.status == 200 || (absent && answer.status == 404),
            "{} {}",
            answer.status,
            answer.text()
        );
        answer.json()
    };
    let attached = "/v1/vector_stores/vs_docs/files";
    let known = id.clone();
    match (version, known) {
        (None, None) => {}
        (None, Some(id)) => {
            expect(client.send("DELETE", &format!("{attached}/{id}"), &[], Vec::new())?, true)?;
        }
        (Some(version), known) => {
            if let Some(id) = known {
                expect(client.send("DELETE", &format!("/v1/files/{id}"), &[], Vec::new())?, true)?;
            }
            let file = upload(client, slot, version)?;
            *id = Some(file.clone());
            let attributes = json!({"slot": slot, "version": version});
            let attach = json!({"file_id": file, "attributes": attributes});
            let answer = expect(client.post(attached, &attach)?, false)?;
            ensure!(answer["status"] == "completed", "{answer}");
        }
    }
    Ok(())
}

/// Every file of the collection: its version and bytes by slot.
fn listed(client: &Client) -> anyhow::Result<BTreeMap<usize, (usize, u64)>> {
    let mut found = BTreeMap::new();
    let mut after = String::new();
    loop {
        let answer = client.get(&format!("/v1/vector_stores/vs_docs/files?order=any&limit=16{after}"))?;
        ensure!(answer.status == 200, "{}", answer.text());
        let page = answer.json()?;
        for file in page["data"].as_array().context("a list")? {
            let number = |name: &str| -> anyhow::Result<usize> {
                file["attributes"][name].as_str().context("an attribute")?.parse().context("a number")
            };
            let bytes = file["usage_bytes"].as_u64().context("bytes")?;
            let twice = found.insert(number("slot")?, (number("version")?, bytes));
            ensure!(twice.is_none(), "listed twice: {file}");
        }
        if page["has_more"] != true {
            return Ok(found);
        }
        after = format!("&after={}", page["last_id"].as_str().context("the last id")?);
    }
}

/// The lines of a slot that a search finds, in order.
fn searched(client: &Client, slot: usize) -> anyhow::Result<Vec<String>> {
    let filters = json!({"type": "eq", "key": "slot", "value": slot.to_string()});
    let question = json!({"query": format!("s{slot}"), "max_num_results": 50, "filters": filters, "ranking_options": {"ranker": "none"}});
    let answer = client.post("/v1/vector_stores/vs_docs/search", &question)?;
    ensure!(answer.status == 200, "{}", answer.text());
    let page = answer.json()?;
    let results = page["data"].as_array().context("results")?;
    Ok(results
        .iter()
        .map(|result| result["content"][0]["text"].as_str().unwrap_or_default().trim().to_owned())
        .collect())
}

/// Looks at one document after a crash, and says what it is.
fn look(client: &Client, slot: usize, known: Slot, listed: Option<&(usize, u64)>) -> anyhow::Result<Version> {
    let is = listed.map(|(version, _)| *version);
    ensure!(
        is == known.is || Some(is) == known.becoming,
        "is {is:?}, was {:?} and becoming {:?}",
        known.is,
        known.becoming
    );
    let lines = searched(client, slot)?;
    match is {
        None => ensure!(lines.is_empty(), "removed, and found: {lines:?}"),
        Some(version) => {
            let bytes = content(slot, version).len() as u64;
            ensure!(listed.is_some_and(|(_, listed)| *listed == bytes), "{listed:?} bytes of {bytes}");
            let own = format!("s{slot} v{version} n");
            // Behind compaction a search is approximate: it need not find every line.
            ensure!(!lines.is_empty(), "not found");
            ensure!(lines.iter().all(|line| line.starts_with(&own)), "not of version {version}: {lines:?}");
        }
    }
    Ok(is)
}

/// What is true of the collection whatever was going on when the host died.
fn check(client: &Client, slots: &mut [Slot], ids: &mut [Option<String>]) -> anyhow::Result<()> {
    let files = listed(client)?;
    ensure!(files.keys().all(|slot| *slot < slots.len()), "{files:?}");
    for (slot, known) in slots.iter_mut().enumerate() {
        known.is =
            look(client, slot, *known, files.get(&slot)).with_context(|| format!("document {slot}"))?;
    }
    // What nobody answered is asked for again; then everything has been acknowledged.
    for (slot, known) in slots.iter_mut().enumerate() {
        if let Some(version) = known.becoming.take() {
            make(client, slot, version, &mut ids[slot]).with_context(|| format!("document {slot} again"))?;
            known.is = version;
        }
    }
    let files = listed(client)?;
    let now: BTreeMap<usize, usize> = files.iter().map(|(slot, (version, _))| (*slot, *version)).collect();
    let expected: BTreeMap<usize, usize> =
        slots.iter().enumerate().filter_map(|(slot, known)| Some((slot, known.is?))).collect();
    ensure!(now == expected, "{now:?}, not {expected:?}");
    let store = client.get("/v1/vector_stores/vs_docs")?.json()?;
    let bytes: u64 = files.values().map(|(_, bytes)| bytes).sum();
    ensure!(
        store["file_counts"]["completed"] == files.len() && store["usage_bytes"] == bytes,
        "{} files and {bytes} bytes: {store}",
        files.len()
    );
    for (slot, known) in slots.iter().enumerate() {
        if let (Some(version), Some(id)) = (known.is, &ids[slot]) {
            let file = client.get(&format!("/v1/files/{id}/content"))?;
            ensure!(
                file.text() == content(slot, version),
                "the file of document {slot} is not what was uploaded"
            );
        }
    }
    Ok(())
}

/// Writers at work until the host dies.
fn write_until_killed(
    host: Host,
    slots: &mut [Slot],
    ids: &mut [Option<String>],
    random: &mut Random,
) -> anyhow::Result<Folder> {
    let client = host.client().clone();
    let begun = AtomicUsize::new(0);
    let (target, delay) = (random.below(40), Duration::from_micros(random.next() % 300_000));
    let seeds: Vec<u64> = (0..WRITERS).map(|_| random.next()).collect();
    let failure = Mutex::new(None);
    let folder = std::thread::scope(|scope| {
        let writers = slots.chunks_mut(SLOTS).zip(ids.chunks_mut(SLOTS)).zip(seeds).enumerate();
        for (writer, ((slots, ids), seed)) in writers {
            let (client, begun, failure) = (&client, &begun, &failure);
            scope.spawn(move || {
                let mut random = Random(seed);
                loop {
                    let at = random.below(SLOTS);
                    let removes = slots[at].is.is_some() && random.below(4) == 0;
                    let version = (!removes).then(|| random.next() as usize % 1_000_000);
                    slots[at].becoming = Some(version);
                    begun.fetch_add(1, Ordering::SeqCst);
                    match make(client, writer * SLOTS + at, version, &mut ids[at]) {
                        Ok(()) => slots[at] = Slot { is: version, becoming: None },
                        // Nobody answered, as it should be, or somebody refused.
                        Err(error) => {
                            if error.downcast_ref::<ureq::Error>().is_none() {
                                *failure.lock().unwrap_or_else(|e| e.into_inner()) = Some(error);
                            }
                            return;
                        }
                    }
                }
            });
        }
        while begun.load(Ordering::SeqCst) < target && failure.lock().is_ok_and(|failure| failure.is_none()) {
            std::thread::yield_now();
        }
        std::thread::sleep(delay);
        host.kill()
    })?;
    match failure.into_inner().unwrap_or_else(|e| e.into_inner()) {
        Some(error) => bail!(error.context("the host refused what it should have done")),
        None => Ok(folder),
    }
}

#[test]
fn nothing_is_lost_or_damaged_by_kills_at_random_moments() -> anyhow::Result<()> {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .map(|value| value.parse::<u64>().with_context(|| format!("{name}={value}")))
            .transpose()
    };
    let kills = number("GUSSET_KILLS")?;
    let seed = number("GUSSET_SEED")?.unwrap_or(1);
    let mut random = Random(seed);
    let configuration = "[state]\npath = \"state.db\"\n[embed]\nnative = true\n";
    let mut folder = Folder::new(configuration)?.with_application("gusset-open.wasm");
    let mut slots = vec![Slot::default(); WRITERS * SLOTS];
    let mut ids = vec![None; WRITERS * SLOTS];
    let start = Instant::now();
    let mut killed = 0;
    while killed < kills.unwrap_or(24) && (kills.is_some() || start.elapsed() < PATIENCE) {
        let host = folder.start()?;
        if killed == 0 {
            let chunking =
                json!({"type": "static", "static": {"max_chunk_size_tokens": 14, "chunk_overlap_tokens": 0}});
            let made = host
                .client()
                .post("/v1/vector_stores", &json!({"name": "docs", "chunking_strategy": chunking}))?;
            ensure!(made.status == 200, "{}", made.text());
        }
        check(host.client(), &mut slots, &mut ids)
            .with_context(|| format!("after kill {killed} of seed {seed}"))?;
        folder = write_until_killed(host, &mut slots, &mut ids, &mut random)?;
        killed += 1;
    }
    let host = folder.start()?;
    check(host.client(), &mut slots, &mut ids)
        .with_context(|| format!("after the last kill of seed {seed}"))?;
    let (folder, said) = host.stop()?;
    let state = rusqlite::Connection::open(folder.path().join("state.db"))?;
    let integrity: String = state.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    ensure!(integrity == "ok", "{integrity}");
    let tiers: i64 =
        state
            .query_row("SELECT count(*) FROM entries WHERE key LIKE '%/tier/%/head'", [], |row| row.get(0))?;
    println!("{killed} kills in {:.0?}, {tiers} tiers at the end; {said}", start.elapsed());
    ensure!(killed > 1, "one start took {:.0?}", start.elapsed());
    Ok(())
}
