//! Vector stores as clients ask for them and read them.

use gusset_types::{Condition, Passage, Test};
use serde_json::{Value, json};

use super::*;
use crate::chunking::{self, Chunking, Chunkings};
use crate::collection::{Collection, Document};

fn bytes(body: &Value) -> Vec<u8> {
    body.to_string().into_bytes()
}

#[track_caller]
fn refuse<T: std::fmt::Debug>(result: Result<T, Error>, code: &str, param: &str) {
    let response = result.unwrap_err().response();
    assert_eq!((response.code, response.param.as_deref()), (code, Some(param)), "{}", response.message);
}

fn operators() -> Chunkings {
    let own =
        serde_json::from_value(json!({"handbook": {"strategy": "recursive", "max_tokens": 64}})).unwrap();
    Chunkings::new(Chunking::DEFAULT, &own).unwrap()
}

fn collection() -> Collection {
    Collection {
        name: "docs".into(),
        model: "minilm".into(),
        fingerprint: "f00d".into(),
        created_at: 5,
        chunking: Chunking::structural(200, 0),
        documents: 2,
        passages: 9,
        bytes: 1234,
        metadata: vec![("team".into(), "x".into())],
    }
}

#[test]
fn a_store_is_created_with_and_without_anything_said() {
    for body in ["", "{}", r#"{"name":null,"file_ids":null,"metadata":null,"expires_after":null}"#] {
        let create = Create::parse(body.as_bytes(), [0xab; 16], &operators()).unwrap();
        assert_eq!(create.name, "ab".repeat(16));
        assert_eq!(
            (create.chunking, create.metadata.len(), create.file_ids.len()),
            (Chunking::DEFAULT, 0, 0)
        );
    }
    let body = json!({
        "name": "docs", "file_ids": ["file-1"], "metadata": {"team": "x"},
        "chunking_strategy": {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 20}},
    });
    let expected = Create {
        name: "docs".into(),
        chunking: Chunking::structural(100, 20),
        metadata: vec![("team".into(), "x".into())],
        file_ids: vec!["file-1".into()],
    };
    assert_eq!(Create::parse(&bytes(&body), [0; 16], &operators()), Ok(expected));
    let ours = json!({"chunking_strategy": {"type": "gusset", "strategy": "semantic", "section_size_tokens": 600, "context": true}});
    let expected = Chunking {
        strategy: chunking::Strategy::Semantic,
        parent_tokens: 600,
        context: true,
        ..Chunking::structural(200, 0)
    };
    assert_eq!(Create::parse(&bytes(&ours), [0; 16], &operators()).unwrap().chunking, expected);
    let shown = Object::from(Collection { chunking: expected, ..collection() });
    let shown = &serde_json::to_value(shown).unwrap()["x_gusset"]["chunking_strategy"];
    let asked = json!({
        "type": "gusset", "strategy": "semantic", "max_chunk_size_tokens": 200, "chunk_overlap_tokens": 0,
        "section_size_tokens": 600, "context": true,
    });
    assert_eq!(*shown, asked);
    let auto = json!({"chunking_strategy": {"type": "auto"}});
    assert_eq!(Create::parse(&bytes(&auto), [0; 16], &operators()).unwrap().chunking, Chunking::DEFAULT);
}

#[test]
fn what_a_caller_does_not_say_is_as_the_operator_wants_for_that_name() {
    let made = |strategy: Value| {
        let body = json!({"name": "handbook", "chunking_strategy": strategy});
        Create::parse(&bytes(&body), [0; 16], &operators()).unwrap().chunking
    };
    let own = Chunking { strategy: chunking::Strategy::Recursive, ..Chunking::structural(64, 0) };
    assert_eq!(made(json!({"type": "auto"})), own);
    assert_eq!(made(json!({"type": "gusset", "context": true})), Chunking { context: true, ..own });
}

#[test]
fn a_store_that_cannot_be_is_refused_by_field() {
    let check = |body: Value, code: &str, param: &str| {
        refuse(Create::parse(&bytes(&body), [0; 16], &operators()), code, param)
    };
    let fixed = |size: u32, overlap: u32| {
        let numbers = json!({"max_chunk_size_tokens": size, "chunk_overlap_tokens": overlap});
        json!({"chunking_strategy": {"type": "static", "static": numbers}})
    };
    check(json!({"name": "My Docs"}), "invalid_value", "name");
    check(json!({"name": 5}), "invalid_value", "name");
    check(
        json!({"expires_after": {"anchor": "last_active_at", "days": 1}}),
        "unsupported_parameter",
        "expires_after",
    );
    check(fixed(0, 0), "invalid_value", "chunking_strategy.static.max_chunk_size_tokens");
    check(fixed(50, 50), "invalid_value", "chunking_strategy.static.chunk_overlap_tokens");
    let ours = |field: &str, value: u32, overlap: u32| {
        let mut asked = json!({"type": "gusset", "strategy": "fixed", "chunk_overlap_tokens": overlap});
        asked[field] = json!(value);
        json!({ "chunking_strategy": asked })
    };
    check(ours("section_size_tokens", 200, 0), "invalid_value", "chunking_strategy.section_size_tokens");
    check(ours("section_size_tokens", 400, 9), "invalid_value", "chunking_strategy.chunk_overlap_tokens");
    check(ours("max_chunk_size_tokens", 0, 0), "invalid_value", "chunking_strategy.max_chunk_size_tokens");
    check(json!({"metadata": {"a": ["b"]}}), "invalid_value", "metadata.a");
    check(json!({"metadata": {"a": "b".repeat(513)}}), "invalid_value", "metadata.a");
    check(json!({"metadata": {"": "b"}}), "invalid_value", "metadata.");
    check(json!({"file_ids": vec!["f"; 101]}), "invalid_value", "file_ids");
    let many: serde_json::Map<_, _> = (0..17).map(|n| (n.to_string(), json!("v"))).collect();
    check(json!({"metadata": many}), "invalid_value", "metadata");
}

