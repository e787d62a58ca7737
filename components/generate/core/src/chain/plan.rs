//! Which targets serve a request, in which order.

use crate::{Asked, Cause, Error, Failure, Model, Node, Place, Request};

/// One node to ask, for one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Position among the nodes given to [`plan`].
    pub node: usize,
    /// What to call the model there. Empty where the node must choose: it has no `model` configured, its list is unknown, and the
    /// request names none. Servers of a single model accept that.
    pub model: String,
}

/// Targets that serve `model` (empty: any), best first: nodes configured for it, then those that list it, then those whose
/// list is unknown; the order of the configuration within each.
///
/// `listings` has one entry a node: the models that it said it has, or `None` where it was not asked or did not answer. A node
/// with a configured model needs none.
///
/// # Errors
/// [`Error::NoTarget`] with the names there are, without duplicates.
pub fn plan(nodes: &[Node], listings: &[Option<Vec<Model>>], model: &str) -> Result<Vec<Target>, Error> {
    let mut ranked = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let listed = listings.get(index).and_then(Option::as_deref);
        let name = match (node.model.as_deref(), listed) {
            (Some(configured), _) => {
                names.push(configured);
                (model.is_empty() || model == configured).then_some((0, configured))
            }
            (None, Some(listed)) => {
                names.extend(listed.iter().map(|model| model.name.as_str()));
                let found = listed.iter().find(|entry| model.is_empty() || entry.name == model);
                found.map(|entry| (1, entry.name.as_str()))
            }
            (None, None) => Some((2, model)),
        };
        // Any model is as good as another where none is named: the order of the configuration alone decides.
        let rank = |rank| if model.is_empty() { 0 } else { rank };
        ranked.extend(name.map(|(kind, name)| (rank(kind), Target { node: index, model: name.to_owned() })));
    }
    if ranked.is_empty() {
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(*name));
        return Err(Error::NoTarget(names.into_iter().map(str::to_owned).collect()));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    Ok(ranked.into_iter().map(|(_, target)| target).collect())
}

/// The targets of a request: those of its plan as far as they are configured, or, where it has none, those that [`plan`] finds for its
/// model. A target stands once, where it stands first. With them, a failure for each target of the plan that isn't configured.
///
/// # Errors
/// [`Error::NoTarget`] as [`plan`]; [`Error::Failed`] where no target of the request's plan is configured.
pub fn targets(
    nodes: &[Node],
    listings: &[Option<Vec<Model>>],
    request: &Request,
) -> Result<(Vec<Target>, Vec<Failure>), Error> {
    let asked = &request.plan.targets;
    if asked.is_empty() {
        return Ok((plan(nodes, listings, &request.model)?, Vec::new()));
    }
    let mut found: Vec<Target> = Vec::new();
    let mut failures = Vec::new();
    for asked in asked {
        let these = if asked.node.is_empty() {
            plan(nodes, listings, &asked.model).unwrap_or_default()
        } else {
            named(nodes, asked)
        };
        if these.is_empty() {
            failures.push(unconfigured(asked));
        }
        for target in these {
            if !found.contains(&target) {
                found.push(target);
            }
        }
    }
    if found.is_empty() { Err(Error::Failed(failures)) } else { Ok((found, failures)) }
}

/// Whether [`targets`] would read any listing: they matter only where a target is looked for by its model's name, and then only those
/// of nodes without a configured model.
#[must_use]
pub fn needs_listings(request: &Request) -> bool {
    let asked = &request.plan.targets;
    asked.is_empty() || asked.iter().any(|asked| asked.node.is_empty())
}

/// The node that the plan names: the one configured for the model, else one that takes any.
fn named(nodes: &[Node], asked: &Asked) -> Vec<Target> {
    let url = asked.node.trim_end_matches('/');
    let here = || nodes.iter().enumerate().filter(|(_, node)| node.target() == url);
    let exact = here().find(|(_, node)| node.model.as_deref() == Some(asked.model.as_str()));
    let open = || here().find(|(_, node)| node.model.is_none() || asked.model.is_empty());
    let found = exact.or_else(open);
    let target = |(index, node): (usize, &Node)| Target {
        node: index,
        model: node.model.clone().unwrap_or_else(|| asked.model.clone()),
    };
    found.map(target).into_iter().collect()
}

fn unconfigured(asked: &Asked) -> Failure {
    let Asked { node, model } = asked;
    let message = if node.is_empty() {
        format!("no configured node serves `{model}`")
    } else {
        format!("no node with this URL is configured for `{model}`; add it to the configuration's nodes")
    };
    Failure {
        target: node.clone(),
        place: Place::Edge,
        cause: Cause::UnknownModel,
        message,
        retryable: false,
        retry_after_ms: None,
        elapsed_ms: 0,
    }
}
