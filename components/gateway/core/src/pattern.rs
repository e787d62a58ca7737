//! Names as an operator writes them in a rule: a name, a beginning followed by `*`, or `*`.

/// Whether one of `patterns` stands for `name`.
#[must_use]
pub fn any(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, name))
}

/// Whether a rule's field allows what a request says. A field that isn't written allows everything; one that is, allows a request
/// that says nothing only by `*`.
#[must_use]
pub fn allows(patterns: &[String], said: Option<&str>) -> bool {
    patterns.is_empty() || any(patterns, said.unwrap_or_default())
}

/// Whether `pattern` stands for `name`.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == pattern,
    }
}

/// What is wrong with a pattern, if something is.
///
/// # Errors
/// For an empty one, and for a `*` that is not its end.
pub fn check(pattern: &str) -> Result<(), String> {
    match pattern.find('*') {
        _ if pattern.is_empty() => {
            Err("has an empty pattern; write a name, a beginning and `*`, or `*`".to_owned())
        }
        Some(at) if at + 1 < pattern.len() => {
            Err(format!("has the pattern `{pattern}`; `*` may only be its last character"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_name_a_beginning_or_everything() {
        assert!(matches("gpt-4o", "gpt-4o") && !matches("gpt-4o", "gpt-4o-mini"));
        assert!(matches("gpt-*", "gpt-4o") && !matches("gpt-*", "my-gpt-4o"));
        assert!(matches("*", "") && matches("*", "anything"));
    }

    #[test]
    fn who_says_nothing_is_allowed_by_no_rule_or_by_one_for_all() {
        let rule = |patterns: &[&str]| patterns.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert!(allows(&rule(&[]), None) && allows(&rule(&["*"]), None));
        assert!(!allows(&rule(&["support"]), None) && !allows(&rule(&["s*"]), None));
    }

    #[test]
    fn a_star_stands_at_the_end() {
        assert!(check("").is_err() && check("a*b").is_err() && check("**").is_err());
        assert!(check("*").is_ok() && check("a*").is_ok() && check("a").is_ok());
    }
}
