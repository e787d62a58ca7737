//! Shells to components: compiled, wrapped, initialised, each at `target/components/<name>.wasm`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;
use wit_component::ComponentEncoder;

use super::Options;
use crate::cargo;
use crate::layout::Layout;
use crate::parts::{PARTS, Part, Target};
use crate::process::Checked as _;
use crate::progress::Step;
use crate::stamp::{Stamp, write_whole};

const PROFILE: &str = "component";

/// Builds every part.
pub(super) fn build(layout: &Layout, options: &Options) -> anyhow::Result<()> {
    compile(layout, Target::Pure, options)?;
    compile(layout, Target::Wasi, options)?;
    PARTS.iter().try_for_each(|part| finish(layout, part))
}

fn compile(layout: &Layout, target: Target, options: &Options) -> anyhow::Result<()> {
    let packages: Vec<String> =
        PARTS.iter().filter(|part| part.target == target).map(Part::package).collect();
    let title = match target {
        Target::Pure => "Components without imports",
        Target::Wasi => "Components over WASI",
    };
    // Through `--config`, not the environment: a path in an argument is part of what cargo compares, and `RUSTFLAGS`
    // would displace the flags of `.cargo/config.toml`.
    let models =
        layout.models().map(|(variable, file)| format!("env.{variable}={:?}", file.display().to_string()));
    let relaxed = format!("target.{}.rustflags=['-C','target-feature=+relaxed-simd']", Target::Pure.triple());
    let mut arguments = vec!["build", "--profile", PROFILE, "--target", target.triple()];
    arguments.extend(models.iter().flat_map(|model| ["--config", model]));
    if options.relaxed_simd {
        arguments.extend(["--config", &relaxed]);
    }
    cargo::build(layout, title, &packages, &arguments)
}

/// From cargo's artefact to the part that ships.
fn finish(layout: &Layout, part: &Part) -> anyhow::Result<()> {
    let artefact = layout.target.join(part.target.triple()).join(PROFILE).join(part.artefact());
    let output = layout.component(part.name);
    let mut inputs = vec![artefact.clone()];
    if part.snapshot.is_some() {
        inputs.push(layout.host());
    }
    let stamp = Stamp::of(layout, part.name, &inputs, &[])?;
    if stamp.is_fresh(&output) {
        return Ok(());
    }
    let component = wrap(part, &artefact)?;
    match part.snapshot {
        Some(call) => snapshot(layout, part, call, &component, &output)?,
        None => write_whole(&output, &component)?,
    }
    stamp.keep()
}

/// On `wasm32-wasip2` the linker has made a component; elsewhere the module becomes one here, without any adapter, so
/// that it imports exactly what its world does.
fn wrap(part: &Part, artefact: &Path) -> anyhow::Result<Vec<u8>> {
    let module = fs::read(artefact).with_context(|| format!("reading {}", artefact.display()))?;
    match part.target {
        Target::Wasi => Ok(module),
        Target::Pure => ComponentEncoder::default()
            .module(&module)
            .and_then(|encoder| encoder.validate(true).encode())
            .with_context(|| format!("making a component of `{}`", part.name)),
    }
}

/// Runs the component's initialisation and writes it with its memory as it is then.
fn snapshot(layout: &Layout, part: &Part, call: &str, component: &[u8], output: &Path) -> anyhow::Result<()> {
    let step = Step::start(format!("Snapshot of {}", part.name), 0);
    let input = layout.scratch(part.name).with_extension("uninitialised.wasm");
    write_whole(&input, component)?;
    if let Some(folder) = output.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut command = Command::new(layout.host());
    command.arg("snapshot").args(["--call", call]).arg(&input).arg(output);
    command.stdout_of("gusset snapshot")?;
    step.done();
    Ok(())
}
