//! What models cost, by the names that they are configured and asked for by.

use std::collections::BTreeMap;

use gusset_types::{Cost, Price, TokenKind, Usage};
use serde::Deserialize;

/// Ends the name of a model that is none: sentences of a collection, chosen and not written.
const EXTRACTIVE: &str = "/extractive";

/// Prices by model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices(BTreeMap<String, Price>);

/// What is read of the settings.
#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    models: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    name: String,
    #[serde(default)]
    price: Price,
}

impl Prices {
    /// Reads the prices of `models` in the settings, a JSON object of which everything else is others' to read; empty text for none.
    ///
    /// # Errors
    /// What is wrong, with the model's position and the key.
    pub fn of_settings(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let parsed = serde_path_to_error::deserialize(&mut deserializer);
        let Settings { models } = parsed.map_err(|e| format!("has a wrong `{}`: {}", e.path(), e.inner()))?;
        let priced = models.into_iter().filter(|model| model.price != Price::default());
        Ok(Self(priced.map(|model| (model.name, model.price)).collect()))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a model of that name is priced.
    #[must_use]
    pub fn has(&self, model: &str) -> bool {
        self.0.contains_key(model)
    }

    /// What a call of `model` cost. `model` is a model's name, or `collection/model`.
    ///
    /// # Errors
    /// A note for people on what has no price.
    pub fn cost(&self, model: &str, usage: &Usage) -> Result<Cost, String> {
        if *usage == Usage::default() || self.is_extractive(model) {
            return Ok(Cost::ZERO);
        }
        let price = self.of(model).ok_or_else(|| format!("there is no price for `{model}`"))?;
        price.cost(usage).ok_or_else(|| {
            let kinds: Vec<&str> = price.unpriced(usage).into_iter().map(TokenKind::name).collect();
            format!("`{model}` has no price for {}", kinds.join(", "))
        })
    }

    /// What a call of `model` may cost. What is no model of ours may become any of them: it is priced as the dearest.
    #[must_use]
    pub fn estimate(&self, model: &str, usage: &Usage) -> Option<Cost> {
        match self.of(model) {
            Some(price) => price.cost(usage),
            None if self.is_extractive(model) => Some(Cost::ZERO),
            None => self.0.values().filter_map(|price| price.cost(usage)).max(),
        }
    }

    fn is_extractive(&self, model: &str) -> bool {
        model.ends_with(EXTRACTIVE) && self.of(model).is_none()
    }

    fn of(&self, model: &str) -> Option<&Price> {
        let behind = || self.0.get(model.split_once('/')?.1);
        self.0.get(model).or_else(behind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prices() -> Prices {
        let text = r#"{"routes":[],"models":[
            {"name":"small","price":{"prompt":1,"completion":2},"node":"http://a/v1"},
            {"name":"meta/large","price":{"prompt":10,"completion":20}},
            {"name":"odd","price":{"prompt":50}},
            {"name":"new"}
        ]}"#;
        Prices::of_settings(text).unwrap()
    }

    fn usage(prompt: u32, completion: u32) -> Usage {
        Usage { prompt_tokens: prompt, completion_tokens: completion, ..Usage::default() }
    }

    #[test]
    fn a_model_is_found_behind_its_collection() {
        let check = |model: &str, nanodollars| {
            assert_eq!(
                prices().cost(model, &usage(1, 1)),
                Ok(Cost::from_nanodollars(nanodollars)),
                "{model}"
            );
        };
        check("small", 3_000);
        check("docs/small", 3_000);
        check("meta/large", 30_000);
        check("docs/meta/large", 30_000);
    }

    #[test]
    fn what_has_no_price_is_said() {
        assert_eq!(prices().cost("new", &usage(1, 1)), Err("there is no price for `new`".into()));
        assert_eq!(prices().cost("odd", &usage(1, 1)), Err("`odd` has no price for completion".into()));
        assert_eq!(prices().cost("docs/extractive", &usage(9, 9)), Ok(Cost::ZERO));
    }

    #[test]
    fn what_may_become_any_model_is_priced_as_the_dearest() {
        assert_eq!(prices().estimate("docs", &usage(1, 1)), Some(Cost::from_nanodollars(30_000)));
        assert_eq!(prices().estimate("docs/extractive", &usage(1, 1)), Some(Cost::ZERO));
        assert_eq!(prices().estimate("odd", &usage(1, 1)), None);
        assert_eq!(Prices::default().estimate("docs", &usage(1, 1)), None);
    }

    #[test]
    fn a_price_that_cannot_be_is_named() {
        let problem = Prices::of_settings(r#"{"models":[{"name":"m","price":{"prompt":-1}}]}"#).unwrap_err();
        assert!(
            problem.contains("`models[0].price.prompt`") && problem.contains("0 to 1000000"),
            "{problem}"
        );
        assert!(Prices::of_settings("3").is_err());
    }
}
