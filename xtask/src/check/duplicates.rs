//! Crates that ship in more than one version: each is code and compile time twice, so each needs a reason.
//!
//! `xtask/duplicates.toml` lists them. An entry that no longer applies is an error too, or the list would only grow.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::layout::Layout;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Accepted {
    #[serde(default)]
    crates: BTreeMap<String, String>,
}

/// # Errors
/// Names each duplicate without a reason, and each reason without a duplicate.
pub(super) fn check(layout: &Layout) -> anyhow::Result<()> {
    let file = layout.root.join("xtask").join("duplicates.toml");
    let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let accepted: Accepted = toml::from_str(&text).with_context(|| format!("reading {}", file.display()))?;
    let found: BTreeMap<String, BTreeSet<String>> =
        shipped(&layout.metadata).into_iter().filter(|(_, versions)| versions.len() > 1).collect();
    let mut lines: Vec<String> = found
        .iter()
        .filter(|(name, _)| !accepted.crates.contains_key(*name))
        .map(|(name, versions)| {
            format!("  {name} ships as {}", versions.iter().cloned().collect::<Vec<_>>().join(" and "))
        })
        .collect();
    lines.extend(
        accepted
            .crates
            .keys()
            .filter(|name| !found.contains_key(*name))
            .map(|name| format!("  {name} is listed, but no duplicate")),
    );
    if lines.is_empty() {
        return Ok(());
    }
    bail!(
        "duplicate dependencies (see `cargo tree -i <crate>`; xtask/duplicates.toml lists the accepted ones):\n{}",
        lines.join("\n")
    )
}

/// Versions of each crate that becomes part of the host, by normal dependencies: what only builds or tests doesn't ship.
fn shipped(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let text =
        |value: &Value, field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = |value: &Value, pointer: &str| {
        value.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let packages: BTreeMap<String, Value> =
        list(metadata, "/packages").into_iter().map(|package| (text(&package, "id"), package)).collect();
    let nodes: BTreeMap<String, Value> =
        list(metadata, "/resolve/nodes").into_iter().map(|node| (text(&node, "id"), node)).collect();
    let is_macro = |id: &str| {
        packages.get(id).is_some_and(|package| {
            list(package, "/targets")
                .iter()
                .any(|target| list(target, "/kind").contains(&Value::from("proc-macro")))
        })
    };
    let mut todo: Vec<String> = packages
        .iter()
        .filter(|(_, package)| text(package, "name") == "gusset")
        .map(|(id, _)| id.clone())
        .collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = todo.pop() {
        if is_macro(&id) || !seen.insert(id.clone()) {
            continue;
        }
        let dependencies = nodes.get(&id).map(|node| list(node, "/deps")).unwrap_or_default();
        todo.extend(
            dependencies
                .iter()
                .filter(|dependency| {
                    list(dependency, "/dep_kinds")
                        .iter()
                        .any(|kind| kind.get("kind").is_none_or(Value::is_null))
                })
                .map(|dependency| text(dependency, "pkg")),
        );
    }
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in seen.iter().filter_map(|id| packages.get(id)) {
        versions.entry(text(package, "name")).or_default().insert(text(package, "version"));
    }
    versions
}
