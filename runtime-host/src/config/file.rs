//! `gusset.toml` as it is written, its defaults with their reasons, and the way to [`Config`].

use super::settings::{Patience, Sections};
use super::{Config, Embed, Environment, Error, Generation, Key, Limits, engine, guest, metering, state};
use gusset_gateway::chunking::{Chunking, Chunkings, Names, Settings, Strategy};
use gusset_generate::Node;
use gusset_generate::config::{Breaker, Capability, Dialect, Retry, Secret};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// Unknown keys are [`super::schema`]'s to refuse: flattening and `deny_unknown_fields` don't go together.
#[derive(Serialize, Deserialize)]
#[serde(default)]
pub(super) struct File {
    listen: SocketAddr,
    component: Option<PathBuf>,
    embed: EmbedSection,
    state: state::Section,
    limits: Limits,
    auth: Auth,
    nodes: Vec<NodeSection>,
    retrieval: Retrieval,
    chunking: ChunkingSection,
    generation: GenerationSection,
    telemetry: Telemetry,
    #[serde(flatten)]
    sections: Sections,
    #[serde(flatten)]
    metering: metering::Sections,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct EmbedSection {
    native: bool,
    model: Option<PathBuf>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Auth {
    keys: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeSection {
    #[serde(default)]
    url: String,
    #[serde(default)]
    dialect: Dialect,
    model: Option<String>,
    api_key_env: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    max_tokens: Option<u32>,
    capabilities: Option<Vec<Capability>>,
    connect_ms: Option<u32>,
    first_token_ms: Option<u32>,
    between_tokens_ms: Option<u32>,
    total_ms: Option<u32>,
    hedge_ms: Option<u32>,
    #[serde(default)]
    breaker: Breaker,
    #[serde(default)]
    retry: Retry,
}

#[derive(Serialize, Deserialize)]
#[serde(default)]
struct Retrieval {
    passages: u32,
    #[serde(flatten)]
    engine: engine::Section,
}

#[derive(Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ChunkingSection {
    strategy: Strategy,
    max_tokens: u32,
    overlap_tokens: u32,
    section_tokens: u32,
    context: bool,
    collections: BTreeMap<String, Settings>,
}

#[derive(Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GenerationSection {
    context_tokens: u32,
    answer_tokens: u32,
    first_token_ms: Option<u32>,
    hedge_ms: Option<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Telemetry {
    traces_kept: u32,
    judged_percent: u32,
}

/// Loopback: without keys access is open, so nobody but this machine until someone decides so.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

// === defaults ===

impl Default for File {
    fn default() -> Self {
        Self {
            listen: LISTEN,
            component: None,
            embed: EmbedSection::default(),
            state: state::Section::default(),
            limits: Limits::default(),
            auth: Auth::default(),
            nodes: Vec::new(),
            retrieval: Retrieval::default(),
            chunking: ChunkingSection::default(),
            generation: GenerationSection::default(),
            telemetry: Telemetry::default(),
            sections: Sections::default(),
            metering: metering::Sections::default(),
        }
    }
}

impl Default for Retrieval {
    /// Ten passages of 200 tokens are half of the default context: of the questions in `gusset-eval citations`, more find their answer
    /// among ten than among six, and room for the conversation is left.
    fn default() -> Self {
        Self { passages: 10, engine: engine::Section::default() }
    }
}

impl Default for ChunkingSection {
    /// The gateway's own, which has the reasons.
    fn default() -> Self {
        let Chunking { strategy, max_tokens, overlap_tokens, parent_tokens, context } = Chunking::DEFAULT;
        let collections = BTreeMap::new();
        Self { strategy, max_tokens, overlap_tokens, section_tokens: parent_tokens, context, collections }
    }
}

impl Default for GenerationSection {
    /// 4096: the smallest window among models still served. 512: some three paragraphs.
    fn default() -> Self {
        Self { context_tokens: 4096, answer_tokens: 512, first_token_ms: None, hedge_ms: None }
    }
}

impl Default for Telemetry {
    /// A thousand: a day of a small team, a few megabytes.
    fn default() -> Self {
        Self { traces_kept: 1000, judged_percent: 10 }
    }
}

// === impl File ===

impl File {
    /// The typed configuration. Paths in it are relative to the directory of `path`.
    pub(super) fn validate(self, path: &Path, environment: &Environment) -> Result<Config, Error> {
        let invalid = |key: &str, problem: String| Error::Invalid {
            path: path.to_owned(),
            key: key.to_owned(),
            problem,
        };
        let base = path.parent().unwrap_or(Path::new(""));
        self.check_ranges().map_err(|(key, problem)| invalid(&key, problem))?;
        let nodes: Result<Vec<Node>, _> =
            self.nodes.iter().enumerate().map(|(index, node)| node.resolve(index, environment)).collect();
        let nodes = nodes.map_err(|(key, problem)| invalid(&key, problem))?;
        gusset_generate::config::validate(&nodes).map_err(|error| match error {
            gusset_generate::Error::Configuration { field, problem, remedy } => {
                invalid(&field, format!("{problem}; {remedy}"))
            }
            other => invalid("nodes", other.to_string()),
        })?;
        let patience =
            Patience { first_token_ms: self.generation.first_token_ms, hedge_ms: self.generation.hedge_ms };
        let settings =
            self.sections.to_settings(patience).map_err(|(key, problem)| invalid(&key, problem))?;
        let keys: Result<Vec<Key>, String> = self.auth.keys.iter().map(|key| key.parse()).collect();
        let keys = keys.map_err(|problem| invalid("auth.keys", problem))?;
        let metering = self.metering.to_metering(&guest::key_hashes(&keys));
        let metering = metering.map_err(|(key, problem)| invalid(&key, problem))?;
        let chunking = self.chunking.validate().map_err(|(key, problem)| invalid(&key, problem))?;
        let engine = self.retrieval.engine.resolve(environment);
        let engine = engine.map_err(|(key, problem)| invalid(&key, problem))?;
        let responses_kept = self.state.responses_kept;
        let state = self.state.resolve(base, environment);
        let state = state.map_err(|(key, problem)| invalid(&key, problem))?;
        // Whoever keeps the collections makes their vectors.
        let native = self.embed.native || engine.is_some();
        Ok(Config {
            listen: self.listen,
            component: self.component.map(|component| base.join(component)),
            embed: if native {
                Embed::Native { model: self.embed.model.map(|model| base.join(model)) }
            } else {
                Embed::Component
            },
            state,
            limits: self.limits,
            keys,
            nodes,
            passages: self.retrieval.passages,
            engine,
            chunking,
            generation: Generation {
                context_tokens: self.generation.context_tokens,
                answer_tokens: self.generation.answer_tokens,
            },
            traces_kept: self.telemetry.traces_kept,
            judged_percent: self.telemetry.judged_percent,
            settings,
            metering,
            responses_kept,
            cache: environment.cache(),
        })
    }

    /// The first value out of its range. The ranges are those of the contracts.
    fn check_ranges(&self) -> Result<(), (String, String)> {
        let limits = &self.limits;
        let ranges: [(&str, u64, std::ops::RangeInclusive<u64>); 15] = [
            ("limits.body_bytes", limits.body_bytes, 1..=1 << 30),
            ("limits.file_bytes", limits.file_bytes, 1..=1 << 30),
            ("limits.request_seconds", limits.request_seconds, 1..=86_400),
            ("limits.concurrent_requests", limits.concurrent_requests.into(), 1..=4096),
            ("limits.connections", limits.connections.into(), 1..=1 << 20),
            ("limits.requests_per_instance", limits.requests_per_instance.into(), 1..=1024),
            ("limits.requests_per_life", limits.requests_per_life.into(), 1..=1 << 20),
            ("limits.instance_memory_bytes", limits.instance_memory_bytes, 64 << 20..=16 << 30),
            ("limits.drain_seconds", limits.drain_seconds, 0..=3600),
            ("retrieval.passages", self.retrieval.passages.into(), 1..=100),
            ("generation.context_tokens", self.generation.context_tokens.into(), 256..=16 << 20),
            (
                "generation.answer_tokens",
                self.generation.answer_tokens.into(),
                1..=u64::from(self.generation.context_tokens).saturating_sub(1),
            ),
            ("state.responses_kept", self.state.responses_kept.into(), 1..=10_000_000),
            ("telemetry.traces_kept", self.telemetry.traces_kept.into(), 1..=100_000),
            ("telemetry.judged_percent", self.telemetry.judged_percent.into(), 0..=100),
        ];
        for (key, value, range) in ranges {
            if !range.contains(&value) {
                return Err((
                    key.into(),
                    format!("is {value}, and must be {} to {}", range.start(), range.end()),
                ));
            }
        }
        if !self.embed.native && !self.retrieval.engine.is_set() && self.embed.model.is_some() {
            return Err((
                "embed".into(),
                "has a `model`, and not `native = true`: only the host reads it".into(),
            ));
        }
        Ok(())
    }
}

// === impl ChunkingSection ===

impl ChunkingSection {
    fn validate(self) -> Result<Chunkings, (String, String)> {
        let Self { strategy, max_tokens, overlap_tokens, section_tokens, context, collections } = self;
        let all = Chunking { strategy, max_tokens, overlap_tokens, parent_tokens: section_tokens, context };
        all.check(&Names::SETTINGS)
            .map_err(|refused| (format!("chunking.{}", refused.name), refused.to_string()))?;
        Chunkings::new(all, &collections)
            .map_err(|(place, problem)| (format!("chunking.collections.{place}"), problem))
    }
}

// === impl NodeSection ===

impl NodeSection {
    /// The node with its key taken from the environment. A key that is named and isn't there would only show as refusals by
    /// the node, so it is an error here.
    fn resolve(&self, index: usize, environment: &Environment) -> Result<Node, (String, String)> {
        let mut node = Node::new(&self.url);
        node.dialect = self.dialect;
        node.settle();
        node.model.clone_from(&self.model);
        node.headers = self.headers.iter().map(|(name, value)| (name.clone(), Secret::new(value))).collect();
        node.max_tokens = self.max_tokens;
        node.capabilities.clone_from(&self.capabilities);
        if let Some(variable) = &self.api_key_env {
            let key = environment.get(variable).ok_or_else(|| {
                (
                    format!("nodes[{index}].api_key_env"),
                    format!("names {variable}, which is not set; export it first"),
                )
            })?;
            node.api_key = Some(Secret::new(key));
        }
        node.connect_ms = self.connect_ms.unwrap_or(node.connect_ms);
        node.first_token_ms = self.first_token_ms.unwrap_or(node.first_token_ms);
        node.between_tokens_ms = self.between_tokens_ms.unwrap_or(node.between_tokens_ms);
        node.total_ms = self.total_ms.unwrap_or(node.total_ms);
        node.hedge_ms = self.hedge_ms;
        (node.breaker, node.retry) = (self.breaker, self.retry);
        Ok(node)
    }
}

#[cfg(test)]
impl File {
    /// A file in which every key is written.
    pub(super) fn complete() -> Self {
        Self {
            component: Some("application.wasm".into()),
            embed: EmbedSection { native: true, model: Some("embed.blob".into()) },
            state: state::Section::complete(),
            auth: Auth { keys: vec![format!("sha256:{:064}", 0)] },
            nodes: vec![NodeSection {
                url: "http://127.0.0.1:9000/v1".into(),
                dialect: Dialect::OpenAi,
                model: Some("llama".into()),
                api_key_env: Some("KEY".into()),
                headers: BTreeMap::from([("x-team".to_owned(), "edge".to_owned())]),
                max_tokens: Some(1),
                capabilities: Some(vec![Capability::Tools]),
                connect_ms: Some(1),
                first_token_ms: Some(1),
                between_tokens_ms: Some(1),
                total_ms: Some(1),
                hedge_ms: Some(1),
                breaker: Breaker { slow_ms: Some(1), ..Breaker::default() },
                retry: Retry::default(),
            }],
            retrieval: Retrieval { engine: engine::Section::complete(), ..Retrieval::default() },
            generation: GenerationSection {
                first_token_ms: Some(1),
                hedge_ms: Some(1),
                ..GenerationSection::default()
            },
            sections: Sections::complete(),
            metering: metering::Sections::complete(),
            ..Self::default()
        }
    }
}
