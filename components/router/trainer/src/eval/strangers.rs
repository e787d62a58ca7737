//! Models that no panel knows: what the prior is worth, each of the nine taken for a stranger in turn.

use crate::data::Set;
use crate::fit::{KNOWN_KIND, Prompts, panel};
use crate::folds::{folds, held_out};
use crate::prior;

pub(super) fn report(set: &Set, prompts: &Prompts, seed: u64) -> String {
    let fit = prior::fit(set, prompts, KNOWN_KIND, seed);
    let rows: Vec<usize> = (0..set.rows.len()).collect();
    let means = set.means(&rows);
    // Other folds than those that `follow` was chosen on.
    let predictions = held_out(set, &folds(set, 5, seed + 100), |fold| {
        let panel = panel(set, prompts, &fold.train, KNOWN_KIND, seed + 100);
        fold.test.iter().map(|&row| prompts.predict(&panel, row)).collect()
    });
    let mut text = format!(
        "## Models that were not trained on\nLog odds of quality {:.3} + {:.3} · ln(billions); a stranger follows {:.2} of the known models' \
         deviation.\nLog loss a question, each of the nine models predicted from the other eight, its mean known: {:.4}; by its mean alone: {:.4}.\n\n\
         | model | quality | by size, the line drawn without it |\n|---|---|---|\n",
        fit.intercept,
        fit.slope,
        fit.follow,
        prior::loss_of(set, &predictions, &means, fit.follow),
        prior::loss_of(set, &predictions, &means, 0.0),
    );
    for (at, (name, mean)) in set.models.iter().zip(&means).enumerate() {
        let guess = prior::by_size_without(set, &means, at);
        let cell = guess.map_or("unknown".to_owned(), |guess| format!("{guess:.3}"));
        text.push_str(&format!("| {name} | {mean:.3} | {cell} |\n"));
    }
    text
}
