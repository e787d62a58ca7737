//! Traces as text: a table of them, or one as a tree with a bar for each span. Spans in, text out; nothing else.

use super::{Span, Summary};
use serde_json::Value;
use std::collections::HashSet;
use std::fmt::Write;

/// Columns of a bar: with names and durations beside it, a line fits most terminals.
const BAR: u64 = 32;

/// One line a trace, newest first as they come.
pub(super) fn table(traces: &[Summary]) -> String {
    if traces.is_empty() {
        return "no traces yet\n".into();
    }
    let width = traces.iter().map(|trace| trace.name.chars().count()).max().unwrap_or(0).max(4);
    let mut text = format!(
        "{:32}  {:20}  {:>10}  {:>5}  {:width$}  status\n",
        "trace", "started (UTC)", "took", "spans", "name"
    );
    for trace in traces {
        let took = duration(trace.end.saturating_sub(trace.start));
        let started = timestamp(trace.start);
        // Writing to a string can't fail.
        let _ = writeln!(
            text,
            "{:32}  {started:20}  {took:>10}  {:>5}  {:width$}  {}",
            trace.trace_id, trace.spans, trace.name, trace.status
        );
    }
    text
}

/// The spans below their parents, each with its share of the trace as a bar. A span whose parent is unknown is a root.
pub(super) fn tree(spans: &[Span]) -> String {
    let mut lines = Vec::new();
    let ids: HashSet<&str> = spans.iter().map(|span| span.span_id.as_str()).collect();
    let is_root = |span: &&Span| span.parent.as_deref().is_none_or(|parent| !ids.contains(parent));
    let roots: Vec<&Span> = spans.iter().filter(is_root).collect();
    branch(spans, &roots, "", &mut lines, spans.len());
    let start = spans.iter().map(|span| span.start).min().unwrap_or(0);
    let end = spans.iter().map(|span| span.end).max().unwrap_or(0);
    let width = lines.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (label, span) in lines {
        let took = duration(span.end.saturating_sub(span.start));
        let bar = bar(span, start, end.saturating_sub(start).max(1));
        let failed = if span.status == "ok" { String::new() } else { format!("  {}", span.status) };
        let line = format!("{label:width$}  {took:>10}  {bar}{failed}  {}", attributes(span));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// The siblings and what is below each. `depth` bounds the recursion, so that spans that are each other's parents end too.
fn branch<'a>(
    spans: &'a [Span],
    siblings: &[&'a Span],
    indent: &str,
    lines: &mut Vec<(String, &'a Span)>,
    depth: usize,
) {
    for (index, span) in siblings.iter().enumerate() {
        let last = index + 1 == siblings.len();
        let (fork, rail) = match (indent.is_empty() && siblings.len() == 1, last) {
            (true, _) => ("", ""),
            (false, true) => ("└ ", "  "),
            (false, false) => ("├ ", "│ "),
        };
        lines.push((format!("{indent}{fork}{}", span.name), span));
        let children: Vec<&Span> =
            spans.iter().filter(|child| child.parent.as_deref() == Some(span.span_id.as_str())).collect();
        if let Some(depth) = depth.checked_sub(1) {
            // A root's children hang from a visible line even though the root itself has none.
            let below = if rail.is_empty() { " ".to_owned() } else { format!("{indent}{rail}") };
            branch(spans, &children, &below, lines, depth);
        }
    }
}

fn bar(span: &Span, start: u64, total: u64) -> String {
    let column =
        |at: u64| (u128::from(at.saturating_sub(start)) * u128::from(BAR) / u128::from(total)) as u64;
    let from = column(span.start).min(BAR - 1);
    let to = column(span.end).clamp(from + 1, BAR);
    let part = |text: &str, columns: u64| text.repeat(usize::try_from(columns).unwrap_or(0));
    format!("{}{}{}", part("·", from), part("█", to - from), part("·", BAR - to))
}

fn attributes(span: &Span) -> String {
    let text = |(name, value): (&String, &Value)| match value {
        Value::String(value) => format!("{name}={value}"),
        value => format!("{name}={value}"),
    };
    span.attributes.iter().map(text).collect::<Vec<_>>().join(" ")
}

fn duration(nanoseconds: u64) -> String {
    let ms = nanoseconds as f64 / 1e6;
    match ms {
        ms if ms < 10.0 => format!("{ms:.2} ms"),
        ms if ms < 1000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.2} s", ms / 1e3),
    }
}

/// `2026-11-23 23:21:13`. Days to a date by Howard Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>).
fn timestamp(nanoseconds: u64) -> String {
    let seconds = nanoseconds / 1_000_000_000;
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(id: &str, parent: Option<&str>, start: u64, end: u64) -> Span {
        Span {
            span_id: id.into(),
            parent: parent.map(Into::into),
            name: format!("span {id}"),
            start: start * 1_000_000,
            end: end * 1_000_000,
            status: if id == "3" { "error".into() } else { "ok".into() },
            attributes: [("tokens".to_owned(), Value::from(7))].into_iter().collect(),
        }
    }

    #[test]
    fn a_tree_shows_who_called_whom_and_when() {
        let spans = [
            span("1", Some("elsewhere"), 0, 32),
            span("2", Some("1"), 0, 8),
            span("4", Some("2"), 4, 8),
            span("3", Some("1"), 8, 32),
        ];
        let expected = "\
span 1       32 ms  ████████████████████████████████  tokens=7
 ├ span 2     8.00 ms  ████████························  tokens=7
 │ └ span 4     4.00 ms  ····████························  tokens=7
 └ span 3    24 ms  ········████████████████████████  error  tokens=7
";
        let squeeze = |text: &str| {
            text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
        };
        assert_eq!(squeeze(&tree(&spans)), squeeze(expected), "\n{}", tree(&spans));
        let columns: HashSet<usize> =
            tree(&spans).lines().map(|line| line.chars().position(|c| "█·".contains(c)).unwrap()).collect();
        assert_eq!(columns.len(), 1, "the bars start in one column\n{}", tree(&spans));
    }

    #[test]
    fn spans_that_are_each_others_parents_still_end() {
        assert_eq!(tree(&[span("1", Some("2"), 0, 1), span("2", Some("1"), 0, 1)]), "");
        assert_eq!(tree(&[]), "");
    }

    #[test]
    fn times_read_as_people_write_them() {
        assert_eq!(timestamp(0), "1970-01-01 00:00:00");
        assert_eq!(timestamp(951_827_696_000_000_000), "2000-02-29 12:34:56");
        assert_eq!(timestamp(1_795_476_073_000_000_000), "2026-11-23 23:21:13");
        assert_eq!(
            ["1.23 ms", "123 ms", "1.23 s"],
            [1_234_000, 123_400_000, 1_234_000_000].map(duration).each_ref().map(|t| t.as_str())
        );
    }
}
