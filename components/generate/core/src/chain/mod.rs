//! From a request to whoever answers it: which targets serve it ([`plan()`]), and the way along them ([`Walk`]).

mod draw;
mod flight;
mod plan;
mod retry;
mod walk;

pub use draw::unit;
pub use flight::{Ask, AskId};
pub use plan::{Target, needs_listings, plan, targets};
pub use walk::{Step, Walk};
