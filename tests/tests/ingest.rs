//! `gusset index` over folders as they are: with files that are no text, kills in the middle, and changes while it watches.
#![expect(clippy::indexing_slicing, reason = "what a test looks for and does not find fails the test")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

use anyhow::{Context, ensure};
use gusset_tests::DEADLINE;
use gusset_tests::client::Client;
use gusset_tests::documents::{document, ensure_found, search};
use gusset_tests::host::{Folder, Host, gusset};
use gusset_tests::process::Process;

/// A host that embeds natively: most of these tests wait for embedding.
fn host(configuration: &str) -> anyhow::Result<Host> {
    Folder::new(&format!("{configuration}[embed]\nnative = true\n"))?
        .with_application("gusset-open.wasm")
        .start()
}

fn index(folder: &Path, client: &Client) -> anyhow::Result<Command> {
    let mut command = gusset()?;
    command.arg("index").arg(folder).args(["--collection", "docs", "--url", client.base()]);
    Ok(command)
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> anyhow::Result<()> {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().context("a folder")?)?;
    fs::write(file, content)?;
    Ok(())
}

/// How often each path is in the collection, page after page.
fn indexed(client: &Client) -> anyhow::Result<BTreeMap<String, usize>> {
    let mut paths = BTreeMap::new();
    let mut after = String::new();
    loop {
        let page =
            client.get(&format!("/v1/vector_stores/vs_docs/files?order=any&limit=7{after}"))?.json()?;
        for file in page["data"].as_array().context("a list")? {
            ensure!(file["status"] == "completed", "{file}");
            *paths.entry(file["attributes"]["path"].as_str().context("a path")?.to_owned()).or_default() += 1;
        }
        if page["has_more"] != true {
            return Ok(paths);
        }
        after = format!("&after={}", page["last_id"].as_str().context("the last id")?);
    }
}

/// A PDF with one page whose content is the stream `content`, compressed by the named filters.
fn pdf(content: &[u8], filter: &str) -> Vec<u8> {
    let mut bytes = b"%PDF-1.5\n".to_vec();
    let mut offsets = Vec::new();
    let head = format!("<< /Length {} {filter} >>\nstream\n", content.len());
    let objects: [Vec<u8>; 5] = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_vec(),
        [head.as_bytes(), content, b"\nendstream"].concat(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_vec(),
    ];
    for (number, object) in objects.iter().enumerate() {
        offsets.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n", number + 1).bytes());
        bytes.extend(object);
        bytes.extend(b"\nendobj\n");
    }
    let start = bytes.len();
    bytes.extend(b"xref\n0 6\n0000000000 65535 f \n");
    offsets.iter().for_each(|offset| bytes.extend(format!("{offset:010} 00000 n \n").bytes()));
    bytes.extend(format!("trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").bytes());
    bytes
}

/// Four gigabytes of spaces in four megabytes: one compressed piece over and over, which is a stream since each ends at a byte.
fn bomb() -> anyhow::Result<Vec<u8>> {
    let piece = vec![b' '; 16 << 20];
    let mut compress = flate2::Compress::new(flate2::Compression::best(), false);
    let mut compressed = Vec::with_capacity(1 << 20);
    compress.compress_vec(&piece, &mut compressed, flate2::FlushCompress::Full)?;
    ensure!(compress.total_in() == piece.len() as u64, "the piece is not compressed as a whole");
    // A header of zlib, and no end: what reads it has inflated all of it by then.
    Ok([&[0x78, 0xda][..], &compressed.repeat(256)].concat())
}

