//! What a walk has under way and what it has before it.

use std::time::Duration;

use crate::Target;
use crate::breaker::Permit;

/// An attempt to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// To name it by.
    pub id: AskId,
    /// Whom to ask for what.
    pub target: Target,
}

/// The name of an attempt within its walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AskId(pub(super) u32);

/// A target that is still to be asked.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) target: Target,
    /// Attempts at it that have failed.
    pub(super) tries: u32,
    /// Not before: the end of a retry's wait.
    pub(super) at: Duration,
    /// When its first attempt began, where it had one.
    pub(super) since: Option<Duration>,
    /// Until when its share of the walk's limit lasts, all its attempts together.
    pub(super) share: Option<Duration>,
}

/// An attempt under way.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) id: AskId,
    pub(super) candidate: Candidate,
    pub(super) permit: Option<Permit>,
    pub(super) started: Duration,
    /// When its share of the walk's limit is used up.
    pub(super) cut: Option<Duration>,
}

impl Candidate {
    pub(super) fn new(target: Target) -> Self {
        Self { target, tries: 0, at: Duration::ZERO, since: None, share: None }
    }
}
