//! Folders of documents, and `gusset bake` of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use anyhow::ensure;
use tempfile::TempDir;

use crate::artefacts;
use crate::documents::document;
use crate::host::gusset;

/// A folder `docs` with documents in it, and room beside it.
pub struct Bakery {
    folder: TempDir,
}

impl Bakery {
    /// With so many documents of [`crate::documents`], and two of other formats.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn new(documents: usize) -> anyhow::Result<Self> {
        let bakery = Self { folder: tempfile::tempdir()? };
        let docs = bakery.docs();
        fs::create_dir_all(docs.join("deep"))?;
        for n in 0..documents {
            fs::write(docs.join(format!("light-{n:02}.md")), document(n).0)?;
        }
        fs::write(
            docs.join("deep/ferry.html"),
            "<html><body><h1>Ferry</h1><p>The last ferry to the island leaves at nine in the evening.</p></body></html>",
        )?;
        fs::write(
            docs.join("deep/tide.txt"),
            "High water comes twice a day.\n\nAt spring tide the causeway floods.\n",
        )?;
        // The same files every time, so that what is baked is compiled once.
        let written = UNIX_EPOCH + Duration::from_secs(7);
        for folder in [docs.clone(), docs.join("deep")] {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_file() {
                    fs::File::options().write(true).open(path)?.set_modified(written)?;
                }
            }
        }
        Ok(bakery)
    }

    /// The documents.
    #[must_use]
    pub fn docs(&self) -> PathBuf {
        self.path().join("docs")
    }

    /// Where they are, and where what is baked goes.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs `gusset bake DOCS -o OUTPUT` with further arguments; what it said, on success and on failure.
    ///
    /// # Errors
    /// When it was not built.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<Result<String, String>> {
        let mut command = gusset()?;
        // The build's results are looked for below the working directory.
        let model = artefacts::built("embed.blob")?;
        command.arg("bake").args(arguments).arg("--model").arg(model).current_dir(self.path());
        let output = command.output()?;
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let all = said(&output.stdout) + &said(&output.stderr);
        Ok(if output.status.success() { Ok(all) } else { Err(all) })
    }

    /// The documents, baked into a component that the build made.
    ///
    /// # Errors
    /// When they can't be; with what was said.
    pub fn bake(&self, into: &str) -> anyhow::Result<PathBuf> {
        let into = artefacts::built(into)?.display().to_string();
        let output = self.path().join("baked.wasm");
        let said = self.run(&["docs", "-o", "baked.wasm", "--into", &into])?;
        ensure!(said.is_ok(), "{said:?}");
        Ok(output)
    }
}
