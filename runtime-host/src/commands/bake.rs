//! `gusset bake`: folders of documents into a component that searches them by itself.

use super::index::kinds::Kinds;
use super::index::read::{Content, Reading, read};
use super::index::walk::{self, Found, Walk};
use super::{built, progress};
use crate::baking::{Added, Baking};
use crate::config::{Config, Environment, Overrides};
use crate::embedding::{self, NativeEmbedder};
use anyhow::{Context, ensure};
use clap::Args;
use gusset_chunk::{Format, Options};
use gusset_gateway::chunking::{Chunking, Chunkings, Strategy};
use gusset_gateway::collection::is_name;
use gusset_gateway::{format, id};
use gusset_retrieve::Document;
use indicatif::{HumanBytes, HumanCount, ProgressBar};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What is baked into unless the command says otherwise, below `target`.
const COMPONENT: &str = "components/baked.wasm";
const APPLICATION: &str = "gusset-baked.wasm";
const FULL: &str = "gusset-baked-full.wasm";

/// Bytes of a document, at most.
const LARGEST: u64 = 1 << 30;

#[derive(Args)]
pub(super) struct Bake {
    /// Folders, as `gusset index` reads them; each makes a collection of its own name, or of NAME
    #[arg(value_name = "[NAME=]DIR", required = true)]
    folders: Vec<String>,
    /// The component to write
    #[arg(short, long, value_name = "WASM")]
    output: PathBuf,
    /// Bake into the whole application, for `gusset up` and Spin
    #[arg(long, conflicts_with_all = ["full", "into"])]
    app: bool,
    /// Bake into the whole application with nothing left open, for `wasmtime serve`
    #[arg(long, conflicts_with = "into")]
    full: bool,
    /// Bake into this component, which `target/components/baked.wasm` is part of
    #[arg(long, value_name = "WASM")]
    into: Option<PathBuf>,
    /// Configuration file, for how documents are cut [default: gusset.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The compiled embedding model of that component [default: target/embed.blob]
    #[arg(long, value_name = "BLOB")]
    model: Option<PathBuf>,
}

/// A folder and the name of its collection.
struct Folder {
    name: String,
    directory: PathBuf,
}

#[derive(Default)]
struct Tally {
    documents: u64,
    passages: u64,
    bytes: u64,
}

// === impl Bake ===

impl Bake {
    pub(super) async fn run(self, environment: &Environment) -> anyhow::Result<()> {
        let overrides = Overrides { file: self.config.clone(), ..Overrides::default() };
        let chunking = Config::load(overrides, environment)?.chunking;
        let folders =
            self.folders.iter().map(|folder| Folder::parse(folder)).collect::<anyhow::Result<Vec<_>>>()?;
        let template = self.template()?;
        tokio::task::spawn_blocking(move || self.bake(&folders, &template, &chunking))
            .await
            .context("the baking broke off")?
    }

    fn template(&self) -> anyhow::Result<PathBuf> {
        match &self.into {
            Some(path) => Ok(path.clone()),
            None if self.app => built(APPLICATION, "--into"),
            None if self.full => built(FULL, "--into"),
            None => built(COMPONENT, "--into"),
        }
    }

    fn bake(&self, folders: &[Folder], template: &Path, chunking: &Chunkings) -> anyhow::Result<()> {
        let start = Instant::now();
        let component =
            std::fs::read(template).with_context(|| format!("{} can't be read", template.display()))?;
        let model = self.model.clone().map_or_else(|| built(embedding::FILE, "--model"), Ok)?;
        let embedder = NativeEmbedder::load(&model)?;
        let fingerprint = &embedder.core().model().fingerprint;
        ensure!(
            gusset_baked_compiler::holds(&component, fingerprint.as_bytes()),
            "{} does not run the embedding model of {}, so it would refuse the collection: name its own with --model",
            template.display(),
            model.display()
        );
        let baking = Baking::new(&embedder);
        let mut tally = Tally::default();
        for folder in folders {
            folder.bake(&baking, options(chunking.of(&folder.name)), &mut tally)?;
        }
        let table = baking.table()?;
        let filled = gusset_baked_compiler::fill(&component, &table)
            .with_context(|| format!("nothing can be baked into {}", template.display()))?;
        write(&self.output, &filled)?;
        println!(
            "{}: {} documents ({}), {} passages, {} of index in {} of component, in {:.1} s",
            self.output.display(),
            HumanCount(tally.documents),
            HumanBytes(tally.bytes),
            HumanCount(tally.passages),
            HumanBytes(table.len() as u64),
            HumanBytes(filled.len() as u64),
            start.elapsed().as_secs_f64()
        );
        Ok(())
    }
}

