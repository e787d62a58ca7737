//! What the three formats have in common: boundaries, and the headings above each place.

use crate::boundary::Boundaries;

/// Bytes of a heading that are kept. Every chunk below a heading repeats it, so one endless line must not be repeated in full.
const MAX_HEADING_BYTES: usize = 256;

/// A heading of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heading {
    /// Where it starts.
    pub(crate) position: usize,
    /// 1 to 6.
    pub(crate) level: u8,
    pub(crate) title: String,
}

/// The structure of a text.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    pub(crate) boundaries: Boundaries,
    /// Ascending by position.
    pub(crate) headings: Vec<Heading>,
}

impl Heading {
    /// A heading whose title has single spaces and a bounded length.
    pub(crate) fn new(position: usize, level: u8, title: &str) -> Self {
        let mut short = String::new();
        for word in title.split_whitespace() {
            let space = usize::from(!short.is_empty());
            if short.len() + space + word.len() > MAX_HEADING_BYTES {
                if short.is_empty() {
                    short.push_str(
                        word.get(..word.floor_char_boundary(MAX_HEADING_BYTES)).unwrap_or_default(),
                    );
                }
                break;
            }
            if space == 1 {
                short.push(' ');
            }
            short.push_str(word);
        }
        Self { position, level, title: short }
    }
}

/// Walks through headings in step with ascending positions.
pub(crate) struct Path<'a> {
    headings: std::iter::Peekable<std::slice::Iter<'a, Heading>>,
    open: Vec<&'a Heading>,
}

impl<'a> Path<'a> {
    pub(crate) fn new(headings: &'a [Heading]) -> Self {
        Self { headings: headings.iter().peekable(), open: Vec::new() }
    }

    /// Headings above `position`, one that starts there included, outermost first. Positions must not descend.
    pub(crate) fn at(&mut self, position: usize) -> Vec<String> {
        while let Some(heading) = self.headings.next_if(|heading| heading.position <= position) {
            self.open.retain(|above| above.level < heading.level);
            self.open.push(heading);
        }
        self.open
            .iter()
            .filter(|heading| !heading.title.is_empty())
            .map(|heading| heading.title.clone())
            .collect()
    }
}
