//! `spin.toml` is a manifest that Spin reads, of files that the build makes, with variables that the components read.
#![expect(clippy::indexing_slicing, reason = "what a test looks for and does not find fails the test")]

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, ensure};
use gusset_gateway::Config;
use gusset_tests::artefacts;
use gusset_tests::rows::Surface;
use toml::{Table, Value};

fn manifest() -> anyhow::Result<Table> {
    Ok(fs::read_to_string(artefacts::root().join("spin.toml"))?.parse()?)
}

fn component(manifest: &Table) -> anyhow::Result<&Table> {
    manifest["component"]["gusset"].as_table().context("component.gusset")
}

fn keys(table: &Value) -> BTreeSet<String> {
    table.as_table().into_iter().flatten().map(|(key, _)| key.clone()).collect()
}

/// A path below `target/`, as xtask's target directory has it.
fn made(path: &str) -> anyhow::Result<std::path::PathBuf> {
    artefacts::built(path.strip_prefix("target/").with_context(|| format!("{path} is not below target/"))?)
}

#[test]
fn it_is_a_version_2_manifest_with_one_trigger() -> anyhow::Result<()> {
    let manifest = manifest()?;
    ensure!(manifest["spin_manifest_version"].as_integer() == Some(2), "version");
    let triggers = manifest["trigger"]["http"].as_array().context("trigger.http")?;
    ensure!(triggers.len() == 1 && triggers[0]["route"].as_str() == Some("/..."), "{triggers:?}");
    ensure!(triggers[0]["component"].as_str() == Some("gusset"), "{triggers:?}");
    Ok(())
}

#[test]
fn its_files_are_made_by_the_build() -> anyhow::Result<()> {
    let manifest = manifest()?;
    let component = component(&manifest)?;
    made(component["source"].as_str().context("source")?)?;
    for (_, dependency) in component["dependencies"].as_table().context("dependencies")? {
        made(dependency["path"].as_str().context("path")?)?;
    }
    Ok(())
}

/// Each dependency is named as the composition imports it and as its own file exports it.
#[test]
fn its_dependency_fills_the_hole() -> anyhow::Result<()> {
    let manifest = manifest()?;
    let component = component(&manifest)?;
    let composition = Surface::read(&made(component["source"].as_str().context("source")?)?)?;
    for (interface, dependency) in component["dependencies"].as_table().context("dependencies")? {
        ensure!(composition.imports.contains(interface), "the composition does not import {interface}");
        let part = Surface::read(&made(dependency["path"].as_str().context("path")?)?)?;
        ensure!(part.exports.contains(interface), "the dependency does not export {interface}");
    }
    Ok(())
}

/// What runs on Spin reads variables by these names; one that is misspelt would silently be its default.
#[test]
fn its_variables_are_those_that_are_read() -> anyhow::Result<()> {
    let manifest = manifest()?;
    let component = component(&manifest)?;
    // `generate-http` reads one more.
    let mut read = BTreeSet::from(["nodes".to_owned()]);
    Config::read(|name| {
        read.insert(name.to_owned());
        Ok(None)
    })?;
    let given = keys(&component["variables"]);
    ensure!(given == read, "spin.toml gives {given:?}, components read {read:?}");
    let declared = keys(&manifest["variables"]);
    for name in &given {
        ensure!(declared.contains(name), "{name} is not declared");
        ensure!(component["variables"][name].as_str() == Some(&format!("{{{{ {name} }}}}")), "{name}");
    }
    Ok(())
}

#[test]
fn its_defaults_are_the_gateways() -> anyhow::Result<()> {
    let manifest = manifest()?;
    let defaults = Config::read(|_| Ok(None))?;
    let given = Config::read(|name| Ok(manifest["variables"][name]["default"].as_str().map(str::to_owned)))?;
    ensure!(given == defaults, "{given:?} is not {defaults:?}");
    Ok(())
}

#[test]
fn it_may_reach_the_nodes_alone() -> anyhow::Result<()> {
    let manifest = manifest()?;
    let component = component(&manifest)?;
    ensure!(component["key_value_stores"] == Value::Array(vec!["default".into()]), "key_value_stores");
    ensure!(
        component["allowed_outbound_hosts"] == Value::Array(vec!["{{ nodes_origin }}".into()]),
        "allowed_outbound_hosts"
    );
    let dependency = &component["dependencies"]["gusset:generate/generate@0.1.0"];
    ensure!(
        dependency["inherit_configuration"]
            == Value::Array(vec!["allowed_outbound_hosts".into(), "variables".into()]),
        "{dependency}"
    );
    Ok(())
}
