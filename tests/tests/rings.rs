//! Dependencies point inward: cores use cores, shells use cores, the host uses cores, and nobody uses a shell.
#![expect(clippy::indexing_slicing, reason = "what a test looks for and does not find fails the test")]

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context, ensure};
use gusset_tests::artefacts;
use serde_json::Value;

struct Member {
    name: String,
    /// Its folder, below the repository.
    folder: String,
    is_shell: bool,
    /// Normal dependencies that are members too.
    uses: BTreeSet<String>,
    /// All normal dependencies.
    dependencies: BTreeSet<String>,
}

impl Member {
    fn is_core(&self) -> bool {
        self.folder.starts_with("components/") && !self.is_shell && self.name != "gusset-bindings"
    }
}

fn members() -> anyhow::Result<Vec<Member>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(artefacts::root())
        .output()?;
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().context("packages")?;
    let names: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    packages
        .iter()
        .map(|package| {
            let manifest = package["manifest_path"].as_str().context("manifest_path")?;
            let folder = std::path::Path::new(manifest).parent().context("folder")?;
            let folder = folder.strip_prefix(artefacts::root().canonicalize()?)?.display().to_string();
            let targets = package["targets"].as_array().context("targets")?;
            let dependencies: BTreeSet<String> = package["dependencies"]
                .as_array()
                .context("dependencies")?
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
                .collect();
            Ok(Member {
                name: package["name"].as_str().context("name")?.to_owned(),
                folder,
                is_shell: targets.iter().any(|target| {
                    target["crate_types"].as_array().is_some_and(|kinds| kinds.contains(&"cdylib".into()))
                }),
                uses: dependencies.iter().filter(|name| names.contains(name.as_str())).cloned().collect(),
                dependencies,
            })
        })
        .collect()
}

#[test]
fn there_are_three_rings() -> anyhow::Result<()> {
    let members = members()?;
    let shells = members.iter().filter(|member| member.is_shell).count();
    let cores = members.iter().filter(|member| member.is_core()).count();
    ensure!(shells >= 8 && cores >= 8, "{shells} shells and {cores} cores: this test no longer knows them");
    Ok(())
}

#[test]
fn cores_use_only_cores() -> anyhow::Result<()> {
    let members = members()?;
    let cores: BTreeSet<&str> =
        members.iter().filter(|member| member.is_core()).map(|member| member.name.as_str()).collect();
    for core in members.iter().filter(|member| member.is_core()) {
        let outside: Vec<&String> = core.uses.iter().filter(|name| !cores.contains(name.as_str())).collect();
        ensure!(outside.is_empty(), "{} uses {outside:?}", core.name);
    }
    Ok(())
}

/// WIT, I/O, clocks and randomness have crates, and no core names one of them.
#[test]
fn cores_reach_nothing() -> anyhow::Result<()> {
    const REACHING: [&str; 12] = [
        "wit-bindgen",
        "spin-sdk",
        "wasmtime",
        "tokio",
        "hyper",
        "reqwest",
        "rusqlite",
        "redis",
        "rand",
        "getrandom",
        "chrono",
        "time",
    ];
    for core in members()?.iter().filter(|member| member.is_core()) {
        for name in REACHING {
            ensure!(!core.dependencies.contains(name), "{} depends on {name}", core.name);
        }
    }
    Ok(())
}

/// Except those in whose memory others are linked, so that there is one copy of the weights in it.
#[test]
fn nothing_uses_a_shell() -> anyhow::Result<()> {
    const LINKING: [&str; 2] = ["gusset-models-component", "gusset-baked-component"];
    let members = members()?;
    for shell in members.iter().filter(|member| member.is_shell) {
        let users: Vec<&str> = members
            .iter()
            .filter(|member| member.uses.contains(&shell.name) && !LINKING.contains(&member.name.as_str()))
            .map(|member| member.name.as_str())
            .collect();
        ensure!(users.is_empty(), "{} is used by {users:?}", shell.name);
    }
    Ok(())
}

#[test]
fn the_host_uses_only_cores() -> anyhow::Result<()> {
    // The host, and the crate beside it that speaks to databases.
    const HOST: [&str; 2] = ["gusset", "gusset-engines-native"];
    let members = members()?;
    let cores: BTreeSet<&str> =
        members.iter().filter(|member| member.is_core()).map(|member| member.name.as_str()).collect();
    let allowed = |name: &str| cores.contains(name) || HOST.contains(&name);
    for name in HOST {
        let host = members.iter().find(|member| member.name == name).context("the host")?;
        let outside: Vec<&String> = host.uses.iter().filter(|name| !allowed(name)).collect();
        ensure!(outside.is_empty(), "{name} uses {outside:?}");
        ensure!(!host.uses.contains("gusset-embed-compiler"), "the host parses no model");
    }
    Ok(())
}
