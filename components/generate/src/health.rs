//! What this instance has learned of its nodes: breakers and budgets, for all its requests. It ends with the instance; what others
//! should know, the caller takes along from `list-breakers` and brings back in a request's plan.

use std::cell::RefCell;

use gusset_generate::{Failure, Health, Memory, Report};

use crate::clock::{draw, now};
use crate::settings;

thread_local! {
    static HEALTH: RefCell<Option<Health>> = const { RefCell::new(None) };
}

/// Lends it for one decision. Without a configuration that can be read there are no nodes.
pub(crate) fn with<T>(decide: impl FnOnce(&mut Health) -> T) -> T {
    HEALTH.with_borrow_mut(|health| {
        let nodes = || settings::nodes().unwrap_or_default();
        decide(health.get_or_insert_with(|| Health::new(nodes(), Memory::Instance)))
    })
}

/// Circuit breakers of the nodes that were asked or heard of so far.
pub(crate) fn report() -> Vec<Report> {
    with(|health| health.report(now()))
}

/// Takes over what another instance found.
pub(crate) fn hear(open: &[(String, u32)]) {
    with(|health| health.hear(open, now()));
}

/// Whether the node would be asked now.
pub(crate) fn admits(node: usize) -> bool {
    with(|health| health.admits(node, now()))
}

/// A completion of the node broke after its first token.
pub(crate) fn broke(node: usize, failure: &Failure) {
    with(|health| health.broke(node, failure, now(), draw()));
}
