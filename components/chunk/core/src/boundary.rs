//! Where a text may be cut, and how coarse each of those places is.

use std::ops::Range;

/// How much belongs together between two boundaries of a kind; coarsest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Before a heading, 1 to 6.
    Heading(u8),
    /// Between paragraphs, tables, lists, code.
    Block,
    /// Between the items of a list, the rows of a table, the blank-line-separated parts of code.
    Item,
    /// Between lines.
    Line,
    /// Between sentences.
    Sentence,
    /// After a full stop or semicolon, where what follows doesn't look like a new sentence: text in lower case.
    Stop,
    /// Between words, at white space.
    Word,
}

impl Level {
    /// All levels, coarsest first.
    pub(crate) const ALL: [Self; 12] = [
        Self::Heading(1),
        Self::Heading(2),
        Self::Heading(3),
        Self::Heading(4),
        Self::Heading(5),
        Self::Heading(6),
        Self::Block,
        Self::Item,
        Self::Line,
        Self::Sentence,
        Self::Stop,
        Self::Word,
    ];

    fn rank(self) -> usize {
        match self {
            Self::Heading(level) => usize::from(level.clamp(1, 6)) - 1,
            Self::Block => 6,
            Self::Item => 7,
            Self::Line => 8,
            Self::Sentence => 9,
            Self::Stop => 10,
            Self::Word => 11,
        }
    }
}

/// The structural boundaries of a text, by level. Positions are byte offsets at which something starts, ascending in each level.
#[derive(Debug, Default)]
pub(crate) struct Boundaries {
    levels: [Vec<usize>; 12],
}

impl Boundaries {
    /// Positions must come in ascending order.
    pub(crate) fn push(&mut self, position: usize, level: Level) {
        if let Some(positions) = self.levels.get_mut(level.rank()) {
            positions.push(position);
        }
    }

    /// Boundaries of a level strictly inside a range.
    pub(crate) fn inside(&self, range: &Range<usize>, level: Level) -> &[usize] {
        let positions = self.levels.get(level.rank()).map(Vec::as_slice).unwrap_or_default();
        let from = positions.partition_point(|&p| p <= range.start);
        let to = positions.partition_point(|&p| p < range.end);
        positions.get(from..to).unwrap_or_default()
    }
}

impl Boundaries {
    /// Whether the boundary at `a` is as fine as the one at `b`, or finer. Where there is no structural boundary is finest.
    pub(crate) fn finer(&self, a: usize, b: usize) -> bool {
        let rank = |position| self.levels.iter().position(|level| level.binary_search(&position).is_ok());
        match (rank(a), rank(b)) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(a), Some(b)) => a >= b,
        }
    }

    /// All places at which a level as coarse as `least`, or coarser, has a boundary, ascending.
    pub(crate) fn coarse(&self, least: Level) -> Vec<usize> {
        let levels = self.levels.iter().take(least.rank() + 1);
        let mut positions: Vec<usize> = levels.flatten().copied().collect();
        positions.sort_unstable();
        positions.dedup();
        positions
    }

    /// The same places without what `recursive` doesn't know: headings are blocks, items are lines.
    pub(crate) fn flattened(self) -> Self {
        let mut flat = Self::default();
        let mut all: Vec<(usize, Level)> = Vec::new();
        for (level, positions) in Level::ALL.into_iter().zip(self.levels) {
            let level = if level <= Level::Block { Level::Block } else { Level::Line };
            all.extend(positions.into_iter().map(|position| (position, level)));
        }
        all.sort_unstable();
        all.into_iter().for_each(|(position, level)| flat.push(position, level));
        flat
    }
}
