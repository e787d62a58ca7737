//! The application with its embedder left open, and the host that runs the model natively: the same cases, the same vectors.

use anyhow::ensure;
use gusset_tests::case::Case;
use gusset_tests::host::{Folder, Host};
use serde_json::json;

const OPEN: &str = "gusset-open.wasm";

#[test]
fn cases_pass() -> anyhow::Result<()> {
    for name in ["embeddings", "chat-extractive", "vector-stores"] {
        let case = Case::load(name)?;
        let toml = format!("{}[embed]\nnative = true\n", case.gusset_toml(&[])?);
        let host = Folder::new(&toml)?.with_application(OPEN).start()?;
        case.run(host.client())?;
    }
    Ok(())
}

#[test]
fn vectors_are_those_of_the_component() -> anyhow::Result<()> {
    let memory = "[state]\nmemory = true\n";
    let component = Host::start(memory)?;
    let native = Folder::new(&format!("{memory}[embed]\nnative = true\n"))?.with_application(OPEN).start()?;
    let long = "the tide turns twice a day ".repeat(100);
    let texts = ["The pier is lit.", "a", "naïve café, 東京タワー, 🦀", &long].repeat(5);
    let request = json!({ "model": "all-minilm-l6-v2", "input": texts });
    let vectors = |host: &Host| host.client().post("/v1/embeddings", &request)?.json();
    let (expected, actual) = (vectors(&component)?, vectors(&native)?);
    ensure!(expected["data"].as_array().is_some_and(|data| data.len() == texts.len()), "{expected}");
    ensure!(actual == expected, "the vectors differ");
    Ok(())
}

#[test]
fn who_embeds_is_said_where_it_does_not_fit() -> anyhow::Result<()> {
    for (native, application, remedy) in
        [(false, OPEN, "start with `--embed native`"), (true, "gusset.wasm", "leave out `--embed native`")]
    {
        let folder = Folder::new(&format!("[state]\nmemory = true\n[embed]\nnative = {native}\n"))?;
        let folder = folder.with_application(application);
        let output = folder.command()?.output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(!output.status.success() && said.contains(remedy), "{}: {said}", output.status);
    }
    Ok(())
}
