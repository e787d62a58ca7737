//! What the nodes say they serve, remembered for as long as the instance lives and the answer is fresh.

use std::cell::RefCell;
use std::time::Duration;

use futures::future::join_all;
use gusset_generate::{Model, Node, wire};

use crate::clock::{Timer, now};
use crate::{health, transport};

/// A model that was loaded or a node that came back is seen within this time; so is a node that went, but that costs no more than
/// a failed attempt.
const FRESH: Duration = Duration::from_secs(15);

/// For the list after the connection stands: it is read from memory, and a completion may be waiting for it.
const ANSWER: Duration = Duration::from_secs(2);

thread_local! {
    static KNOWN: RefCell<Vec<Option<(Duration, Listing)>>> = const { RefCell::new(Vec::new()) };
}

/// `None` where the node did not answer.
type Listing = Option<Answer>;

/// What an answering node says.
#[derive(Clone)]
enum Answer {
    Models(Vec<Model>),
    /// It has no list: not every server does.
    Unlisted,
}

/// What [`gusset_generate::targets`] wants to know. Nodes with a configured model are not asked, nor those left alone.
pub(crate) async fn listings(nodes: &[Node]) -> Vec<Option<Vec<Model>>> {
    let listings = nodes.iter().enumerate().map(async |(index, node)| match node.model {
        None if health::admits(index) => match listing(index, node).await {
            Some(Answer::Models(models)) => Some(models),
            Some(Answer::Unlisted) | None => None,
        },
        _ => None,
    });
    join_all(listings).await
}

/// Each node's models that may be asked for; none where it did not answer.
pub(crate) async fn models(nodes: &[Node]) -> Vec<Vec<Model>> {
    let models = nodes.iter().enumerate().map(async |(index, node)| {
        if !health::admits(index) {
            return Vec::new();
        }
        let Some(answer) = listing(index, node).await else { return Vec::new() };
        node.offers(match answer {
            Answer::Models(models) => models,
            Answer::Unlisted => Vec::new(),
        })
    });
    join_all(models).await
}

async fn listing(index: usize, node: &Node) -> Listing {
    let known = KNOWN.with_borrow(|known| known.get(index).cloned().flatten());
    if let Some((at, listing)) = known
        && now() < at + FRESH
    {
        return listing;
    }
    let listing =
        Timer::default().within(now() + node.connect_timeout() + ANSWER, ask(node)).await.ok().flatten();
    KNOWN.with_borrow_mut(|known| {
        known.resize(known.len().max(index + 1), None);
        if let Some(entry) = known.get_mut(index) {
            *entry = Some((now(), listing.clone()));
        }
    });
    listing
}

async fn ask(node: &Node) -> Listing {
    let (head, mut body) = transport::send(node, wire::models(node).ok()?).await.ok()?;
    if !head.status.is_success() {
        // It lives; a completion will tell what it thinks of us.
        return (!head.status.is_server_error()).then_some(Answer::Unlisted);
    }
    let mut bytes = Vec::new();
    while let Some(piece) = body.read().await.ok()? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > wire::MAX_LISTING_BYTES {
            return None;
        }
    }
    Some(wire::parse_models(node, &bytes).map_or(Answer::Unlisted, Answer::Models))
}
