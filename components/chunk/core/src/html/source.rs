//! From positions of the readable text back to positions of the HTML.

/// Ascending points between which text and source run in step.
#[derive(Debug, Default)]
pub(super) struct SourceMap {
    points: Vec<Point>,
}

#[derive(Clone, Copy, Debug)]
struct Point {
    /// Position in the readable text.
    text: usize,
    /// Where a piece that starts there starts in the source.
    cut: usize,
    /// Where the text's own bytes are.
    source: usize,
}

impl SourceMap {
    /// From `text` on the readable text is that of the source from `source` on; a cut right there is made at `cut`.
    pub(super) fn push(&mut self, text: usize, cut: usize, source: usize) {
        let in_step = self.points.last().is_some_and(|last| source == last.source + (text - last.text));
        if !(in_step && cut == source) {
            self.points.push(Point { text, cut, source });
        }
    }

    pub(super) fn source(&self, position: usize) -> usize {
        let next = self.points.partition_point(|point| point.text <= position);
        let Some(point) = next.checked_sub(1).and_then(|index| self.points.get(index)) else { return 0 };
        if point.text == position {
            return point.cut;
        }
        let position = point.source + (position - point.text);
        // An entity may be shorter than what it stands for.
        self.points.get(next).map_or(position, |next| position.min(next.cut))
    }
}
