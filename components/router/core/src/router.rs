//! A configuration, ready to decide: candidates, rules, prediction where one is needed, order.

use std::collections::HashMap;

use crate::config::{Config, Defaults, Model, Route, Unlisted};
use crate::decision::{Basis, Choice, Decision, Order};
use crate::embedder::Embedder;
use crate::error::Error;
use crate::order::{Standing, by_quality, by_weight};
use crate::policy::{Demand, Expected};
use crate::predict::{Panelist, Predictor};
use crate::quality::Quality;
use crate::reason;
use crate::request::Request;
use gusset_types::{Price, Usage};

/// What a caller writes who leaves the model open, beside nothing at all.
const ANY: &str = "auto";

/// Routes requests. Made once for a configuration; asking it changes nothing.
#[derive(Debug)]
pub struct Router {
    models: Vec<Model>,
    routes: Vec<Rule>,
    defaults: Defaults,
    names: HashMap<String, usize>,
    predictor: Option<Predictor>,
    /// One a model, if there is a predictor.
    panelists: Vec<Panelist>,
    /// Why predictions are poorer than they could be.
    note: Option<String>,
}

#[derive(Debug)]
struct Rule {
    route: Route,
    /// Its targets: position of the model, weight.
    targets: Vec<(usize, f64)>,
    weighted: bool,
}

/// Who may be chosen, and how their order is found if there is more than one.
struct Candidates<'a> {
    rule: Option<&'a Rule>,
    /// Position of the model, weight.
    models: Vec<(usize, f64)>,
    asked: bool,
}

/// A candidate that no rule excluded.
#[derive(Clone, Copy)]
struct Allowed {
    model: usize,
    weight: f64,
    expected: Expected,
}

impl Router {
    /// A router for a configuration. The descriptions of models that the predictor doesn't know are embedded here, once.
    ///
    /// # Errors
    /// [`Error::Configuration`] for the first fault, [`Error::Predictor`] for bytes that are no predictor. An embedder that fails, or
    /// that isn't the one the predictor was trained over, is no error: predictions are then priors, and decisions say so.
    pub fn new(config: Config, predictor: &[u8], embedder: &impl Embedder) -> Result<Self, Error> {
        config.validate()?;
        let names: HashMap<String, usize> =
            config.models.iter().enumerate().map(|(at, model)| (model.name.clone(), at)).collect();
        let routes = config.routes.into_iter().map(|route| Rule::new(route, &names)).collect();
        let mut router = Self {
            models: config.models,
            routes,
            defaults: config.routing,
            names,
            predictor: None,
            panelists: Vec::new(),
            note: None,
        };
        if router.predicts() {
            let predictor = Predictor::parse(predictor)?;
            router.note = predictor.mismatch(embedder);
            router.panelists = predictor.panelists(&router.models, embedder)?;
            router.predictor = Some(predictor);
        }
        Ok(router)
    }

    /// Name of the route that a request falls under; `None` for none. A decision says it too, and may cost an embedding.
    #[must_use]
    pub fn find_route(&self, request: &Request<'_>) -> Option<&str> {
        self.rule(request).map(|rule| rule.route.name.as_str())
    }

    /// Targets for a request, best first. The same request and draw give the same decision.
    ///
    /// # Errors
    /// [`Error::Request`], [`Error::UnknownModel`], or [`Error::NothingAllowed`], which says which rule excluded which model.
    pub fn route(&self, request: &Request<'_>, embedder: &impl Embedder) -> Result<Decision, Error> {
        check(request)?;
        if self.models.is_empty() {
            return Ok(passed(request, reason::NO_CONFIGURATION));
        }
        let Some(candidates) = self.candidates(request)? else {
            return Ok(passed(request, reason::UNLISTED));
        };
        let route = candidates.rule.map(|rule| &rule.route);
        let demand = Demand { request, route, usage: self.usage(request) };
        let (allowed, excluded) = self.allowed(&candidates, &demand);
        let route = route.map(|route| route.name.clone());
        if allowed.is_empty() {
            return Err(Error::NothingAllowed { route, excluded });
        }
        let order = self.order(request, &candidates, allowed.len());
        let (choices, note) = self.choices(request, order, &allowed, embedder);
        Ok(Decision { choices, route, order, excluded, note })
    }

