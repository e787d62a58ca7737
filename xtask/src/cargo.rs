//! `cargo build` and its kin, with a bar that knows how much is left.
//!
//! The bar's length is the number of packages that the selected ones depend on; cargo reports each as it is done,
//! fresh or compiled, so the end is exact without any unstable option.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::layout::{Layout, cargo};
use crate::process::Checked as _;
use crate::progress::{Step, is_interactive};

/// Runs `cargo <arguments>` for `packages`, showing `title`.
///
/// # Errors
/// Cargo's own, which it has printed.
pub(crate) fn build(
    layout: &Layout,
    title: &str,
    packages: &[String],
    arguments: &[&str],
) -> anyhow::Result<()> {
    let mut command = Command::new(cargo());
    command.current_dir(&layout.root).args(arguments);
    for package in packages {
        command.args(["-p", package]);
    }
    if !is_interactive() {
        eprintln!("{title} …");
        return command.checked(title);
    }
    let step = Step::start(title, reachable(&layout.metadata, packages));
    let mut child = command
        .args(["--quiet", "--message-format", "json-render-diagnostics"])
        .env("CARGO_TERM_COLOR", "always")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("starting cargo")?;
    let stderr = child.stderr.take().context("cargo's standard error")?;
    let stdout = child.stdout.take().context("cargo's standard output")?;
    let status = std::thread::scope(|scope| {
        scope
            .spawn(|| BufReader::new(stderr).lines().map_while(Result::ok).for_each(|line| step.line(&line)));
        let mut seen = HashSet::new();
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some((id, name)) = finished_package(&line) {
                seen.insert(id);
                step.at(seen.len() as u64, name);
            }
        }
        child.wait()
    })?;
    step.done();
    if !status.success() {
        bail!("{title} failed");
    }
    Ok(())
}

/// Runs cargo as it is, for verbs whose own output is what the user wants.
pub(crate) fn plain(layout: &Layout, what: &str, arguments: &[&str]) -> anyhow::Result<()> {
    Command::new(cargo()).current_dir(&layout.root).args(arguments).checked(what)
}

fn finished_package(line: &str) -> Option<(String, String)> {
    let message: Value = serde_json::from_str(line).ok()?;
    if message.get("reason")?.as_str()? != "compiler-artifact" {
        return None;
    }
    let id = message.get("package_id")?.as_str()?.to_owned();
    let name = message.get("target")?.get("name")?.as_str()?.to_owned();
    Some((id, name))
}

/// Packages that `packages` need, directly or not, at run or build time.
fn reachable(metadata: &Value, packages: &[String]) -> u64 {
    let nodes = metadata.pointer("/resolve/nodes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let id_of = |value: &Value| {
        value.get("id").or_else(|| value.get("pkg")).and_then(Value::as_str).map(str::to_owned)
    };
    let mut todo: Vec<String> = metadata
        .get("packages")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|package| {
            let name = package.get("name").and_then(Value::as_str).unwrap_or_default();
            packages.iter().any(|wanted| wanted == name)
        })
        .filter_map(id_of)
        .collect();
    let mut seen = HashSet::new();
    while let Some(id) = todo.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let Some(node) = nodes.iter().find(|node| id_of(node).as_deref() == Some(&id)) else { continue };
        let dependencies = node.get("deps").and_then(Value::as_array);
        for dependency in dependencies.into_iter().flatten() {
            let kinds = dependency.get("dep_kinds").and_then(Value::as_array);
            let is_built = kinds
                .into_iter()
                .flatten()
                .any(|kind| kind.get("kind").and_then(Value::as_str) != Some("dev"));
            if is_built {
                todo.extend(id_of(dependency));
            }
        }
    }
    seen.len() as u64
}
