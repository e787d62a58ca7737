//! Sending a case's requests and checking their answers.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::{Case, Step, matches};
use crate::client::{Client, form};
use crate::sse;

impl Case {
    /// Runs every step against a server.
    ///
    /// # Errors
    /// The first step whose answer is not what it has to be, with that answer.
    pub fn run(&self, client: &Client) -> anyhow::Result<()> {
        let mut saved = BTreeMap::new();
        for (index, step) in self.steps.iter().enumerate() {
            self.step(client, step, &mut saved)
                .with_context(|| format!("step {} ({}) of “{}”", index + 1, step.request, self.about))?;
        }
        Ok(())
    }

    fn step(&self, client: &Client, step: &Step, saved: &mut BTreeMap<String, String>) -> anyhow::Result<()> {
        let request = filled(&step.request, saved);
        let (method, path) = request.split_once(' ').context("a request is METHOD and path")?;
        let headers = step.headers.iter();
        let mut headers: Vec<(String, String)> =
            headers.map(|(name, value)| (name.clone(), filled(value, saved))).collect();
        let body = match (&step.json, &step.text, step.bytes, &step.upload) {
            (Some(json), None, None, None) => {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
                filled(&json.to_string(), saved).into_bytes()
            }
            (None, Some(text), None, None) => text.clone().into_bytes(),
            (None, None, Some(length), None) => vec![b' '; length],
            (None, None, None, Some(file)) => {
                let content = fs::read(self.folder.join(file)).with_context(|| format!("reading {file}"))?;
                let (kind, body) = form(file, &content);
                headers.push(("content-type".to_owned(), kind));
                body
            }
            (None, None, None, None) => Vec::new(),
            _ => anyhow::bail!("a step has one body"),
        };
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = client.send(method, path, &headers, body)?;
        ensure!(
            answer.status == step.status,
            "status {} is not {}: {}",
            answer.status,
            step.status,
            answer.text()
        );
        for (name, expected) in &step.response_headers {
            let actual = answer.header(name).map_or(Value::Null, Value::from);
            matches(expected, &actual).with_context(|| format!("header {name}"))?;
        }
        if let Some(expected) = &step.response {
            let expected: Value = serde_json::from_str(&filled(&expected.to_string(), saved))?;
            matches(&expected, &answer.json()?).with_context(|| answer.text())?;
        }
        if let Some(expected) = &step.stream {
            matches(expected, &sse::summary(&answer.text())?).with_context(|| answer.text())?;
        }
        for (name, pointer) in &step.save {
            let json = answer.json()?;
            let value = json.pointer(pointer).with_context(|| format!("{json} has no {pointer}"))?;
            saved.insert(name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        Ok(())
    }
}

/// `text` with each `{name}` replaced by what was saved under that name.
fn filled(text: &str, saved: &BTreeMap<String, String>) -> String {
    saved.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}