    /// What tokens cost at a model; `None` for one that is not configured.
    #[must_use]
    pub fn price(&self, model: &str) -> Option<&Price> {
        let at = *self.names.get(model)?;
        self.models.get(at).map(|model| &model.price)
    }

    /// The configured models, in order.
    #[must_use]
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// Whether any request could need a prediction. A request's own quality can ask for one wherever there is a choice.
    fn predicts(&self) -> bool {
        self.models.len() > 1
    }

    /// The first route that matches.
    fn rule(&self, request: &Request<'_>) -> Option<&Rule> {
        self.routes.iter().find(|rule| rule.route.matches.accepts(request))
    }

    /// `None` where the model asked for is to be passed on as it is.
    fn candidates(&self, request: &Request<'_>) -> Result<Option<Candidates<'_>>, Error> {
        let rule = self.rule(request);
        let all = || (0..self.models.len()).map(|at| (at, 1.0)).collect();
        let open = request.model.is_empty() || request.model == ANY;
        let (models, asked) = match (rule, self.names.get(request.model)) {
            (Some(rule), _) if !rule.targets.is_empty() => (rule.targets.clone(), false),
            (_, Some(&at)) => (vec![(at, 1.0)], true),
            (Some(rule), None) if open || !rule.route.matches.model.is_empty() => (all(), false),
            (None, None) if open => (all(), false),
            _ if self.defaults.unlisted == Unlisted::Pass => return Ok(None),
            _ => {
                let known = self.models.iter().map(|model| model.name.clone()).collect();
                return Err(Error::UnknownModel { asked: request.model.to_owned(), known });
            }
        };
        Ok(Some(Candidates { rule, models, asked }))
    }

    fn usage(&self, request: &Request<'_>) -> Usage {
        Usage {
            prompt_tokens: request.prompt_tokens,
            completion_tokens: request.completion_tokens.unwrap_or(self.defaults.completion_tokens),
            cached_read_tokens: request.cached_tokens,
            ..Usage::default()
        }
    }

    fn allowed(
        &self,
        candidates: &Candidates<'_>,
        demand: &Demand<'_>,
    ) -> (Vec<Allowed>, Vec<crate::decision::Exclusion>) {
        let mut allowed = Vec::with_capacity(candidates.models.len());
        let mut excluded = Vec::new();
        for &(at, weight) in &candidates.models {
            let Some(model) = self.models.get(at) else { continue };
            let expected = demand.expected(model);
            match demand.exclusion(model, &expected) {
                Some(exclusion) => excluded.push(exclusion),
                None => allowed.push(Allowed { model: at, weight, expected }),
            }
        }
        (allowed, excluded)
    }

    fn order(&self, request: &Request<'_>, candidates: &Candidates<'_>, allowed: usize) -> Order {
        if candidates.asked {
            return Order::Asked;
        }
        let weighted = candidates.rule.is_some_and(|rule| rule.weighted);
        let of_route = candidates.rule.and_then(|rule| rule.route.quality);
        match request.quality.or(of_route) {
            Some(quality) if allowed > 1 => Order::Quality(quality),
            None if weighted => Order::Weighted,
            None => match self.defaults.quality {
                Some(quality) if allowed > 1 => Order::Quality(quality),
                _ => Order::Listed,
            },
            Some(_) => Order::Listed,
        }
    }

    fn choices(
        &self,
        request: &Request<'_>,
        order: Order,
        allowed: &[Allowed],
        embedder: &impl Embedder,
    ) -> (Vec<Choice>, Option<String>) {
        let mut note = None;
        let mut predicted: Vec<Option<f64>> = vec![None; allowed.len()];
        if let (Order::Quality(Quality::Best | Quality::Share(_)), Some(predictor)) = (order, &self.predictor)
        {
            let panelists: Vec<&Panelist> =
                allowed.iter().filter_map(|allowed| self.panelists.get(allowed.model)).collect();
            let embedding = match &self.note {
                None if predictor.reads_embedding(&panelists) => embedded(request.prompt, embedder),
                None => Ok(None),
                Some(note) => Err(note.clone()),
            };
            let vector = embedding.as_ref().ok().and_then(Option::as_deref);
            predicted = predictor.chances(request.prompt, &panelists, vector).into_iter().map(Some).collect();
            note = embedding.err();
        }
        let positions = match order {
            Order::Asked | Order::Listed => (0..allowed.len()).collect(),
            Order::Weighted => {
                let weights: Vec<f64> = allowed.iter().map(|allowed| allowed.weight).collect();
                by_weight(&weights, request.draw)
            }
            Order::Quality(quality) => {
                let standings: Vec<Standing> = allowed
                    .iter()
                    .zip(&predicted)
                    .map(|(allowed, quality)| Standing {
                        quality: quality.unwrap_or_default(),
                        cost: allowed.expected.cost,
                    })
                    .collect();
                by_quality(&standings, quality)
            }
        };
        let best = predicted.iter().copied().flatten().reduce(f64::max);
        let choices = positions.into_iter().filter_map(|at| {
            let allowed = allowed.get(at)?;
            let model = self.models.get(allowed.model)?;
            let quality = predicted.get(at).copied().flatten();
            let basis = match (quality, self.panelists.get(allowed.model)) {
                (Some(_), Some(panelist)) => panelist.basis(),
                _ => Basis::None,
            };
            let mut choice = Choice {
                model: model.name.clone(),
                upstream: model.upstream.clone().unwrap_or_else(|| model.name.clone()),
                node: model.node.clone(),
                quality,
                basis,
                cost: allowed.expected.cost,
                latency_ms: allowed.expected.latency_ms,
                reason: String::new(),
            };
            choice.reason = reason::text(&choice, order, best);
            Some(choice)
        });
        (choices.collect(), note)
    }
}

impl Rule {
    fn new(route: Route, names: &HashMap<String, usize>) -> Self {
        let targets = route
            .targets
            .iter()
            .filter_map(|target| Some((*names.get(&target.model)?, target.weight.unwrap_or(1.0))))
            .collect();
        let weighted = route.targets.iter().any(|target| target.weight.is_some());
        Self { route, targets, weighted }
    }
}

/// The prompt's vector, or why there is none.
fn embedded(prompt: &str, embedder: &impl Embedder) -> Result<Option<Vec<f32>>, String> {
    match embedder.embed(&[prompt]) {
        Ok(mut vectors) => Ok(vectors.pop()),
        Err(error) => Err(format!("the embedder failed, predicted without it: {error}")),
    }
}

fn check(request: &Request<'_>) -> Result<(), Error> {
    if !(0.0..1.0).contains(&request.draw) {
        let problem = format!("is {}", request.draw);
        let remedy = "draw a number from 0 to 1, 1 excluded";
        return Err(Error::Request { field: "draw", problem, remedy });
    }
    match request.quality {
        Some(Quality::Share(share)) if !(share > 0.0 && share <= 1.0) => {
            let problem = format!("is {share}");
            Err(Error::Request { field: "quality", problem, remedy: "send a number above 0 and at most 1" })
        }
        _ => Ok(()),
    }
}

/// The model asked for, as it was asked for.
fn passed(request: &Request<'_>, reason: &str) -> Decision {
    let choice = Choice {
        model: request.model.to_owned(),
        upstream: request.model.to_owned(),
        node: None,
        quality: None,
        basis: Basis::None,
        cost: None,
        latency_ms: None,
        reason: reason.to_owned(),
    };
    Decision { choices: vec![choice], route: None, order: Order::Asked, excluded: Vec::new(), note: None }
}
