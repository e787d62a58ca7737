//! Two things that change places: `from A to B` is not `from B to A`.

use crate::words::{Word, content};

/// Words between two things that make the order matter even if nothing else stands between them.
const DIRECTED: [&str; 10] = ["to", "into", "from", "than", "over", "by", "before", "after", "against", "as"];

/// Content words of one thing, at most.
const LONGEST: usize = 4;

/// Whether one question is the other with two things in each other's place. Things that stand side by side may change theirs, unless a word gives
/// them a direction: `flu symptoms` are `symptoms of the flu`.
pub(super) fn swapped(asked: &[Word], answered: &[Word]) -> bool {
    let (a, b) = (content(asked), content(answered));
    if a.len() != b.len() || a == b {
        return false;
    }
    let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let inner = |all: &'_ [&str]| -> Vec<String> {
        let count = all.len().saturating_sub(same + tail);
        all.iter().skip(same).take(count).map(|&stem| stem.to_owned()).collect()
    };
    let (a, b) = (inner(&a), inner(&b));
    let directed = || asked.iter().chain(answered).any(|word| DIRECTED.contains(&word.text.as_str()));
    (1..=LONGEST).any(|left| {
        (1..=LONGEST).any(|right| {
            let Some(middle) = a.len().checked_sub(left + right) else { return false };
            let turned = || {
                let (x, rest) = a.split_at_checked(left)?;
                let (m, y) = rest.split_at_checked(middle)?;
                Some(y.iter().chain(m).chain(x).eq(b.iter()))
            };
            turned() == Some(true) && (middle > 0 || directed())
        })
    })
}