// === impl Folder ===

impl Folder {
    fn parse(argument: &str) -> anyhow::Result<Self> {
        if let Some((name, directory)) = argument.split_once('=')
            && is_name(name)
        {
            return Ok(Self { name: name.to_owned(), directory: directory.into() });
        }
        let directory = PathBuf::from(argument);
        let path = directory.canonicalize().with_context(|| format!("{argument} can't be read"))?;
        let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        ensure!(
            is_name(&name),
            "{argument}: a collection's name is 1 to 64 of a-z, 0-9, -, _ and ., and {name:?} is none; say NAME={argument}"
        );
        Ok(Self { name, directory })
    }

    /// Adds a collection of what can be read in the folder.
    fn bake(&self, baking: &Baking<'_>, options: Options, tally: &mut Tally) -> anyhow::Result<()> {
        let Self { name, directory } = self;
        let kinds = Kinds::default();
        let mut found = Vec::new();
        let mut unreadable = Vec::new();
        let listed = Walk::new(directory, kinds.clone());
        for entry in listed.with_context(|| format!("{} can't be read", directory.display()))? {
            match entry {
                Found::Document(document) => found.push(document),
                Found::Unreadable(problem) | Found::Closed(problem) => unreadable.push(problem),
            }
        }
        ensure!(
            !found.is_empty(),
            "{} holds no document: no file of {}",
            directory.display(),
            kinds.describe()
        );
        // The same folder gives the same bytes.
        found.sort_by(|a, b| a.path.cmp(&b.path));
        let created_at = found.iter().map(modified).max().unwrap_or_default();
        let mut collection = baking.collection(name, options, created_at)?;
        let bar = progress::files();
        bar.set_length(found.len() as u64);
        unreadable.iter().for_each(|problem| skip(&problem.path, &problem.why, &bar));
        let before = tally.documents;
        for document in &found {
            bar.set_message(document.path.clone());
            match read(document, LARGEST, |_| false) {
                Reading::Text(content) => {
                    if let Some(note) = &content.note {
                        bar.suspend(|| eprintln!("{}: {note}", document.path));
                    }
                    tally.count(collection.add(described(document, content)?)?, &bar);
                }
                Reading::Unreadable(why) => skip(&document.path, &why, &bar),
                Reading::Gone | Reading::Unchanged => skip(&document.path, "it is gone", &bar),
            }
            bar.inc(1);
        }
        tally.count(collection.finish()?, &bar);
        bar.finish_and_clear();
        ensure!(tally.documents > before, "no document of {} could be read", directory.display());
        Ok(())
    }
}

// === impl Tally ===

impl Tally {
    fn count(&mut self, added: Vec<Added>, bar: &ProgressBar) {
        for (document, fate) in added {
            match fate {
                Ok(passages) => {
                    self.documents += 1;
                    self.passages += u64::from(passages);
                    self.bytes += document.content.len() as u64;
                }
                Err(error) => skip(&document.title, &error.to_string(), bar),
            }
        }
    }
}

fn skip(path: &str, why: &str, bar: &ProgressBar) {
    bar.suspend(|| eprintln!("skipped {path}: {why}"));
}

