//! Every built component imports what its row of `tests/imports.toml` allows, and exports what it says.
//!
//! Decoded from the bytes that ship: what a source or a world promises is not looked at.

use std::collections::BTreeSet;
use std::fs;

use anyhow::ensure;
use gusset_tests::artefacts;
use gusset_tests::rows::{Surface, Table, unversioned};

#[test]
fn every_component_keeps_its_row() -> anyhow::Result<()> {
    let table = Table::load()?;
    let mut complaints = Vec::new();
    for (name, row) in &table.components {
        let surface = Surface::read(&artefacts::component(name)?)?;
        let refused = surface.imports.iter().filter(|import| !table.allows(row, import));
        complaints.extend(refused.map(|import| format!("{name} imports {import}")));
        let exports: BTreeSet<String> =
            surface.exports.iter().map(|name| unversioned(name).to_owned()).collect();
        if exports != row.exports {
            complaints.push(format!("{name} exports {exports:?}, its row says {:?}", row.exports));
        }
    }
    ensure!(complaints.is_empty(), "{}", complaints.join("\n"));
    Ok(())
}

#[test]
fn every_component_has_a_row() -> anyhow::Result<()> {
    let table = Table::load()?;
    for entry in fs::read_dir(artefacts::built("components")?)? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        ensure!(table.components.contains_key(&name), "tests/imports.toml has no row for {}", path.display());
    }
    Ok(())
}

/// The sentence of the design that matters most, once more in plain words.
#[test]
fn no_text_leaves_through_a_pure_component() -> anyhow::Result<()> {
    for name in ["embed", "rerank"] {
        ensure!(Surface::read(&artefacts::component(name)?)?.imports.is_empty(), "{name} has an import");
    }
    let can_call_out = |name: &str| -> anyhow::Result<bool> {
        let surface = Surface::read(&artefacts::component(name)?)?;
        let outbound = ["wasi:http/client", "wasi:http/outgoing-handler", "wasi:sockets/"];
        Ok(surface.imports.iter().any(|import| outbound.iter().any(|prefix| import.starts_with(prefix))))
    };
    for name in Table::load()?.components.keys() {
        ensure!(
            can_call_out(name)? == ["generate-http", "retrieve-qdrant"].contains(&name.as_str()),
            "outbound HTTP is for completions and for an engine, not for {name}"
        );
    }
    Ok(())
}

/// Nobody but Spin fills `spin:postgres`.
#[test]
fn the_composition_over_postgres_is_for_spin() -> anyhow::Result<()> {
    let surface = Surface::read(&artefacts::built("gusset-postgres.wasm")?)?;
    let own: Vec<&String> = surface.needs.iter().filter(|import| !import.starts_with("wasi:")).collect();
    ensure!(own == ["gusset:generate/generate@0.1.0", "spin:postgres/postgres@4.2.0"], "{own:?}");
    ensure!(!surface.imports.iter().any(|import| import.starts_with("wasi:http/client")), "outbound HTTP");
    Ok(())
}

#[test]
fn the_composition_has_one_hole_and_one_export() -> anyhow::Result<()> {
    for (whole, full) in [
        ("gusset.wasm", "gusset-full.wasm"),
        ("gusset-baked.wasm", "gusset-baked-full.wasm"),
        ("gusset-qdrant.wasm", "gusset-qdrant-full.wasm"),
    ] {
        let composed = Surface::read(&artefacts::built(whole)?)?;
        let holes: Vec<&String> =
            composed.needs.iter().filter(|import| import.starts_with("gusset:")).collect();
        ensure!(holes == ["gusset:generate/generate@0.1.0"], "holes of {whole}: {holes:?}");
        ensure!(
            composed.exports.iter().map(String::as_str).eq(["wasi:http/handler@0.3.0"]),
            "{:?}",
            composed.exports
        );

        let surface = Surface::read(&artefacts::built(full)?)?;
        let open: Vec<&String> =
            surface.needs.iter().filter(|import| import.starts_with("gusset:")).collect();
        ensure!(open.is_empty(), "{full} leaves open: {open:?}");
        ensure!(!surface.imports.iter().any(|import| import.contains("draft2")), "{:?}", surface.imports);
    }
    Ok(())
}
