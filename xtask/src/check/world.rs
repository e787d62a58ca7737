//! The compositions are what their worlds in `wit/world.wit` say.
//!
//! The `targets` clause of a `.wac` file would do, if it weren't for what Rust's standard library imports on
//! `wasm32-wasip2`, used or not: those inert interfaces of WASI 0.2 are no part of our contract, and allowed here.

use std::path::Path;

use anyhow::{Context, bail};
use wac_graph::types::{ItemKind, Package, Type, Types, WorldId, validate_target};

use crate::layout::Layout;

/// Packages of WASI 0.2 that the standard library imports.
const INERT: [&str; 5] = ["wasi:cli/", "wasi:io/", "wasi:clocks/", "wasi:filesystem/", "wasi:random/"];

/// # Errors
/// Says what the composition has that its world doesn't, and the other way round.
pub(super) fn check(layout: &Layout) -> anyhow::Result<()> {
    for (world, component) in [
        ("host-application", layout.host_composition()),
        ("open-application", layout.open_composition()),
        ("application", layout.composition()),
        ("application", layout.baked_composition()),
        ("qdrant-application", layout.qdrant_composition()),
        ("postgres-application", layout.postgres_composition()),
        ("baked", layout.component("baked")),
    ] {
        let lines = report(layout, world, &component)?;
        if !lines.is_empty() {
            bail!("{} does not fit the world `{world}`:\n{}", layout.shown(&component), lines.join("\n"));
        }
    }
    Ok(())
}

fn report(layout: &Layout, world: &str, component: &Path) -> anyhow::Result<Vec<String>> {
    let mut resolve = wit_parser::Resolve::new();
    let (package, _) = resolve.push_dir(layout.root.join("wit"))?;
    let encoded = wit_component::encode(&resolve, package)?;
    let mut types = Types::default();
    let contracts = Package::from_bytes("gusset:system", None, encoded, &mut types)?;
    let component = Package::from_file("gusset:composition", None, component, &mut types)?;
    let world = find(&types, contracts.ty(), world)?;
    let Err(report) = validate_target(&types, world, component.ty()) else { return Ok(Vec::new()) };
    let is_inert = |name: &str| name.contains("@0.2.") && INERT.iter().any(|inert| name.starts_with(inert));
    let extra =
        report.imports_not_in_target().filter(|name| !is_inert(name)).map(|name| format!("  imports {name}"));
    let missing = report.missing_exports().map(|(name, _)| format!("  does not export {name}"));
    let other = report.mismatched_types().map(|(name, _, reason)| format!("  {name}: {reason:#}"));
    Ok(extra.chain(missing).chain(other).collect())
}

/// A WIT package is encoded as a component that exports each world as a type, and that type exports the world itself.
fn find(types: &Types, package: WorldId, name: &str) -> anyhow::Result<WorldId> {
    let outer = match types[package].exports.get(name) {
        Some(ItemKind::Type(Type::World(outer))) => *outer,
        _ => bail!("wit/world.wit has no world `{name}`"),
    };
    match types[outer].exports.values().next() {
        Some(ItemKind::Component(world)) => Ok(*world),
        _ => None.with_context(|| format!("the world `{name}` is encoded in an unknown way")),
    }
}
