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
    /// The call that initialises its memory at build time, in WAVE; `None` if nothing needs to be.
    pub(crate) snapshot: Option<&'static str>,
}

/// All of them, in the order in which they depend on each other.
pub(crate) const PARTS: [Part; 15] = [
    Part { name: "embed", target: Target::Pure, snapshot: Some("gusset:embed/embed.model-info@0.1.0()") },
    Part { name: "rerank", target: Target::Pure, snapshot: Some("gusset:rerank/rerank.model-info@0.1.0()") },
    Part { name: "models", target: Target::Pure, snapshot: Some("gusset:rerank/rerank.model-info@0.1.0()") },
    Part { name: "baked", target: Target::Pure, snapshot: Some("gusset:rerank/rerank.model-info@0.1.0()") },
    Part { name: "chunk", target: Target::Pure, snapshot: None },
    Part { name: "router", target: Target::Pure, snapshot: None },
    Part { name: "wasi-drafts", target: Target::Pure, snapshot: None },
    Part { name: "retrieve", target: Target::Wasi, snapshot: None },
    Part { name: "retrieve-qdrant", target: Target::Wasi, snapshot: None },
    Part { name: "retrieve-postgres", target: Target::Wasi, snapshot: None },
    Part { name: "cache", target: Target::Wasi, snapshot: None },
    Part { name: "generate-http", target: Target::Wasi, snapshot: None },
    Part { name: "telemetry", target: Target::Wasi, snapshot: None },
    Part { name: "orchestrate", target: Target::Wasi, snapshot: None },
    Part { name: "gateway", target: Target::Wasi, snapshot: None },
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
