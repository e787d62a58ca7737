//! Which endpoint a method and a path name: a table, and the way through it.

mod table;

use crate::Error;

pub use table::{Endpoint, ROUTES, Route};

/// A route that was found, and what its pattern's `{…}` stand for in this path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What is asked for.
    pub endpoint: Endpoint,
    /// The route's pattern, for traces: a name of few values.
    pub pattern: &'static str,
    /// Percent-decoded, in the pattern's order.
    pub params: Vec<String>,
}

impl Found {
    /// The `at`th parameter; empty where the pattern has fewer.
    #[must_use]
    pub fn param(&self, at: usize) -> &str {
        self.params.get(at).map_or("", String::as_str)
    }
}

/// Finds the route of a request. `path` is without its query.
///
/// # Errors
/// [`Error::UnknownRoute`], and [`Error::MethodNotAllowed`] with the methods that the path has.
pub fn find(method: &str, path: &str) -> Result<Found, Error> {
    let mut allow = Vec::new();
    for route in ROUTES {
        let Some(params) = params(route.pattern, path) else { continue };
        if route.method == method {
            return Ok(Found { endpoint: route.endpoint, pattern: route.pattern, params });
        }
        allow.push(route.method);
    }
    match allow.is_empty() {
        true => Err(Error::UnknownRoute { path: path.to_owned() }),
        false => Err(Error::MethodNotAllowed { method: method.to_owned(), allow: allow.join(", ") }),
    }
}

/// What the pattern's `{name}` (one segment) and `{name*}` (the rest) stand for, if the path has its shape.
fn params(pattern: &str, path: &str) -> Option<Vec<String>> {
    let mut params = Vec::new();
    let mut rest = Some(path.strip_prefix('/')?);
    for expected in pattern.split('/').skip(1) {
        let text = rest?;
        if expected.ends_with("*}") {
            params.push(decode(text)?);
            return Some(params);
        }
        let (segment, after) = match text.split_once('/') {
            Some((segment, after)) => (segment, Some(after)),
            None => (text, None),
        };
        if expected.starts_with('{') {
            params.push(decode(segment)?);
        } else if segment != expected {
            return None;
        }
        rest = after;
    }
    rest.is_none().then_some(params)
}

/// A segment without its percent-encoding; `None` where it is empty or not UTF-8.
fn decode(segment: &str) -> Option<String> {
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(segment).collect();
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: &str, path: &str, endpoint: Endpoint, params: &[&str]) {
        let found = find(method, path).unwrap();
        assert_eq!(
            (found.endpoint, found.params),
            (endpoint, params.iter().map(|p| (*p).to_owned()).collect())
        );
    }

    #[test]
    fn paths_find_their_endpoints() {
        check("GET", "/healthz", Endpoint::Health, &[]);
        check("POST", "/v1/chat/completions", Endpoint::CreateChatCompletion, &[]);
        check("GET", "/v1/models", Endpoint::ListModels, &[]);
        check("GET", "/v1/models/docs", Endpoint::GetModel, &["docs"]);
        check("GET", "/v1/models/docs/llama", Endpoint::GetModel, &["docs/llama"]);
        check("GET", "/v1/models/docs%2Fllama", Endpoint::GetModel, &["docs/llama"]);
        check("GET", "/v1/files/file-1/content", Endpoint::GetFileContent, &["file-1"]);
        check("DELETE", "/v1/vector_stores/vs_a/files/f", Endpoint::DetachFile, &["vs_a", "f"]);
        check("POST", "/v1/vector_stores/vs_a/search", Endpoint::SearchVectorStore, &["vs_a"]);
        check("GET", "/v1/gusset/traces/ab", Endpoint::GetTrace, &["ab"]);
    }

    #[test]
    fn what_is_no_path_of_ours_is_unknown() {
        for path in [
            "",
            "/",
            "v1/models",
            "/v1",
            "/v1/models/",
            "/v1/files//content",
            "/v1/files/%ff",
            "/v1/chat/completions/",
            "/v1/vector_stores/vs_a/files/f/x",
            "/v2/models",
        ] {
            assert!(matches!(find("GET", path), Err(Error::UnknownRoute { .. })), "{path}");
        }
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        let check = |method: &str, path: &str, expected: &str| match find(method, path) {
            Err(Error::MethodNotAllowed { allow, .. }) => assert_eq!(allow, expected),
            other => panic!("{other:?}"),
        };
        check("GET", "/v1/chat/completions", "POST");
        check("PUT", "/v1/files", "POST, GET");
        check("PATCH", "/v1/vector_stores/vs_a", "GET, POST, DELETE");
    }

    #[test]
    fn no_route_hides_another() {
        for (at, route) in ROUTES.iter().enumerate() {
            let path = route.pattern.replace("{id}", "x").replace("{file_id}", "y").replace("{id*}", "z");
            assert_eq!(find(route.method, &path).unwrap().endpoint, route.endpoint, "route {at}: {path}");
        }
    }
}
