//! A streamed answer of any dialect, summed up so that it can be compared.

use serde_json::{Value, json};

/// The events of a body: `data` fields in order.
#[must_use]
pub fn data(body: &str) -> Vec<String> {
    body.replace("\r\n", "\n")
        .split("\n\n")
        .filter_map(|event| {
            let lines: Vec<&str> =
                event.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim_start).collect();
            (!lines.is_empty()).then(|| lines.join("\n"))
        })
        .collect()
}

/// `{"chunks", "content", "done", "finish_reason", "model", "x_gusset", "usage", "error"}` of a whole stream: the
/// concatenated deltas of text, the last value of each field, and whether it ended as its dialect has it: with `[DONE]`,
/// `message_stop` or `response.completed`.
///
/// # Errors
/// When an event is neither JSON nor `[DONE]`.
pub fn summary(body: &str) -> anyhow::Result<Value> {
    let mut content = String::new();
    let mut last =
        json!({"finish_reason": null, "model": null, "x_gusset": null, "usage": null, "error": null});
    let events = data(body);
    let mut is_done = events.last().is_some_and(|event| event == "[DONE]");
    let mut chunks = 0;
    for event in events.iter().filter(|event| *event != "[DONE]") {
        let event: Value = serde_json::from_str(event)?;
        chunks += 1;
        let choice = &event["choices"][0];
        let kind = event["type"].as_str().unwrap_or_default();
        let text = match kind {
            "content_block_delta" => &event["delta"]["text"],
            "response.output_text.delta" => &event["delta"],
            _ => &choice["delta"]["content"],
        };
        content.push_str(text.as_str().unwrap_or_default());
        is_done |= matches!(kind, "message_stop" | "response.completed");
        for (field, value) in [
            ("finish_reason", &choice["finish_reason"]),
            ("finish_reason", &event["delta"]["stop_reason"]),
            ("finish_reason", &event["response"]["status"]),
            ("model", &event["model"]),
            ("model", &event["message"]["model"]),
            ("model", &event["response"]["model"]),
            ("usage", &event["response"]["usage"]),
            ("error", &event["response"]["error"]),
            ("x_gusset", &event["x_gusset"]),
            ("usage", &event["usage"]),
            ("error", &event["error"]),
        ] {
            if !value.is_null() {
                last[field] = value.clone();
            }
        }
    }
    last["chunks"] = chunks.into();
    last["content"] = content.into();
    last["done"] = is_done.into();
    Ok(last)
}
