//! What spans say, and what they keep to themselves.

use gusset_types::{FinishReason, Passage, Sampling, Usage};

use super::search::LISTED;
use super::*;
use crate::grounding::Groundedness;

fn attribute<'a>(span: &'a Span, key: &str) -> Option<&'a Value> {
    span.attributes.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
}

#[test]
fn a_generation_carries_what_the_conventions_name() {
    let sampling = Sampling { temperature: Some(0.5), max_tokens: Some(9), ..Sampling::default() };
    let usage = Some(Usage { prompt_tokens: 7, completion_tokens: 2, ..Usage::default() });
    let completion =
        Completion { model: "llama-3", finish_reason: FinishReason::Length, usage, first_token_ms: 4 };
    let span = generate("llama", &sampling, &Decided::default(), Ok(&completion));
    assert_eq!((span.name.as_str(), span.failed), ("chat llama", false));
    assert_eq!(attribute(&span, "gen_ai.request.model"), Some(&Value::Text("llama".to_owned())));
    assert_eq!(attribute(&span, "gen_ai.request.temperature"), Some(&Value::Number(0.5)));
    assert_eq!(attribute(&span, "gen_ai.usage.input_tokens"), Some(&Value::Integer(7)));
    assert_eq!(attribute(&span, "gen_ai.usage.output_tokens"), Some(&Value::Integer(2)));
    let reasons = attribute(&span, "gen_ai.response.finish_reasons");
    assert_eq!(reasons, Some(&Value::Text("length".to_owned())));
    assert_eq!(generate("", &sampling, &Decided::default(), Ok(&completion)).name, "chat");
}

#[test]
fn a_failed_attempt_says_its_cause() {
    let span = attempt("http://a/v1", Err(("timed-out", "no token came within 30000 ms")));
    assert!(span.failed);
    assert_eq!(attribute(&span, "error.type"), Some(&Value::Text("timed-out".to_owned())));
}

#[test]
fn a_search_says_what_was_searched_and_what_came_of_it() {
    let passage = Passage {
        document: "lease.md".to_owned(),
        title: String::new(),
        start: 5,
        end: 90,
        text: "secret".to_owned(),
        headings: Vec::new(),
        score: 0.5,
        tokens: 9,
        metadata: Vec::new(),
    };
    let searched = Searched {
        query: "ü".repeat(300),
        candidates: 50,
        reranked: 12,
        confidence: 0.5,
        degraded: Some("deadline".to_owned()),
        found: 1,
        ..Searched::default()
    };
    let passages = vec![passage; 12];
    let span = retrieve("docs", 20, Ok((std::slice::from_ref(&searched), &passages)));
    assert_eq!(
        attribute(&span, "gen_ai.retrieval.query.text"),
        Some(&Value::Text("ü".repeat(256))),
        "512 bytes"
    );
    assert_eq!(attribute(&span, "gusset.search.reranked"), Some(&Value::Integer(12)));
    assert_eq!(attribute(&span, "gusset.search.degraded"), Some(&Value::Text("deadline".to_owned())));
    let Some(Value::Text(used)) = attribute(&span, "gusset.passages.used") else { panic!("{span:?}") };
    assert!(used.starts_with("lease.md@5-90:0.500 ") && used.split(' ').count() == LISTED, "{used}");
    assert!(!format!("{span:?}").contains("secret"));
    let several = retrieve("docs", 20, Ok((&[searched.clone(), searched.clone()], &passages)));
    assert_eq!(attribute(&several, "gen_ai.retrieval.query.text"), None, "each has a span of its own");
    assert!(attribute(&query("docs", &searched), "gen_ai.retrieval.query.text").is_some());
    let failed = retrieve("docs", 20, Err("store"));
    assert!(failed.failed);
}

#[test]
fn groundedness_is_told_sentence_by_sentence() {
    let found = Groundedness { sentences: 4, cited: 2, supported: 1, judged: vec![(0, 0.9), (31, 0.125)] };
    let span = grounding("llama", Ok(&found));
    assert_eq!(attribute(&span, "gusset.groundedness"), Some(&Value::Number(0.25)));
    assert_eq!(
        attribute(&span, "gusset.groundedness.judged"),
        Some(&Value::Text("0:0.90 31:0.12".to_owned()))
    );
}