/// A document as `gusset index` describes it, but for its identifier, which there is random: the same path has the same one in every baking.
fn described(document: &walk::Document, content: Content) -> anyhow::Result<Document> {
    let path = document.path.as_str();
    let digest = Sha256::digest(path);
    let entropy = digest.first_chunk().copied().unwrap_or_default();
    Ok(Document {
        id: id::with_prefix("file-", entropy),
        title: path.to_owned(),
        format: match format::of_file_name(path) {
            format::Format::Plain => Format::Plain,
            format::Format::Markdown => Format::Markdown,
            format::Format::Html => Format::Html,
            format::Format::Code => Format::Code,
            format::Format::Csv => Format::Csv,
            format::Format::Json => Format::Json,
        },
        added_at: modified(document),
        metadata: vec![("path".to_owned(), path.to_owned()), ("sha256".to_owned(), content.sha256)],
        content: String::from_utf8(content.text.into())?,
    })
}

/// When a file was written, as Unix time in seconds; zero where the system doesn't say.
fn modified(document: &walk::Document) -> u64 {
    let nanoseconds = document.stamp.modified.and_then(|modified| u64::try_from(modified).ok());
    nanoseconds.unwrap_or_default() / 1_000_000_000
}

/// As the application cuts what is indexed.
fn options(chunking: Chunking) -> Options {
    let Chunking { strategy, max_tokens, overlap_tokens, parent_tokens, context } = chunking;
    let strategy = match strategy {
        Strategy::Recursive => gusset_chunk::Strategy::Recursive,
        Strategy::Structural => gusset_chunk::Strategy::Structural,
        Strategy::Fixed => gusset_chunk::Strategy::Fixed,
        Strategy::Semantic => gusset_chunk::Strategy::Semantic,
    };
    Options { strategy, max_tokens, overlap_tokens, parent_tokens, context }
}

/// Beside its name first, then renamed: nobody serves half a component.
fn write(path: &Path, component: &[u8]) -> anyhow::Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".part");
    let written = std::fs::write(&partial, component).and_then(|()| std::fs::rename(&partial, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    written.with_context(|| format!("{} can't be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_names_its_collection_or_is_given_a_name() {
        let parent = tempfile::tempdir().unwrap();
        for (folder, argument, expected) in [
            ("Handbook", "Handbook", Some("handbook")),
            ("a=b", "./a=b", None),
            ("a=b", "docs=a=b", Some("docs")),
            ("Two words", "Two words", None),
            ("Two words", "faq=Two words", Some("faq")),
        ] {
            std::fs::create_dir_all(parent.path().join(folder)).unwrap();
            let argument = match argument.split_once('=').filter(|(name, _)| is_name(name)) {
                Some((name, folder)) => format!("{name}={}", parent.path().join(folder).display()),
                None => parent.path().join(argument).display().to_string(),
            };
            let name = Folder::parse(&argument).map(|folder| folder.name);
            match (name, expected) {
                (Ok(name), Some(expected)) => assert_eq!(name, expected, "{argument}"),
                (Err(error), None) => assert!(error.to_string().contains("say NAME="), "{error}"),
                (name, _) => panic!("{argument}: {name:?}"),
            }
        }
    }

    #[test]
    fn a_path_has_one_identifier() {
        let of = |path: &str, seconds: i64, text: &'static str| {
            let stamp = walk::Stamp { bytes: text.len() as u64, modified: Some(seconds * 1_000_000_000) };
            let document = walk::Document { path: path.into(), file: path.into(), stamp };
            let content = Content { text: text.into(), sha256: String::new(), note: None };
            described(&document, content).unwrap()
        };
        let one = of("a/b.md", 7, "text");
        assert!(id::has_prefix(&one.id, "file-"));
        assert_eq!(one.id, of("a/b.md", 8, "other").id);
        assert_ne!(one.id, of("a/c.md", 7, "text").id);
        assert_eq!((one.title.as_str(), one.format, one.added_at), ("a/b.md", Format::Markdown, 7));
    }
}
