//! A component with its first call behind it: initialised once, at build time, and saved as it then stands.
//!
//! What a component imports traps when it is called, so nothing of the build machine can enter the snapshot. The build calls this; the running host never
//! does.

use anyhow::{Context, Result, bail, ensure};
use wasmparser::{DataKind, Operator, Parser, Payload};
use wasmtime::component::Linker;
use wasmtime::{Config, Engine, Store};
use wasmtime_wizer::Wizer;

/// wasmtime maps an image copy-on-write without being told to if its span is below this many times its data.
const DENSE: u64 = 2;

/// Runs `call` (in WAVE, such as `gusset:embed/embed.model-info@0.1.0()`) and returns the component with its memory as the call left it: what
/// the call reads and builds, no new instance reads or builds again. Blocks; not to be called from async code.
///
/// # Errors
/// A component that calls an import, that traps, or whose memory is so sparse that hosts would copy it for each instance.
pub fn snapshot(component: &[u8], call: &str) -> Result<Vec<u8>> {
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    let engine = Engine::new(&config)?;
    let mut store = Store::new(&engine, ());
    let mut wizer = Wizer::new();
    wizer.init_func(call).keep_init_func(true);
    let run = wizer.run_component(&mut store, component, async |store, component| {
        let mut linker = Linker::new(&engine);
        linker.define_unknown_imports_as_traps(component)?;
        linker.instantiate_async(store, component).await
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let (snapshot, _) = runtime
        .block_on(run)
        .map_err(anyhow::Error::from)
        .context("initialising the component for its snapshot")?;
    for memory in memories(&snapshot)? {
        ensure!(
            memory.span < DENSE * memory.data,
            "the snapshot's memory holds {} bytes of data spread over {}: every instance would copy it",
            memory.data,
            memory.span
        );
    }
    Ok(snapshot)
}

/// What is initialised of a memory.
#[derive(Debug, PartialEq, Eq)]
struct Memory {
    /// Bytes of data.
    data: u64,
    /// Bytes from the first to the last of them.
    span: u64,
}

/// The memories that a component's modules initialise, one a module.
fn memories(component: &[u8]) -> Result<Vec<Memory>> {
    let mut memories = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        let Payload::DataSection(segments) = payload? else { continue };
        let (mut data, mut first, mut last) = (0, u64::MAX, 0);
        for segment in segments {
            let segment = segment?;
            let DataKind::Active { offset_expr, .. } = segment.kind else { continue };
            let Operator::I32Const { value } = offset_expr.get_operators_reader().read()? else {
                bail!("a data segment starts at a place that isn't constant");
            };
            let start = u64::from(value.cast_unsigned());
            let length = segment.data.len() as u64;
            data += length;
            first = first.min(start);
            last = last.max(start + length);
        }
        // Adapters between a module and the resources it exports have a section of data with nothing in it.
        if data > 0 {
            memories.push(Memory { data, span: last.saturating_sub(first) });
        }
    }
    Ok(memories)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A component of one module with data at 16..20 and 1000..1004.
    const SPARSE: &[u8] = &[
        0, b'a', b's', b'm', 0x0d, 0, 1, 0, // component
        1, 35, // core module
        0, b'a', b's', b'm', 1, 0, 0, 0, //
        5, 3, 1, 0, 1, // memory of one page
        11, 20, 2, // data
        0, 0x41, 16, 0x0b, 4, 1, 2, 3, 4, //
        0, 0x41, 0xe8, 0x07, 0x0b, 4, 5, 6, 7, 8,
    ];

    #[test]
    fn measures_the_span_of_data() {
        assert_eq!(memories(SPARSE).unwrap(), [Memory { data: 8, span: 988 }]);
    }

    const CALL: &str = "gusset:embed/embed.model-info@0.1.0()";

    #[test]
    fn refuses_what_cannot_be_initialised() {
        let error = snapshot(SPARSE, CALL).unwrap_err();
        assert!(format!("{error:#}").contains("model-info"), "{error:#}");
        assert!(snapshot(b"nothing", CALL).is_err());
    }
}
