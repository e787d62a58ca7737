//! Lines with their place, whatever ends them: `\n`, `\r\n`, `\r`, or the end of the text.

/// One line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// Byte offset of the line in the text.
    pub(crate) start: usize,
    /// The line without its terminator and without a byte order mark.
    pub(crate) text: &'a str,
}

impl Line<'_> {
    pub(crate) fn is_blank(&self) -> bool {
        self.text.chars().all(char::is_whitespace)
    }

    /// Columns of white space at the line's start; a tab goes to the next multiple of four, as CommonMark has it.
    pub(crate) fn indent(&self) -> usize {
        let mut column = 0;
        for byte in self.text.bytes() {
            match byte {
                b' ' => column += 1,
                b'\t' => column += 4 - column % 4,
                _ => break,
            }
        }
        column
    }
}

/// All lines of a text, in order.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let (line, length) = match rest.find(['\n', '\r']) {
            None => (rest, rest.len()),
            Some(end) => {
                let terminator = if rest.get(end..).is_some_and(|t| t.starts_with("\r\n")) { 2 } else { 1 };
                (rest.get(..end).unwrap_or_default(), end + terminator)
            }
        };
        let start = at;
        at += length;
        let line = if start == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        Some(Line { start, text: line })
    })
}
