//! A component with its first call behind it: initialised once, at build time, and saved as it then stands.
//!
//! Only for components that import nothing, so that nothing of the build machine can enter the snapshot. The build calls this; the running
//! host never does.

use anyhow::{Context, Result, ensure};
use wasmtime::component::Linker;
use wasmtime::{Config, Engine, Store};
use wasmtime_wizer::Wizer;

/// The call that makes the `embed` component read its model and build tokenizer and plan.
const FIRST_CALL: &str = "gusset:embed/embed@0.1.0.model-info()";

/// wasmtime maps an image copy-on-write without being told to if its span is below this many times its data.
const DENSE: u64 = 2;

/// Runs the first call of the `embed` component and returns the component with its memory as the call left it: a new instance
/// parses and builds nothing.
///
/// # Errors
/// A component that imports something, that traps, or whose memory is so sparse that hosts would copy it for each instance.
pub fn snapshot(component: &[u8]) -> Result<Vec<u8>> {
    let engine = Engine::new(&Config::new()).context("configuring the engine")?;
    let mut store = Store::new(&engine, ());
    let mut wizer = Wizer::new();
    wizer.init_func(FIRST_CALL).keep_init_func(true);
    let linker = Linker::new(&engine);
    let run = wizer.run_component(&mut store, component, async |store, component| {
        linker.instantiate_async(store, component).await
    });
    let (snapshot, _) =
        futures::executor::block_on(run).context("initialising the component for its snapshot")?;
    let memory = Memory::of(&snapshot)?;
    ensure!(
        memory.span < DENSE * memory.data,
        "the snapshot holds {} bytes of data spread over {}: every instance would copy it",
        memory.data,
        memory.span
    );
    Ok(snapshot)
}

/// How much of a component's initial memory is data.
#[derive(Debug, PartialEq, Eq)]
struct Memory {
    /// Bytes initialised.
    data: u64,
    /// Bytes from the first to the last of them.
    span: u64,
}
