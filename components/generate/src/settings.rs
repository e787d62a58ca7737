//! The component's one configuration key, `nodes`: read and validated once an instance.

use std::sync::OnceLock;

use gusset_generate::{Error, Node, config};

use crate::bindings::wasi::config::store;

/// The nodes, in the order of the configuration.
pub(crate) fn nodes() -> Result<&'static [Node], Error> {
    static NODES: OnceLock<Result<Vec<Node>, Error>> = OnceLock::new();
    NODES.get_or_init(read).as_deref().map_err(Clone::clone)
}

fn read() -> Result<Vec<Node>, Error> {
    match store::get("nodes") {
        Ok(value) => config::parse(&value.unwrap_or_default()),
        Err(store::Error::Upstream(problem) | store::Error::Io(problem)) => Err(Error::Configuration {
            field: "nodes".to_owned(),
            problem: format!("can't be read: {problem}"),
            remedy: "see to the host's configuration store".to_owned(),
        }),
    }
}