#[test]
fn a_store_has_openais_shape() {
    let json = serde_json::to_value(Object::from(collection())).unwrap();
    let expected = json!({
        "id": "vs_docs", "object": "vector_store", "created_at": 5, "name": "docs", "usage_bytes": 1234,
        "file_counts": {"in_progress": 0, "completed": 2, "failed": 0, "cancelled": 0, "total": 2},
        "status": "completed", "expires_after": null, "expires_at": null, "last_active_at": 5,
        "metadata": {"team": "x"},
        "x_gusset": {
            "embedding_model": "minilm", "fingerprint": "f00d", "passages": 9,
            "chunking_strategy": {
                "type": "static", "static": {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 0},
            },
        },
    });
    assert_eq!(json, expected);
}

#[test]
fn an_update_can_only_say_what_is() {
    let check = |body: Value| update(&bytes(&body), &collection());
    assert_eq!(update(b"", &collection()), Ok(()));
    assert_eq!(check(json!({"name": "docs", "metadata": {"team": "x"}})), Ok(()));
    refuse(check(json!({"name": "other"})), "unsupported_parameter", "name");
    refuse(check(json!({"metadata": {}})), "unsupported_parameter", "metadata");
    refuse(check(json!({"expires_after": {}})), "unsupported_parameter", "expires_after");
}

