//! Why documents can't be baked into a component.

/// Why documents can't be baked into a component.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The index is no table, or too large for one.
    #[error(transparent)]
    Table(#[from] gusset_baked::Error),
    /// The bytes are no component.
    #[error("it is not a component: {0}")]
    NotAComponent(#[from] wasmparser::BinaryReaderError),
    /// Nothing in it takes a collection.
    #[error(
        "nothing in it takes a collection: name `baked.wasm`, as `cargo xtask build` makes it, or an application composed with that"
    )]
    NoSlot,
    /// Several parts of it do.
    #[error("{0} parts of it take a collection: bake into each before they are composed")]
    Slots(usize),
    /// There is one already.
    #[error("a collection is baked into it already: bake into the component as it was built")]
    Filled,
    /// The module would be larger than hosts accept.
    #[error(
        "with an index of {table} bytes the component's module would have {module}, and hosts take no more than {most}: bake fewer documents into one file"
    )]
    TooLarge {
        /// Bytes of the table.
        table: u64,
        /// Bytes of the module with it.
        module: u64,
        /// Most that a module may have.
        most: u64,
    },
    /// A module with a slot that isn't built as `baked` is.
    #[error("the module that takes a collection is of another kind: {0}")]
    Module(&'static str),
}
