//! `gusset traces`: the latest requests, or one of them as a tree of its spans.

mod render;

use super::Target;
use super::api::{List, segment};
use crate::config::Environment;
use clap::Args;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Args)]
pub(super) struct Traces {
    /// One trace, as `x-gusset-trace-id` names it; without it, the latest
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// How many of the latest
    #[arg(long, default_value_t = 20)]
    limit: u32,
    #[command(flatten)]
    target: Target,
}

/// One line about a trace. Times are Unix nanoseconds.
#[derive(Deserialize)]
struct Summary {
    trace_id: String,
    name: String,
    start: u64,
    end: u64,
    status: String,
    spans: u32,
}

#[derive(Deserialize)]
struct Trace {
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    span_id: String,
    #[serde(default)]
    parent: Option<String>,
    name: String,
    start: u64,
    end: u64,
    status: String,
    #[serde(default)]
    attributes: Map<String, Value>,
}

// === impl Traces ===

impl Traces {
    pub(super) async fn run(self, environment: &Environment) -> anyhow::Result<()> {
        let api = self.target.api(environment)?;
        let text = match &self.id {
            Some(id) => {
                let trace: Trace = api.get(&format!("/v1/gusset/traces/{}", segment(id))).await?;
                render::tree(&trace.spans)
            }
            None => {
                let traces: List<Summary> =
                    api.get(&format!("/v1/gusset/traces?limit={}", self.limit)).await?;
                render::table(&traces.data)
            }
        };
        print!("{text}");
        Ok(())
    }
}
