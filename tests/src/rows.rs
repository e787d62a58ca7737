//! The table of what each component exports and may import, and a reader of built components to hold against it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use serde::Deserialize;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType};
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

/// `tests/imports.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Interfaces that Rust's standard library imports whatever the program does; allowed where a row says `std`.
    pub inert: BTreeSet<String>,
    /// One row a component, by name.
    pub components: BTreeMap<String, Row>,
}

/// One component.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Exactly these, versions left out.
    pub exports: BTreeSet<String>,
    /// At most these.
    pub may_import: BTreeSet<String>,
    /// Whether it is built on the standard library of WASI.
    pub std: bool,
}

impl Table {
    /// Reads the table.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn load() -> anyhow::Result<Self> {
        let path = crate::artefacts::root().join("tests/imports.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("reading {}", path.display()))
    }

    /// Whether a row allows an import.
    #[must_use]
    pub fn allows(&self, row: &Row, import: &str) -> bool {
        let name = unversioned(import);
        row.may_import.contains(name) || (row.std && self.inert.contains(name))
    }
}

/// Names of a component's imports and exports, as they are written in it.
#[derive(Default)]
pub struct Surface {
    /// Everything that it names as imported.
    pub imports: BTreeSet<String>,
    /// Those of them that a host or a composition has to provide: with a function or a resource, not types alone.
    pub needs: BTreeSet<String>,
    /// Everything that it offers.
    pub exports: BTreeSet<String>,
}

impl Surface {
    /// Decodes the outermost component of a file.
    ///
    /// # Errors
    /// When the file is not a component.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
        if !Parser::is_component(&bytes) {
            bail!("{} is not a component", path.display());
        }
        let mut surface = Self::default();
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(&bytes) {
            match payload? {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::ComponentImportSection(imports) if depth == 0 => {
                    for import in imports {
                        surface.imports.insert(import?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(exports) if depth == 0 => {
                    for export in exports {
                        surface.exports.insert(export?.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        let types = Validator::new_with_features(WasmFeatures::all()).validate_all(&bytes)?;
        let types = types.as_ref();
        for import in &surface.imports {
            let Some(ComponentEntityType::Instance(instance)) =
                types.component_item_for_import(import).map(|item| item.ty)
            else {
                bail!("{} imports {import}, which is no interface", path.display());
            };
            let is_provided = types[instance].exports.values().any(|item| match item.ty {
                ComponentEntityType::Type { created, .. } => {
                    matches!(created, ComponentAnyTypeId::Resource(_))
                }
                _ => true,
            });
            if is_provided {
                surface.needs.insert(import.clone());
            }
        }
        Ok(surface)
    }
}

/// `wasi:http/handler@0.3.0` is `wasi:http/handler`.
#[must_use]
pub fn unversioned(name: &str) -> &str {
    name.split_once('@').map_or(name, |(name, _)| name)
}
