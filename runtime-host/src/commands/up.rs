//! `gusset up`: serve the application until told to stop.

use super::api::Api;
use super::index::{self, Collection};
use super::{Setup, component, explain, serving};
use crate::config::{Config, Embed, Environment, State};
use crate::state::Redis;
use crate::{Runtime, descriptors};
use anyhow::Context;
use clap::Args;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Args)]
pub(super) struct Up {
    #[command(flatten)]
    setup: Setup,
    /// Put this folder into the collection first, as `gusset index` does; what is there already stays
    #[arg(long, value_name = "DIR", requires = "collection")]
    index: Option<PathBuf>,
    /// The collection for --index
    #[arg(long, value_name = "NAME", requires = "index")]
    collection: Option<String>,
    /// Bearer key for --index, where keys are configured [default: GUSSET_API_KEY]
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// The question in the curl that is printed
    #[arg(long, value_name = "TEXT", default_value = "What is this about?")]
    question: String,
}

// === impl Up ===

impl Up {
    pub(super) async fn run(self, environment: &Environment) -> anyhow::Result<()> {
        let Self { setup, index, collection, key, question } = self;
        let config = setup.load(environment)?;
        let wanted = u64::from(config.limits.connections) + u64::from(config.limits.concurrent_requests);
        match descriptors::raise() {
            Ok(granted) if granted >= wanted => {}
            Ok(granted) => tracing::warn!(
                "the system grants {granted} file descriptors; limits.connections and limits.concurrent_requests may need {wanted}"
            ),
            Err(error) => tracing::warn!("file descriptors: {error}"),
        }
        let path = component(&config)?;
        let runtime = Arc::new(Runtime::new(config)?);
        let application = serving::link(Arc::clone(&runtime), runtime.artefact(&path)?).await?;
        let stop = stop_signal()?;
        let server = runtime.serve(application).await?;
        let url = format!("http://{}", reachable(server.address()));
        let key = key.as_deref().or_else(|| environment.api_key());
        let greet = async {
            let api = Api::new(&url, key)?;
            if let (Some(directory), Some(name)) = (&index, &collection) {
                index::run(&api, directory, Collection { name, prune: false }).await?;
            }
            greet(&url, runtime.config(), &api, key.is_some(), &question).await;
            anyhow::Ok(())
        };
        tokio::pin!(stop);
        tokio::select! {
            () = &mut stop => {}
            greeted = greet => match greeted {
                Ok(()) => stop.await,
                Err(error) => {
                    server.stop().await;
                    return Err(error);
                }
            }
        }
        eprintln!("stopping; requests in progress finish first, a second signal ends them now");
        let again = stop_signal()?;
        tokio::select! {
            () = server.stop() => {}
            () = again => {}
        }
        Ok(())
    }
}

/// Resolves at ctrl-c or SIGTERM.
pub(super) fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("ctrl-c can't be listened for")?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM can't be listened for")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// The address as a client on this machine writes it: nobody can connect to "any address".
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(ip, address.port())
}

/// What a user wants to know once the server is up.
async fn greet(url: &str, config: &Config, api: &Api, has_key: bool, question: &str) {
    println!("serving  {url}");
    match &config.state {
        State::File(path) => println!("state    {}", path.display()),
        State::Redis(url) => {
            println!("state    Redis at {}", Redis::server(url.expose()).unwrap_or_default())
        }
        State::Memory => println!("state    in memory, gone when this process ends"),
    }
    if config.embed != Embed::Component {
        println!("embed    natively, on all cores");
    }
    match config.nodes.as_slice() {
        [] => println!("nodes    none: answers are extracted from the documents"),
        nodes => {
            println!("nodes    {}", nodes.iter().map(|node| node.target()).collect::<Vec<_>>().join(", "))
        }
    }
    if !config.keys.is_empty() && !has_key {
        println!("keys     {}: requests need `authorization: Bearer KEY`", config.keys.len());
        return;
    }
    let models = match api.models().await {
        Ok(models) => models,
        Err(error) => return println!("models   unknown: {}", explain(&error)),
    };
    // An embedding model answers no question.
    let askable = models.iter().filter(|model| model.owned_by != "gusset:embed");
    let names: Vec<&str> = askable.map(|model| model.id.as_str()).collect();
    match names.split_first() {
        None => {
            println!("models   none yet; make one with\n\n  gusset index DIR --collection NAME --url {url}\n")
        }
        Some((first, _)) => {
            println!("models   {}", names.join(", "));
            println!("\nask it\n\n  {}\n", curl(url, first, question, has_key));
        }
    }
}

fn curl(url: &str, model: &str, question: &str, has_key: bool) -> String {
    let (model, question) = (Value::from(model), Value::from(question));
    let body = format!(r#"{{"model":{model},"messages":[{{"role":"user","content":{question}}}]}}"#);
    let key = if has_key { " -H \"authorization: Bearer $GUSSET_API_KEY\"" } else { "" };
    // A quote inside single quotes ends them, stands escaped, and opens them again.
    let body = body.replace('\'', r"'\''");
    format!("curl {url}/v1/chat/completions -H 'content-type: application/json'{key} -d '{body}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curl_survives_a_shell() {
        let line = curl("http://127.0.0.1:1", "docs", "What's \"this\"?", false);
        let body = r#"{"model":"docs","messages":[{"role":"user","content":"What'\''s \"this\"?"}]}"#;
        assert!(line.ends_with(&format!("-d '{body}'")), "{line}");
    }

    #[test]
    fn any_address_is_reached_by_loopback() {
        assert_eq!(reachable("0.0.0.0:80".parse().unwrap()).to_string(), "127.0.0.1:80");
        assert_eq!(reachable("[::]:80".parse().unwrap()).to_string(), "[::1]:80");
        assert_eq!(reachable("10.0.0.1:80".parse().unwrap()).to_string(), "10.0.0.1:80");
    }
}
