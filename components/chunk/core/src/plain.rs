//! The structure of text without markup: paragraphs between blank lines, and lines.

use crate::boundary::{Boundaries, Level};
use crate::lines::lines;

pub(crate) fn boundaries(text: &str) -> Boundaries {
    let mut found = Boundaries::default();
    let mut after_blank = false;
    for line in lines(text) {
        let blank = line.is_blank();
        if !blank {
            found.push(line.start, if after_blank { Level::Block } else { Level::Line });
        }
        after_blank = blank;
    }
    found
}
