//! Inline Markdown to the text that a reader sees. Sensible rather than complete: what it doesn't know stays as it is.

/// Removes emphasis, the addresses of links and images, footnote and citation marks, and runs of white space. Code in backticks
/// stays as it stands.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '`' => code(rest, &mut out),
            '!' if rest.starts_with("![") => rest.get(1..).and_then(|rest| Some(link(rest, &mut out)? + 1)),
            '[' => link(rest, &mut out),
            '*' | '_' => emphasis(rest, &mut out),
            '\\' => escape(rest, &mut out),
            _ => None,
        };
        let taken = taken.unwrap_or_else(|| {
            // A citation mark follows its word without a gap; white space collapses to one.
            if !c.is_whitespace() {
                out.push(c);
            } else if !out.ends_with(' ') {
                out.push(' ');
            }
            c.len_utf8()
        });
        rest = rest.get(taken..).unwrap_or_default();
    }
    out.trim().to_owned()
}

/// Each of these reads one construct at the beginning of `text`, writes what is seen of it, and returns the bytes it took; `None`
/// where there is no such construct.
fn code(text: &str, out: &mut String) -> Option<usize> {
    let end = text.get(1..)?.find('`')? + 2;
    out.push_str(text.get(..end)?);
    Some(end)
}

/// `[label](address)`, `[label][reference]`; and `[12]`, `[^note]`, which would read as a citation of this answer's own.
fn link(text: &str, out: &mut String) -> Option<usize> {
    let close = text.find(']')?;
    let label = text.get(1..close)?;
    if label.contains('[') {
        return None;
    }
    let after = text.get(close + 1..)?;
    let target = match after.chars().next() {
        Some('(') => after.find(')'),
        Some('[') => after.find(']'),
        _ => None,
    };
    if let Some(end) = target {
        out.push_str(&plain(label));
        return Some(close + 1 + end + 1);
    }
    let mark = label.starts_with('^') || (!label.is_empty() && label.bytes().all(|b| b.is_ascii_digit()));
    mark.then_some(close + 1)
}

/// A run of `*` or `_` that opens or closes emphasis: one that touches a word, and for `_` not inside one.
fn emphasis(text: &str, out: &mut String) -> Option<usize> {
    let mark = text.chars().next()?;
    let run = text.chars().take_while(|c| *c == mark).count();
    let before = out.chars().next_back().filter(|c| !c.is_whitespace());
    let after = text.get(run..)?.chars().next().filter(|c| !c.is_whitespace());
    let joined = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let inside_word = joined(before) && joined(after) && (mark == '_' || run == 1);
    if (before.is_none() && after.is_none()) || run > 3 || inside_word {
        out.extend(std::iter::repeat_n(mark, run));
    }
    Some(run)
}

fn escape(text: &str, out: &mut String) -> Option<usize> {
    let escaped = text.chars().nth(1).filter(char::is_ascii_punctuation)?;
    out.push(escaped);
    Some(2)
}
