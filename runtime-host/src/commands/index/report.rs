//! What became of the files of a pass, told at its end: how many of each, and by name what is not indexed.

use super::walk::Problem;
use indicatif::HumanBytes;
use std::time::Duration;

/// Problems that are told by name. Who has more will not read them all, and they are told of again once these are dealt with.
const NAMED: usize = 1000;

#[derive(Default)]
pub(in crate::commands) struct Tally {
    /// Documents that the folder has, readable or not, also those that were not looked at.
    pub(super) found: usize,
    pub(super) added: usize,
    pub(super) updated: usize,
    pub(super) unchanged: usize,
    pub(super) removed: usize,
    /// Of what was read: added, updated or unchanged.
    pub(super) bytes: u64,
    problems: Vec<Problem>,
    unnamed: usize,
}

// === impl Tally ===

impl Tally {
    pub(super) fn problem(&mut self, problem: Problem) {
        if self.problems.len() < NAMED {
            self.problems.push(problem);
        } else {
            self.unnamed += 1;
        }
    }

    /// Things that are not indexed, or not wholly.
    pub(in crate::commands) fn problems(&self) -> usize {
        self.problems.len() + self.unnamed
    }

    /// Whether there is anything to tell.
    pub(super) fn changed(&self) -> bool {
        self.added + self.updated + self.removed + self.problems() > 0
    }

    /// Writes the report: the sum on standard output, problems on standard error.
    pub(super) fn print(&self, collection: &str, took: Duration) {
        println!("{}", self.sum(collection, took));
        if self.problems() > 0 {
            eprintln!("{}", self.names());
        }
    }

    fn sum(&self, collection: &str, took: Duration) -> String {
        let mut parts = vec![
            format!("{} added", self.added),
            format!("{} updated", self.updated),
            format!("{} unchanged", self.unchanged),
        ];
        parts.extend((self.removed > 0).then(|| format!("{} removed", self.removed)));
        parts.extend((self.problems() > 0).then(|| format!("{} not indexed", self.problems())));
        format!(
            "{collection}: {} ({}) in {:.1} s",
            parts.join(", "),
            HumanBytes(self.bytes),
            took.as_secs_f64()
        )
    }

    fn names(&self) -> String {
        let mut problems: Vec<&Problem> = self.problems.iter().collect();
        problems.sort_by(|a, b| a.path.cmp(&b.path));
        let mut lines = vec!["not indexed:".to_owned()];
        lines.extend(problems.into_iter().map(|Problem { path, why }| format!("  {}: {why}", shown(path))));
        lines.extend((self.unnamed > 0).then(|| format!("  and {} more", self.unnamed)));
        lines.join("\n")
    }
}

/// A path on one line of a terminal.
fn shown(path: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    if path.is_empty() { "the folder itself".into() } else { path.chars().map(escape).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_names_what_is_not_indexed() {
        let mut tally = Tally { added: 2, unchanged: 1, bytes: 2048, ..Tally::default() };
        let sum = |tally: &Tally| tally.sum("docs", Duration::from_millis(1500));
        assert_eq!(sum(&tally), "docs: 2 added, 0 updated, 1 unchanged (2.00 KiB) in 1.5 s");
        for path in ["b\nc.md", "a.md"] {
            tally.problem(Problem { path: path.into(), why: "it is empty".into() });
        }
        assert_eq!(sum(&tally), "docs: 2 added, 0 updated, 1 unchanged, 2 not indexed (2.00 KiB) in 1.5 s");
        assert_eq!(tally.names(), "not indexed:\n  a.md: it is empty\n  b\\nc.md: it is empty");
        (0..NAMED).for_each(|n| tally.problem(Problem { path: n.to_string(), why: "it is empty".into() }));
        assert!(
            tally.names().ends_with("  and 2 more") && tally.problems() == NAMED + 2,
            "{}",
            tally.names()
        );
    }
}
