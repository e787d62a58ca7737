//! Compiled components, kept between starts: compiling takes half a minute, mapping what was compiled a few milliseconds.
//!
//! An artefact's name is the sha256 of its component and the engine's compatibility hash, so a new component, a new version of
//! the engine or another processor never meets an artefact that isn't its own.

use sha2::{Digest, Sha256};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Artefacts kept: today's and those of a few other builds or configurations. Each takes tens of megabytes.
const KEPT: usize = 4;

/// A component read from a file, and where its compiled form is or will be.
pub struct Artefact {
    path: PathBuf,
    bytes: Vec<u8>,
    compiled: Option<PathBuf>,
}

/// Why there is no component to run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No such file, or no right to read it.
    #[error("the component {path} can't be read: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is something else: a core module, perhaps.
    #[error("{path} is not a component: {what}", path = path.display())]
    NotAComponent {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// It's a component, but it doesn't compile: most likely it's damaged.
    #[error("{path} can't be compiled: {reason}", path = path.display())]
    Compile {
        /// The file.
        path: PathBuf,
        /// What the compiler says.
        reason: String,
    },
}

// === impl Artefact ===

impl Artefact {
    /// Reads the component at `path`; `cache` is the directory of compiled ones, if there is to be one.
    ///
    /// # Errors
    /// Where the file can't be read, or is no component.
    pub fn find(engine: &Engine, path: &Path, cache: Option<&Path>) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
        check_header(&bytes).map_err(|what| Error::NotAComponent { path: path.to_owned(), what })?;
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let name = format!("{}-{:016x}.cwasm", hex::encode(Sha256::digest(&bytes)), hasher.finish());
        Ok(Self { path: path.to_owned(), bytes, compiled: cache.map(|directory| directory.join(name)) })
    }

    /// Whether [`Artefact::load`] will find it compiled.
    #[must_use]
    pub fn is_compiled(&self) -> bool {
        self.compiled.as_ref().is_some_and(|path| path.exists())
    }

    /// Where the component is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the component.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Whether the file is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Where the compiled form is kept, if anywhere.
    #[must_use]
    pub fn compiled_path(&self) -> Option<&Path> {
        self.compiled.as_deref()
    }

    /// The component, from its compiled form if there is one that fits, else compiled on all processors and kept. A cache that
    /// can't be written costs the next start its time, nothing else.
    ///
    /// # Errors
    /// Where it doesn't compile.
    pub fn load(&self, engine: &Engine) -> Result<Component, Error> {
        if let Some(component) = self.map(engine) {
            return Ok(component);
        }
        let fault =
            |error: wasmtime::Error| Error::Compile { path: self.path.clone(), reason: format!("{error:#}") };
        let compiled = engine.precompile_component(&self.bytes).map_err(fault)?;
        if let Some(path) = &self.compiled {
            match keep(path, &compiled) {
                Ok(()) => {
                    if let Some(component) = self.map(engine) {
                        return Ok(component);
                    }
                }
                Err(error) => {
                    tracing::warn!("the compiled component can't be kept as {}: {error}", path.display())
                }
            }
        }
        // SAFETY: these bytes came from `precompile_component` of this engine, just now.
        unsafe { Component::deserialize(engine, &compiled) }.map_err(fault)
    }

    fn map(&self, engine: &Engine) -> Option<Component> {
        let path = self.compiled.as_deref().filter(|path| path.exists())?;
        // SAFETY: the file lies in the user's own cache directory, only `keep` writes there, and it does so by renaming a
        // complete file into place. Whoever can put another file there runs code as this user anyway.
        match unsafe { Component::deserialize_file(engine, path) } {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::warn!("{} does not fit this engine and is compiled anew: {error:#}", path.display());
                None
            }
        }
    }
}

/// The first eight bytes of a component: `\0asm`, its version, and the layer that tells it from a core module.
fn check_header(bytes: &[u8]) -> Result<(), &'static str> {
    match bytes.get(..8) {
        Some(b"\0asm\x0d\0\x01\0") => Ok(()),
        Some(b"\0asm\x01\0\0\0") => Err("it is a core module; make a component of it first"),
        Some([0, b'a', b's', b'm', ..]) => Err("it is WebAssembly of a version that is not known"),
        _ => Err("it does not begin as WebAssembly does"),
    }
}

/// Writes the artefact beside its name and renames it, so that nobody ever maps half of one; then forgets the oldest ones.
fn keep(path: &Path, compiled: &[u8]) -> std::io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    private_directory(directory)?;
    let partial = path.with_extension(format!("{}.part", std::process::id()));
    let written = std::fs::File::create(&partial)
        .and_then(|mut file| file.write_all(compiled).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&partial, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    written?;
    forget_oldest(directory)
}

/// What lies in this directory is run as machine code: nobody else may write to it.
fn private_directory(directory: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

fn forget_oldest(directory: &Path) -> std::io::Result<()> {
    let mut artefacts: Vec<_> = std::fs::read_dir(directory)?
        .filter_map(Result::ok)
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "cwasm"))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    artefacts.sort_by(|a, b| b.cmp(a));
    // One that is mapped stays readable for whoever runs it.
    artefacts.iter().skip(KEPT).try_for_each(|(_, path)| std::fs::remove_file(path))
}
