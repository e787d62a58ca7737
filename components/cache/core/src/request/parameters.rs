//! Parameters of a request, without what makes no difference.

use serde_json::{Value, json};

use super::{Encoder, json};
use crate::Error;

/// Names that change how an answer is delivered, never what it says.
const DELIVERY: [&str; 2] = ["stream", "stream_options"];

/// Feeds the parameters in the order of their names.
pub(super) fn encode(parameters: &[(String, String)], digest: &mut Encoder) -> Result<(), Error> {
    let mut kept = Vec::with_capacity(parameters.len());
    for (name, text) in parameters {
        if DELIVERY.contains(&name.as_str()) {
            continue;
        }
        let mut value = json::parse(&format!("request.parameters.{name}"), text)?;
        // One stop sequence may be written as a list of one.
        if name == "stop" && value.is_string() {
            value = Value::Array(vec![value]);
        }
        let mut canonical = String::with_capacity(text.len());
        json::write(&value, &mut canonical);
        if !is_default(name, &value, &canonical) {
            kept.push((name, canonical));
        }
    }
    kept.sort_unstable();
    if let Some((name, _)) = kept.iter().zip(kept.iter().skip(1)).find(|(a, b)| a.0 == b.0).map(|(a, _)| a) {
        return Err(Error::InvalidRequest(format!(
            "request.parameters has {name} twice; pass each parameter once"
        )));
    }
    digest.number(kept.len());
    for (name, canonical) in kept {
        digest.part(name.as_bytes());
        digest.part(canonical.as_bytes());
    }
    Ok(())
}

/// Whether a value says what its absence says, by the OpenAI API reference.
fn is_default(name: &str, value: &Value, canonical: &str) -> bool {
    let default = match name {
        _ if value.is_null() => return true,
        "temperature" | "top_p" | "n" => json!(1),
        "presence_penalty" | "frequency_penalty" => json!(0),
        "stop" | "tools" => json!([]),
        "tool_choice" => json!("auto"),
        "parallel_tool_calls" => json!(true),
        "logprobs" => json!(false),
        "logit_bias" => json!({}),
        "response_format" => json!({ "type": "text" }),
        _ => return false,
    };
    let mut text = String::new();
    json::write(&default, &mut text);
    text == canonical
}
