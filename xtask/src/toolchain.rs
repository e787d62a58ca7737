//! The two WebAssembly targets of the installed toolchain.

use std::process::Command;

use anyhow::bail;

use crate::parts::Target;
use crate::process::Checked as _;

/// Adds the targets that are missing, with `rustup`; says what to do where it can't.
pub(crate) fn ensure_targets() -> anyhow::Result<()> {
    let sysroot = String::from_utf8(
        Command::new("rustc").args(["--print", "sysroot"]).stdout_of("rustc --print sysroot")?,
    )?;
    let libraries = std::path::Path::new(sysroot.trim()).join("lib").join("rustlib");
    let missing: Vec<&str> = Target::ALL
        .iter()
        .map(|target| target.triple())
        .filter(|triple| !libraries.join(triple).is_dir())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let remedy = format!("rustup target add {}", missing.join(" "));
    let added = Command::new("rustup").args(["target", "add"]).args(&missing).checked(&remedy);
    if let Err(reason) = added {
        bail!("the toolchain lacks a WebAssembly target ({reason}); run: {remedy}");
    }
    Ok(())
}
