//! The components that a build makes: one line each.

/// What a component is compiled for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// No standard library of a host, hence no import but its own: the components that must not reach anything.
    Pure,
    /// Rust's standard library over WASI.
    Wasi,
}

impl Target {
    pub(crate) const ALL: [Self; 2] = [Self::Pure, Self::Wasi];

    pub(crate) fn triple(self) -> &'static str {
        match self {
            Self::Pure => "wasm32-unknown-unknown",
            Self::Wasi => "wasm32-wasip2",
        }
    }
}

/// One component.
pub(crate) struct Part {
    /// Its name everywhere: world, folder, `target/components/<name>.wasm`.
    pub(crate) name: &'static str,
    pub(crate) target: Target,
    /// Whether its memory is initialised at build time.
    pub(crate) snapshot: bool,
}

/// All of them, in the order in which they depend on each other.
pub(crate) const PARTS: [Part; 8] = [
    Part { name: "embed", target: Target::Pure, snapshot: true },
    Part { name: "chunk", target: Target::Pure, snapshot: false },
    Part { name: "wasi-drafts", target: Target::Pure, snapshot: false },
    Part { name: "retrieve", target: Target::Wasi, snapshot: false },
    Part { name: "generate-http", target: Target::Wasi, snapshot: false },
    Part { name: "telemetry", target: Target::Wasi, snapshot: false },
    Part { name: "orchestrate", target: Target::Wasi, snapshot: false },
    Part { name: "gateway", target: Target::Wasi, snapshot: false },
];

impl Part {
    /// The shell's crate.
    pub(crate) fn package(&self) -> String {
        format!("gusset-{}-component", self.name)
    }

    /// The file that cargo makes of it.
    pub(crate) fn artefact(&self) -> String {
        format!("{}.wasm", self.package().replace('-', "_"))
    }
}
