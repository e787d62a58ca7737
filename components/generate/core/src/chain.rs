//! Which targets serve a request, in which order, and whether the next one is tried after a failure.

use std::collections::VecDeque;

use crate::{Error, Failure, Model, Node, Place};

/// One node to ask, for one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Position among the nodes given to [`plan`].
    pub node: usize,
    /// What to call the model there. Empty where the node must choose: it has no `model` configured, its list is unknown, and the
    /// request names none. Servers of a single model accept that.
    pub model: String,
}

/// The targets of one request, walked until one answers.
#[derive(Debug)]
pub struct Chain {
    targets: VecDeque<Target>,
    failures: Vec<Failure>,
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

impl Chain {
    /// A chain over targets in the order in which they are to be tried.
    #[must_use]
    pub fn new(targets: impl IntoIterator<Item = Target>) -> Self {
        Self { targets: targets.into_iter().collect(), failures: Vec::new() }
    }

    /// The target to try next; `None` when there is none left, or when none can help.
    pub fn next_target(&mut self) -> Option<Target> {
        self.targets.pop_front()
    }

    /// The target tried last failed before its first event. Every failure moves on, a refusal too, since another target may
    /// accept what this one doesn't; but for a fault of the request, which no target can heal.
    pub fn fail(&mut self, failure: Failure) {
        if failure.place == Place::Client {
            self.targets.clear();
        }
        self.failures.push(failure);
    }

    /// The failures so far, in order.
    #[must_use]
    pub fn into_failures(self) -> Vec<Failure> {
        self.failures
    }

    /// What to report when no target is left.
    #[must_use]
    pub fn into_error(self) -> Error {
        Error::Failed(self.failures)
    }
}
