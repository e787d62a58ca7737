//! The one validation of a configuration.

use std::collections::HashSet;

use super::{Config, Match, Model, Route, Target};
use crate::error::Error;

/// Field within its table, what is wrong, and what to do.
type Fault = (String, String, &'static str);

impl Config {
    /// Checks what was parsed elsewhere, from TOML say.
    ///
    /// # Errors
    /// [`Error::Configuration`] for the first fault, naming the field and the remedy.
    pub fn validate(&self) -> Result<(), Error> {
        let mut names = HashSet::new();
        for (at, model) in self.models.iter().enumerate() {
            model.check().map_err(|fault| error("models", at, fault))?;
            if !names.insert(model.name.as_str()) {
                let fault =
                    ("name".into(), format!("{:?} stands here twice", model.name), "give each model its own");
                return Err(error("models", at, fault));
            }
        }
        let mut routes = HashSet::new();
        for (at, route) in self.routes.iter().enumerate() {
            route.check(&names).map_err(|fault| error("routes", at, fault))?;
            if !routes.insert(route.name.as_str()) {
                let fault =
                    ("name".into(), format!("{:?} stands here twice", route.name), "give each route its own");
                return Err(error("routes", at, fault));
            }
        }
        if !self.routes.is_empty() && self.models.is_empty() {
            return Err(Error::Configuration {
                field: "models".to_owned(),
                problem: "is empty, so that no route leads anywhere".to_owned(),
                remedy: "add a `[[models]]` table for each model".to_owned(),
            });
        }
        Ok(())
    }
}

fn error(table: &str, at: usize, (field, problem, remedy): Fault) -> Error {
    Error::Configuration { field: format!("{table}[{at}].{field}"), problem, remedy: remedy.to_owned() }
}

impl Model {
    fn check(&self) -> Result<(), Fault> {
        filled("name", Some(&self.name), "name the model as callers do")?;
        let leave_out = "write it, or leave the field out";
        for (field, text) in [
            ("upstream", &self.upstream),
            ("node", &self.node),
            ("description", &self.description),
            ("learned_as", &self.learned_as),
        ] {
            filled(field, text.as_deref(), leave_out)?;
        }
        let positive = 1e-9..=1e9;
        let remedy = "write a number above 0, or leave the field out";
        number("parameters", self.parameters, positive.clone(), "write billions: 7, 0.5")?;
        number("first_token_ms", self.first_token_ms, positive.clone(), remedy)?;
        number("tokens_per_second", self.tokens_per_second, positive, remedy)?;
        number("quality", self.quality, 0.0..=1.0, "write the share of prompts it does well, 0 to 1")?;
        if self.context_tokens == Some(0) {
            return Err(("context_tokens".into(), "is 0, so that nothing fits".into(), leave_out));
        }
        Ok(())
    }
}

impl Route {
    fn check(&self, models: &HashSet<&str>) -> Result<(), Fault> {
        filled("name", Some(&self.name), "name the route; reasons and traces show it")?;
        self.matches.check()?;
        let mut targets = HashSet::new();
        for (at, target) in self.targets.iter().enumerate() {
            let field = format!("targets[{at}].model");
            if !models.contains(target.model.as_str()) {
                let problem = format!("is {:?}, which is no model", target.model);
                return Err((field, problem, "write the `name` of a `[[models]]` table"));
            }
            if !targets.insert(target.model.as_str()) {
                return Err((field, format!("{:?} stands here twice", target.model), "name each model once"));
            }
            let remedy = "write how often it comes first, relative to the others; 0 for a fallback";
            number(&format!("targets[{at}].weight"), target.weight, 0.0..=1e9, remedy)?;
        }
        let weighted = self.targets.iter().any(|target| target.weight.is_some());
        if weighted && self.quality.is_some() {
            let problem = "stands beside weights, and only one of them can say who comes first".into();
            return Err(("quality".into(), problem, "leave out `quality` or every `weight`"));
        }
        if weighted && self.targets.iter().all(Target::is_fallback) {
            let problem = "has no weight above 0".into();
            return Err(("targets".into(), problem, "give at least one target a weight"));
        }
        number("price_ceiling", self.price_ceiling, 0.0..=1e9, "write a price per million tokens")?;
        number("latency_ms", self.latency_ms, 1e-9..=1e9, "write milliseconds above 0")
    }
}

impl Match {
    fn check(&self) -> Result<(), Fault> {
        for (field, patterns) in [
            ("model", &self.model),
            ("tenant", &self.tenant),
            ("feature", &self.feature),
            ("endpoint", &self.endpoint),
        ] {
            for pattern in patterns {
                let stem = pattern.strip_suffix('*').unwrap_or(pattern);
                if pattern.is_empty() || stem.contains('*') {
                    let problem = format!("has the pattern {pattern:?}");
                    let remedy = "write a name, a beginning followed by `*`, or `*`";
                    return Err((format!("match.{field}"), problem, remedy));
                }
            }
        }
        Ok(())
    }
}

impl Target {
    fn is_fallback(&self) -> bool {
        self.weight == Some(0.0)
    }
}

fn filled(field: &str, text: Option<&str>, remedy: &'static str) -> Result<(), Fault> {
    match text {
        Some(text) if text.trim().is_empty() => Err((field.to_owned(), "is empty".to_owned(), remedy)),
        _ => Ok(()),
    }
}

fn number(
    field: &str,
    value: Option<f64>,
    range: std::ops::RangeInclusive<f64>,
    remedy: &'static str,
) -> Result<(), Fault> {
    match value {
        Some(value) if !range.contains(&value) => Err((field.to_owned(), format!("is {value}"), remedy)),
        _ => Ok(()),
    }
}
