//! Why a choice stands where it stands, in a sentence for people.

use std::fmt::Write;

use crate::decision::{Basis, Choice, Order};
use crate::quality::Quality;

pub(crate) const NO_CONFIGURATION: &str = "asked for; no models are configured";
pub(crate) const UNLISTED: &str =
    "asked for; not among the configured models, which `routing.unlisted` lets pass";

/// The reason of a choice. `best`: the highest predicted quality among those allowed.
pub(crate) fn text(choice: &Choice, order: Order, best: Option<f64>) -> String {
    let mut text = match order {
        Order::Asked => "asked for".to_owned(),
        Order::Listed => "in the configured order".to_owned(),
        Order::Weighted => "drawn by weight".to_owned(),
        Order::Quality(Quality::Best) => "by quality".to_owned(),
        Order::Quality(Quality::Cheapest) => "by cost".to_owned(),
        Order::Quality(Quality::Share(share)) => format!("by value at quality {share}"),
    };
    // Writing into a String can't fail.
    if let Some(quality) = choice.quality {
        let basis = if choice.basis == Basis::Prior { " (prior)" } else { "" };
        let _ = write!(text, "; quality {quality:.2}{basis}");
        if let Some(best) = best.filter(|best| *best > quality) {
            let _ = write!(text, " of {best:.2}");
        }
    }
    match choice.cost {
        Some(cost) => {
            let _ = write!(text, "; cost {cost:.6}");
        }
        None => text.push_str("; cost unknown"),
    }
    text
}