/// Every faulty file is named with its reason, and the others are there.
#[test]
fn faulty_documents_are_named_and_the_rest_is_indexed() -> anyhow::Result<()> {
    let host = host("[state]\nmemory = true\n")?;
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let (fine, _) = document(0);
    write(folder, "fine.md", &fine)?;
    let utf16: Vec<u8> =
        format!("\u{feff}{}", document(1).0).encode_utf16().flat_map(u16::to_le_bytes).collect();
    write(folder, "utf16.txt", utf16)?;
    let depth = 10_000;
    write(
        folder,
        "deep.html",
        format!("{}{}{}", "<div><b>".repeat(depth), document(2).0, "</b></div>".repeat(depth)),
    )?;
    write(folder, "two\nlines.md", document(3).0)?;
    write(
        folder,
        "code.rs",
        "/// How deep the harbour of Ravnsund is, in fathoms.\nconst HARBOUR_OF_RAVNSUND: u32 = 19;\n",
    )?;
    write(folder, "table.csv", "harbour,fathoms\nTindvik,23\nOrmsund,31\n")?;
    let text = b"BT /F1 12 Tf 50 700 Td (The ferry to Skarholm leaves at seven in the morning.) Tj ET";
    write(folder, "ferry.pdf", pdf(text, ""))?;

    write(folder, "broken.txt", b"caf\xe9 au lait")?;
    write(folder, "empty.md", "")?;
    write(folder, "white.md", " \n\t \r\n ")?;
    write(folder, "nul.txt", "a\0b")?;
    write(folder, "bomb.pdf", pdf(&bomb()?, "/Filter /FlateDecode"))?;
    write(folder, "scan.pdf", pdf(b"0 0 m 100 100 l S", ""))?;
    write(folder, "no.pdf", "just text")?;
    write(folder, "half.pdf", &pdf(text, "")[..300])?;
    write(folder, &format!("{}/far.md", "folder-with-a-long-name/".repeat(24)), &fine)?;
    let mut line = fs::File::create(folder.join("line.txt"))?;
    for _ in 0..200 {
        line.write_all(&vec![b'x'; 1_000_000])?;
    }
    fs::write(folder.join("word.txt"), "word ".repeat(10_000_000))?;

    let started = Instant::now();
    let output = index(folder, host.client())?.output()?;
    println!("indexed in {:.1?}", started.elapsed());
    let report = said(&output);
    ensure!(!output.status.success(), "{report}");
    let faulty = [
        ("broken.txt", "not UTF-8 (byte 3)"),
        ("empty.md", "empty"),
        ("white.md", "white space"),
        ("nul.txt", "NUL at byte 1"),
        ("bomb.pdf", "MiB of memory"),
        ("scan.pdf", "no text"),
        ("no.pdf", "no PDF"),
        ("half.pdf", "print it to a new PDF"),
        ("far.md", "512"),
        ("line.txt", "limits.file_bytes"),
        ("word.txt", "32.00 MiB"),
    ];
    for (name, reason) in faulty {
        let line = report.lines().find(|line| line.contains(&format!("{name}: ")));
        ensure!(
            line.is_some_and(|line| line.contains(reason)),
            "{name} should be named with {reason:?}: {report}"
        );
    }
    ensure!(report.contains("7 added") && report.contains("11 not indexed"), "{report}");
    let expected =
        ["code.rs", "deep.html", "ferry.pdf", "fine.md", "table.csv", "two\nlines.md", "utf16.txt"];
    let expected: BTreeMap<String, usize> = expected.map(|path| (path.to_owned(), 1)).into();
    let paths = indexed(host.client())?;
    ensure!(paths == expected, "{paths:?}");
    (0..4).try_for_each(|n| ensure_found(host.client(), "docs", n))?;
    for (question, name, part) in [
        ("How deep is the harbour of Ravnsund?", "code.rs", "19"),
        ("How many fathoms has the harbour of Ormsund?", "table.csv", "31"),
        ("When does the ferry to Skarholm leave?", "ferry.pdf", "seven"),
    ] {
        let found = search(host.client(), "docs", question)?;
        ensure!(
            found.iter().any(|(file, text)| file == name && text.contains(part)),
            "{question} found {found:?}"
        );
    }
    ensure!(host.client().get("/healthz")?.status == 200);

    let again = said(&index(folder, host.client())?.output()?);
    ensure!(again.contains("0 added, 0 updated, 7 unchanged, 11 not indexed"), "{again}");
    host.stop()?;
    Ok(())
}

