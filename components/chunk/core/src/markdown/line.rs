//! What one line could be, seen alone.

/// A code fence: its character and how often it is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fence {
    mark: char,
    length: usize,
}

/// Level and title of an ATX heading (`## Title ##`).
pub(super) fn atx_heading(line: &str) -> Option<(u8, &str)> {
    let line = line.trim();
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    if !(1..=6).contains(&level) || !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let title = rest.trim();
    let open = title.trim_end_matches('#');
    let closed = open.is_empty() || open.ends_with([' ', '\t']);
    Some((level as u8, if closed { open.trim_end() } else { title }))
}

/// Level of the setext heading that this line makes of the paragraph above it.
pub(super) fn setext_underline(line: &str) -> Option<u8> {
    let line = line.trim();
    let all = |mark: char| !line.is_empty() && line.chars().all(|c| c == mark);
    if all('=') {
        Some(1)
    } else if all('-') {
        Some(2)
    } else {
        None
    }
}

/// The fence that the line opens. The info string of a backtick fence has no backtick.
pub(super) fn fence_opened(line: &str) -> Option<Fence> {
    let line = line.trim();
    let mark = line.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let info = line.trim_start_matches(mark);
    let length = line.len() - info.len();
    (length >= 3 && !(mark == '`' && info.contains('`'))).then_some(Fence { mark, length })
}

impl Fence {
    /// Whether the line closes this fence.
    pub(super) fn is_closed_by(self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|c| c == self.mark)
    }
}

/// `***`, `- - -`, `___`: a line across.
pub(super) fn is_thematic_break(line: &str) -> bool {
    let mut marks = line.chars().filter(|c| !c.is_whitespace());
    let Some(mark) = marks.next().filter(|mark| matches!(mark, '*' | '-' | '_')) else { return false };
    let mut count = 1;
    marks.all(|c| {
        count += 1;
        c == mark
    }) && count >= 3
}

/// Whether the line starts a list item, and whether it may interrupt a paragraph: bullets may, numbers only from 1.
pub(super) fn list_item(line: &str) -> Option<bool> {
    let line = line.trim_start();
    let ends_marker = |rest: &str| rest.is_empty() || rest.starts_with([' ', '\t']);
    if let Some(rest) = line.strip_prefix(['-', '+', '*']) {
        return ends_marker(rest).then_some(!rest.trim().is_empty());
    }
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = line.get(..line.len() - rest.len()).filter(|digits| (1..=9).contains(&digits.len()))?;
    let rest = rest.strip_prefix(['.', ')'])?;
    ends_marker(rest).then_some(digits == "1" && !rest.trim().is_empty())
}

/// Whether `line` is the head of a table, which the line below it decides.
pub(super) fn is_table_head(line: &str, below: &str) -> bool {
    line.contains('|') && is_table_rule(below)
}

/// The line between a table's head and its rows: `--- | :-:`.
pub(super) fn is_table_rule(line: &str) -> bool {
    let rule = |c| matches!(c, '|' | '-' | ':' | ' ' | '\t');
    line.contains('-') && line.contains(['|', ':']) && line.chars().all(rule)
}