#[test]
fn a_file_is_attached_with_its_attributes() {
    let body = json!({"file_id": "file-1", "attributes": {"year": 2026, "draft": false, "team": "x"}});
    let attach = Attach::parse(&bytes(&body)).unwrap();
    assert_eq!(attach.file_id, "file-1");
    let pairs =
        [("draft", "false"), ("team", "x"), ("year", "2026")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(attach.attributes, pairs);
    refuse(Attach::parse(b"{}"), "invalid_value", "file_id");
}

#[test]
fn a_file_cannot_be_cut_unlike_its_store() {
    let check = |size: u32| {
        let numbers = json!({"max_chunk_size_tokens": size, "chunk_overlap_tokens": 0});
        let body = json!({"file_id": "f", "chunking_strategy": {"type": "static", "static": numbers}});
        Attach::parse(&bytes(&body)).unwrap().check(&collection())
    };
    assert_eq!(check(200), Ok(()));
    refuse(check(100), "unsupported_parameter", "chunking_strategy");
}

#[test]
fn a_file_of_a_store_has_openais_shape() {
    let document = Document {
        id: "file-1".into(),
        title: "a.md".into(),
        passages: 3,
        tokens: 400,
        bytes: 900,
        added_at: 6,
        metadata: vec![("year".into(), "2026".into())],
    };
    let json = serde_json::to_value(FileObject::new(document, &collection())).unwrap();
    let expected = json!({
        "id": "file-1", "object": "vector_store.file", "created_at": 6, "vector_store_id": "vs_docs",
        "usage_bytes": 900, "status": "completed", "last_error": null, "attributes": {"year": "2026"},
        "chunking_strategy": {"type": "static", "static": {"max_chunk_size_tokens": 200, "chunk_overlap_tokens": 0}},
    });
    assert_eq!(json, expected);

    let attach = Attach::parse(br#"{"file_id":"file-1"}"#).unwrap();
    let json = serde_json::to_value(failed(&attach, &collection(), 8, "too long".into())).unwrap();
    assert_eq!(json["status"], "failed");
    assert_eq!(json["last_error"], json!({"code": "invalid_file", "message": "too long"}));
}

#[test]
fn a_list_can_be_of_one_status() {
    for (query, expected) in [("", true), ("limit=3&filter=completed", true), ("filter=failed", false)] {
        assert_eq!(lists_completed(query), Ok(expected), "{query}");
    }
    refuse(lists_completed("filter=done"), "invalid_value", "filter");
}

#[test]
fn files_that_could_not_be_attached_are_counted() {
    let json = serde_json::to_value(Object::from(collection()).with_failed(1)).unwrap();
    assert_eq!((&json["file_counts"]["failed"], &json["file_counts"]["total"]), (&json!(1), &json!(3)));
}

#[test]
fn filters_are_read_as_conditions() {
    let check = |filters: Value, expected: &[(&str, Test)]| {
        let search = Search::parse(&bytes(&json!({"query": "why", "filters": filters}))).unwrap();
        let expected: Vec<_> = expected
            .iter()
            .map(|(key, test)| Condition { key: (*key).to_owned(), test: test.clone() })
            .collect();
        assert_eq!(search.filter, expected);
    };
    let one = |text: &str| Test::AnyOf(vec![text.to_owned()]);
    check(json!({"type": "eq", "key": "lang", "value": "de"}), &[("lang", one("de"))]);
    check(json!({"type": "eq", "key": "draft", "value": true}), &[("draft", one("true"))]);
    check(
        json!({"type": "eq", "key": "year", "value": 2001}),
        &[("year", Test::Between(Some(2001.0), Some(2001.0)))],
    );
    let both = json!({"type": "and", "filters": [
        {"type": "in", "key": "lang", "value": ["de", 1]},
        {"type": "and", "filters": [{"type": "lte", "key": "year", "value": 5}]},
        {"type": "gt", "key": "year", "value": 1.0},
    ]});
    let any = Test::AnyOf(vec!["de".to_owned(), "1".to_owned()]);
    let above = Test::Between(Some(1.0_f64.next_up()), None);
    check(both, &[("lang", any), ("year", Test::Between(None, Some(5.0))), ("year", above)]);
}

#[test]
fn a_search_is_read() {
    let check = |body: Value, query: &str, limit: u32, score_threshold: Option<f32>| {
        let rerank = body["ranking_options"]["ranker"] != "none";
        let expected = Search { query: query.into(), limit, score_threshold, filter: Vec::new(), rerank };
        assert_eq!(Search::parse(&bytes(&body)), Ok(expected));
    };
    check(json!({"query": "why"}), "why", 10, None);
    check(json!({"query": ["why"], "max_num_results": 50, "rewrite_query": false}), "why", 50, None);
    let ranking = json!({"query": "why", "ranking_options": {"ranker": "auto", "score_threshold": 0.5}});
    check(ranking, "why", 10, Some(0.5));
    check(json!({"query": "why", "ranking_options": {"ranker": "none"}}), "why", 10, None);
}

#[test]
fn a_search_that_cannot_be_is_refused_by_field() {
    let check = |body: Value, code: &str, param: &str| refuse(Search::parse(&bytes(&body)), code, param);
    check(json!({}), "invalid_value", "query");
    check(json!({"query": " "}), "empty_input", "query");
    check(json!({"query": []}), "empty_input", "query");
    check(json!({"query": ["a", "b"]}), "unsupported_parameter", "query");
    check(json!({"query": "a", "max_num_results": 0}), "invalid_value", "max_num_results");
    check(json!({"query": "a", "max_num_results": 51}), "invalid_value", "max_num_results");
    check(json!({"query": "a", "filters": {"type": "eq"}}), "invalid_value", "filters");
    check(
        json!({"query": "a", "filters": {"type": "gt", "key": "k", "value": "x"}}),
        "invalid_value",
        "filters",
    );
    check(
        json!({"query": "a", "filters": {"type": "like", "key": "k", "value": "x"}}),
        "invalid_value",
        "filters",
    );
    check(
        json!({"query": "a", "filters": {"type": "or", "filters": []}}),
        "unsupported_parameter",
        "filters",
    );
    check(
        json!({"query": "a", "filters": {"type": "ne", "key": "k", "value": 1}}),
        "unsupported_parameter",
        "filters",
    );
    check(json!({"query": "a", "rewrite_query": true}), "unsupported_parameter", "rewrite_query");
    let ranker = json!({"query": "a", "ranking_options": {"ranker": "default-2024-11-15"}});
    check(ranker, "unsupported_parameter", "ranking_options.ranker");
}

#[test]
fn results_say_where_they_stand() {
    let passage = |score: f32| Passage {
        document: "file-1".into(),
        title: "a.md".into(),
        start: 10,
        end: 20,
        text: "Because.".into(),
        headings: vec!["A".into()],
        score,
        tokens: 3,
        metadata: vec![("year".into(), "2026".into())],
    };
    let search = Search {
        query: "why".into(),
        limit: 10,
        score_threshold: Some(0.25),
        filter: Vec::new(),
        rerank: true,
    };
    let passages = [passage(0.5), passage(0.125)];
    let json = serde_json::to_value(Results::new(&search, &passages)).unwrap();
    let expected = json!({
        "object": "vector_store.search_results.page",
        "search_query": ["why"],
        "data": [{
            "file_id": "file-1", "filename": "a.md", "score": 0.5, "attributes": {"year": "2026"},
            "content": [{"type": "text", "text": "Because."}],
            "x_gusset": {"start": 10, "end": 20, "headings": ["A"], "tokens": 3},
        }],
        "has_more": false,
        "next_page": null,
    });
    assert_eq!(json, expected);
}
