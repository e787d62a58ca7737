//! Published models to ours: small ones of random weights, against a forward pass that shares nothing with the engine.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a helper of a test fails the test")]

mod bert;
mod cross_encoders;
mod embedders;
mod errors;
mod hub_folder;

use std::path::{Path, PathBuf};

use gusset_embed_compiler::Error;
use gusset_embed_compiler::add::{Added, add};
use gusset_embed_compiler::published::{Folder, Overrides};

use hub_folder::HubFolder;

/// Adds a model of that folder.
fn added(folder: &HubFolder, overrides: &Overrides) -> Result<Added, Error> {
    add(&Folder::fetched(folder.files.clone()), "tiny", "https://hub.test/owner/tiny", overrides)
}

fn file<'a>(added: &'a Added, name: &str) -> &'a [u8] {
    &added.files.iter().find(|(found, _)| *found == name).unwrap().1
}

/// A folder that is gone when the test is.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left of a failed test does no harm.
        std::fs::remove_dir_all(&self.0).ok();
    }
}
