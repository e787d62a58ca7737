//! The same case folders against `wasmtime serve`: where the two hosts differ, a shell is wrong.

use anyhow::Context;
use gusset_tests::case::Case;
use gusset_tests::wasmtime::{Serve, binary};

/// One test, not one a folder: each server compiles the application, and they would all do it at once.
#[test]
fn every_case() -> anyhow::Result<()> {
    let Some(binary) = binary() else { return Ok(()) };
    for name in Case::names()? {
        let case = Case::load(&name)?;
        let nodes = case.start_nodes()?;
        let variables = case.variables(&nodes);
        if variables.iter().any(|(_, value)| value.contains(',')) {
            println!("skipped: {name} (a comma in its configuration; `-S config-var` ends a value there)");
            continue;
        }
        let server = Serve::start(&binary, &variables)?;
        case.run(server.client()).with_context(|| format!("case {name}"))?;
        println!("passed: {name}");
    }
    Ok(())
}
