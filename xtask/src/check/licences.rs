//! Every dependency's licence is one that lets Gusset be Apache-2.0.
//!
//! A licence is an SPDX expression; it is accepted if it can be satisfied with the licences listed here.

use anyhow::bail;
use serde_json::Value;

use crate::layout::Layout;

/// Permissive, and compatible with Apache-2.0 for source and binaries.
const ACCEPTED: [&str; 15] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    // Data, not code: the root certificates.
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

/// # Errors
/// Names each dependency whose licence is not accepted.
pub(super) fn check(layout: &Layout) -> anyhow::Result<()> {
    let refused: Vec<String> = layout
        .metadata
        .get("packages")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|package| {
            let text = |field: &str| package.get(field).and_then(Value::as_str);
            let licence = text("license").unwrap_or("none");
            (!is_accepted(licence)).then(|| {
                format!("  {} {}: {licence}", text("name").unwrap_or("?"), text("version").unwrap_or("?"))
            })
        })
        .collect();
    if refused.is_empty() {
        return Ok(());
    }
    bail!(
        "dependencies with a licence that is not on the list in xtask/src/check/licences.rs:\n{}",
        refused.join("\n")
    )
}

/// Whether an SPDX expression can be satisfied. `/` is what `OR` was before SPDX had it.
fn is_accepted(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any_of(&mut rest).is_some_and(|accepted| accepted && rest.is_empty())
}

fn any_of(words: &mut &[&str]) -> Option<bool> {
    let mut accepted = all_of(words)?;
    while let Some((&"OR", rest)) = words.split_first() {
        *words = rest;
        accepted |= all_of(words)?;
    }
    Some(accepted)
}

fn all_of(words: &mut &[&str]) -> Option<bool> {
    let mut accepted = one(words)?;
    while let Some((&"AND", rest)) = words.split_first() {
        *words = rest;
        accepted &= one(words)?;
    }
    Some(accepted)
}

fn one(words: &mut &[&str]) -> Option<bool> {
    let (first, rest) = words.split_first()?;
    *words = rest;
    if *first == "(" {
        let accepted = any_of(words)?;
        let (last, rest) = words.split_first()?;
        *words = rest;
        return (*last == ")").then_some(accepted);
    }
    let name = match words {
        ["WITH", exception, rest @ ..] => {
            *words = rest;
            format!("{first} WITH {exception}")
        }
        _ => (*first).to_owned(),
    };
    Some(ACCEPTED.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::is_accepted;

    #[test]
    fn expressions_are_read_as_spdx_says() {
        for (expression, expected) in [
            ("MIT", true),
            ("GPL-3.0", false),
            ("MIT OR GPL-3.0", true),
            ("MIT/Apache-2.0", true),
            ("MIT AND GPL-3.0", false),
            ("(MIT OR GPL-3.0) AND Unicode-3.0", true),
            ("GPL-3.0 OR MIT AND GPL-2.0", false),
            ("Apache-2.0 WITH LLVM-exception OR GPL-3.0", true),
            ("GPL-3.0 WITH Classpath-exception-2.0", false),
            ("(MIT", false),
            ("MIT MIT", false),
            ("none", false),
            ("", false),
        ] {
            assert_eq!(is_accepted(expression), expected, "{expression}");
        }
    }
}