/// Killed at any moment and run again: every document is there once, and so is every upload.
#[test]
fn an_index_that_is_killed_goes_on_where_it_was() -> anyhow::Result<()> {
    let host = host("[state]\nmemory = true\n")?;
    let folder = tempfile::tempdir()?;
    const FILES: usize = 60;
    for n in 0..FILES {
        write(folder.path(), &format!("{n}.md"), document(n).0)?;
    }
    let completed = || -> anyhow::Result<u64> {
        let store = host.client().get("/v1/vector_stores/vs_docs")?.json()?;
        Ok(store["file_counts"]["completed"].as_u64().unwrap_or(0))
    };
    for wanted in [1, 13, 31] {
        let process = Process::start(&mut index(folder.path(), host.client())?)?;
        let deadline = Instant::now() + DEADLINE;
        while completed()? < wanted {
            ensure!(Instant::now() < deadline, "{} of {wanted} files", completed()?);
        }
        process.kill()?;
    }
    let output = index(folder.path(), host.client())?.output()?;
    ensure!(output.status.success(), "{}", said(&output));
    let expected: BTreeMap<String, usize> = (0..FILES).map(|n| (format!("{n}.md"), 1)).collect();
    let paths = indexed(host.client())?;
    ensure!(paths == expected, "{paths:?}");
    let uploads = host.client().get("/v1/files")?.json()?;
    ensure!(uploads["data"].as_array().is_some_and(|files| files.len() == FILES), "{uploads}");
    (0..FILES).step_by(7).try_for_each(|n| ensure_found(host.client(), "docs", n))?;
    host.stop()?;
    Ok(())
}

/// What is added, changed and deleted while it watches is so in the collection soon after; it ends well when asked to.
#[test]
fn a_watched_folder_and_its_collection_stay_in_step() -> anyhow::Result<()> {
    let host = host("[state]\nmemory = true\n")?;
    let folder = tempfile::tempdir()?;
    for n in 0..3 {
        write(folder.path(), &format!("sub/{n}.md"), document(n).0)?;
    }
    let mut command = index(folder.path(), host.client())?;
    let mut watching = Process::start(command.args(["--watch", "--interval", "1"]))?;
    watching.wait_for(|line| line.starts_with("watching").then_some(()))?;
    let wait_for = |expected: &[&str], n: usize| -> anyhow::Result<()> {
        let expected: BTreeMap<String, usize> = expected.iter().map(|path| ((*path).to_owned(), 1)).collect();
        let deadline = Instant::now() + DEADLINE;
        loop {
            let paths = indexed(host.client())?;
            if paths == expected && ensure_found(host.client(), "docs", n).is_ok() {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "{paths:?}");
        }
    };
    wait_for(&["sub/0.md", "sub/1.md", "sub/2.md"], 0)?;
    write(folder.path(), "new/3.md", document(3).0)?;
    wait_for(&["new/3.md", "sub/0.md", "sub/1.md", "sub/2.md"], 3)?;
    write(folder.path(), "sub/0.md", document(4).0)?;
    wait_for(&["new/3.md", "sub/0.md", "sub/1.md", "sub/2.md"], 4)?;
    fs::remove_dir_all(folder.path().join("sub"))?;
    wait_for(&["new/3.md"], 3)?;
    fs::rename(folder.path().join("new/3.md"), folder.path().join("moved.md"))?;
    wait_for(&["moved.md"], 3)?;
    watching.terminate()?;
    let (status, said) = watching.wait_for_end()?;
    ensure!(status.success() && said.contains("stopping"), "{status}: {said}");
    host.stop()?;
    Ok(())
}
