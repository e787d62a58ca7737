//! The `embed` component in bare wasmtime, for benches that ask what a component costs.

use std::path::Path;
use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Config, Engine, Store};

mod bindings {
    wasmtime::component::bindgen!({ path: "../wit", world: "embed" });
}

use bindings::exports::gusset::embed::embed::Purpose;

/// The component, compiled and linked with nothing.
pub(crate) struct Embed {
    engine: Engine,
    pre: InstancePre<()>,
}

/// One instance of it.
pub(crate) struct Instance {
    store: Store<()>,
    embed: bindings::Embed,
}

impl Embed {
    pub(crate) fn load(path: &Path) -> anyhow::Result<Self> {
        let engine = Engine::new(&Config::new())?;
        let component = Component::from_file(&engine, path)?;
        let pre = Linker::new(&engine).instantiate_pre(&component)?;
        Ok(Self { engine, pre })
    }

    pub(crate) fn instantiate(&self) -> anyhow::Result<Instance> {
        let mut store = Store::new(&self.engine, ());
        let instance = self.pre.instantiate(&mut store)?;
        let embed = bindings::Embed::new(&mut store, &instance)?;
        Ok(Instance { store, embed })
    }
}

impl Instance {
    pub(crate) fn embed(&mut self, texts: &[String]) -> anyhow::Result<Vec<f32>> {
        let interface = self.embed.gusset_embed_embed();
        let embeddings = interface.call_embed(&mut self.store, texts, Purpose::Query)?;
        Ok(embeddings.map_err(|error| anyhow::anyhow!("{error:?}"))?.values)
    }
}
