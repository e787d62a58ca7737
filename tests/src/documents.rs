//! Small documents about nothing, each told from all others by one sentence.

use anyhow::ensure;
use serde_json::json;

use crate::client::Client;

/// The `n`th document, and the question that it alone answers.
#[must_use]
pub fn document(n: usize) -> (String, String) {
    let name = name(n);
    let text = format!(
        "# Lighthouse {name}\n\nThe lighthouse of {name} was built on a cliff and is open to visitors in summer.\n\n\
         ## Keeper\n\nThe keeper of {name} has kept the light for {} years and writes a diary.\n",
        n + 2
    );
    (text, format!("How long has the keeper of {name} kept the light?"))
}

/// A name that occurs in no other document: words, because a number says little to an embedding.
#[must_use]
pub fn name(n: usize) -> String {
    const FIRST: [&str; 8] = ["Amber", "Birch", "Copper", "Dunlin", "Ember", "Fulmar", "Granite", "Heron"];
    const LAST: [&str; 8] = ["Bay", "Cove", "Firth", "Head", "Isle", "Ness", "Point", "Sound"];
    let pick = |words: &[&'static str; 8], index: usize| words.get(index % 8).copied().unwrap_or_default();
    format!("{} {} {}", pick(&FIRST, n), pick(&LAST, n / 8), pick(&FIRST, n / 64 + n + 3))
}

/// Makes a collection.
///
/// # Errors
/// When the server refuses.
pub fn create(client: &Client, collection: &str) -> anyhow::Result<()> {
    let answer = client.post("/v1/vector_stores", &json!({"name": collection}))?;
    ensure!(answer.status == 200, "{}", answer.text());
    Ok(())
}

/// Uploads a file and puts it into a collection. When it returns, the server has acknowledged both.
///
/// # Errors
/// When the server refuses, with its words.
pub fn put(client: &Client, collection: &str, filename: &str, content: &str) -> anyhow::Result<()> {
    let file = client.upload(filename, content.as_bytes())?;
    ensure!(file.status == 200, "{}", file.text());
    let id = file.json()?["id"].clone();
    let path = format!("/v1/vector_stores/vs_{collection}/files");
    let attached = client.post(&path, &json!({"file_id": id}))?;
    ensure!(attached.status == 200, "{}", attached.text());
    Ok(())
}

/// Names and texts of the passages nearest to a question, best first.
///
/// # Errors
/// When the server refuses.
pub fn search(client: &Client, collection: &str, question: &str) -> anyhow::Result<Vec<(String, String)>> {
    let path = format!("/v1/vector_stores/vs_{collection}/search");
    let answer = client.post(&path, &json!({"query": question, "max_num_results": 5}))?;
    ensure!(answer.status == 200, "{}", answer.text());
    let page = answer.json()?;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let results = page["data"].as_array().cloned().unwrap_or_default();
    Ok(results
        .iter()
        .map(|result| (text(&result["filename"]), text(&result["content"][0]["text"])))
        .collect())
}

/// Checks that the `n`th document is found by its question.
///
/// # Errors
/// When it isn't; with what is.
pub fn ensure_found(client: &Client, collection: &str, n: usize) -> anyhow::Result<()> {
    let (_, question) = document(n);
    let found = search(client, collection, &question)?;
    ensure!(found.iter().any(|(_, text)| text.contains(&name(n))), "{question} found {found:?}");
    Ok(())
}
