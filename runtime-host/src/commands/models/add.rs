//! `gusset models add`: a model of the BERT family, from a folder or a hub, to a folder of `models`.

use super::hub::Hub;
use crate::config::Environment;
use anyhow::{Context, bail, ensure};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[derive(Args)]
pub(super) struct Add {
    /// A model's folder (config.json, tokenizer.json, model.safetensors or model.onnx), or its name on a hub, as owner/name
    #[arg(value_name = "PATH|ID")]
    source: String,
    /// What to call it [default: the last part of its path or name]
    #[arg(long)]
    name: Option<String>,
    /// Folder of models
    #[arg(long, value_name = "DIR", default_value = "models")]
    into: PathBuf,
    /// Version on the hub: a branch, a tag or a commit
    #[arg(long, default_value = "main")]
    revision: String,
    /// How tokens become one vector [default: as the model's configuration says]
    #[arg(long, value_parser = ["mean", "cls", "max"])]
    pooling: Option<String>,
    /// Put before a query [default: as the model's configuration says]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    query_prefix: Option<String>,
    /// Put before a passage [default: as the model's configuration says]
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    passage_prefix: Option<String>,
    /// Longest input in tokens [default: as the model's configuration says]
    #[arg(long, value_name = "NUMBER")]
    max_tokens: Option<u32>,
    /// Bits of the word embedding: 4 makes the model of a large vocabulary smaller
    #[arg(long, value_parser = ["4", "8"])]
    embedding_bits: Option<String>,
    /// Keep the model even if int8 is too far from f32
    #[arg(long)]
    force: bool,
}

/// Where a model comes from.
#[derive(Debug, PartialEq, Eq)]
enum Source<'a> {
    Folder(&'a Path),
    Hub(&'a str),
}

// === impl Add ===

impl Add {
    pub(super) async fn run(self, environment: &Environment) -> anyhow::Result<()> {
        let source = Source::of(&self.source)?;
        let name = match self.name {
            Some(name) => name,
            None => source.name()?,
        };
        let target = self.into.join(&name);
        ensure!(
            !target.exists(),
            "{} is there already; remove it, or give another name with --name",
            target.display()
        );
        let compiler = compiler()?;
        let fetched = Fetched(std::env::temp_dir().join(format!("gusset-model-{}", std::process::id())));
        let (folder, origin) = match source {
            Source::Folder(path) => (path, name.clone()),
            Source::Hub(id) => {
                let hub = Hub::new(environment.hub())?;
                hub.fetch(id, &self.revision, &fetched.0).await?;
                (fetched.0.as_path(), hub.address(id, &self.revision))
            }
        };
        let mut command = Command::new(compiler);
        command.args(["add", "--name", &name, "--origin", &origin]);
        command.arg("--source").arg(folder).arg("--out").arg(&target);
        let max_tokens = self.max_tokens.map(|tokens| tokens.to_string());
        for (argument, value) in [
            ("--pooling", self.pooling),
            ("--query-prefix", self.query_prefix),
            ("--passage-prefix", self.passage_prefix),
            ("--max-tokens", max_tokens),
            ("--embedding-bits", self.embedding_bits),
        ] {
            // In one word: a prefix may begin with a dash.
            command.args(value.map(|value| format!("{argument}={value}")));
        }
        command.args(self.force.then_some("--force"));
        println!("converting, and comparing int8 with f32 ...");
        // What it has to say against the model is this program's error; the rest is shown as it comes.
        let output =
            command.stdout(Stdio::inherit()).output().context("the model compiler can't be started")?;
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim().trim_start_matches("error: ");
        ensure!(output.status.success(), "{} can't be added: {said}", self.source);
        Ok(())
    }
}

/// The program that reads model files, so that this one doesn't: it lies beside it.
fn compiler() -> anyhow::Result<PathBuf> {
    let name = format!("gusset-embed-compiler{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::current_exe().context("this program's own place is unknown")?.with_file_name(name);
    ensure!(
        path.exists(),
        "there is no {}, which reads models; `cargo xtask build` makes it, keep it beside this program",
        path.display()
    );
    Ok(path)
}

/// A folder of fetched files, which goes when they are read.
struct Fetched(PathBuf);

impl Drop for Fetched {
    fn drop(&mut self) {
        // Absent, where nothing was fetched; and whatever can't be removed is the system's to clean.
        std::fs::remove_dir_all(&self.0).ok();
    }
}

impl<'a> Source<'a> {
    /// A folder if there is one of that path, else a name on a hub if it can be one.
    fn of(text: &'a str) -> anyhow::Result<Self> {
        let path = Path::new(text);
        if path.is_dir() {
            return Ok(Self::Folder(path));
        }
        ensure!(!path.is_file(), "{text} is a file; give the folder of the model, with all its files");
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(plain);
        match text.split('/').collect::<Vec<_>>().as_slice() {
            [owner, name] if part(owner) && part(name) => Ok(Self::Hub(text)),
            _ => bail!("{text} is neither a folder nor a name on a hub, which is written owner/name"),
        }
    }

    fn name(&self) -> anyhow::Result<String> {
        let name = match self {
            Self::Folder(path) => {
                path.canonicalize()?.file_name().map(|name| name.to_string_lossy().into_owned())
            }
            Self::Hub(id) => id.rsplit('/').next().map(str::to_owned),
        };
        let name = name.context("the folder has no name; give one with --name")?;
        Ok(name.to_lowercase().replace(' ', "-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_a_folder_or_a_name_on_a_hub() {
        let hub = Source::of("Owner/Some-Model.v1_5").unwrap();
        assert_eq!(hub, Source::Hub("Owner/Some-Model.v1_5"));
        assert_eq!(hub.name().unwrap(), "some-model.v1_5");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display().to_string();
        assert_eq!(Source::of(&path).unwrap(), Source::Folder(folder.path()));
        for text in ["", "alone", "../up", "a/b/c", "a/..", "a/b?c", "/no/such/folder"] {
            let error = Source::of(text).unwrap_err().to_string();
            assert!(error.contains("owner/name"), "{text}: {error}");
        }
    }
}
