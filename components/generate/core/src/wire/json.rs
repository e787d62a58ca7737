//! Pieces of JSON that pass as they were written, and numbers and pictures as the dialects share them.

use gusset_types::{Image, ImageSource};
pub(crate) use serde_json::value::RawValue as Raw;

use super::Problem;

/// `text` as the JSON object that it is, byte for byte; `{}` where it is blank.
///
/// # Errors
/// It is none. `what` names it.
pub(crate) fn object(text: &str, what: impl FnOnce() -> String) -> Result<&Raw, Problem> {
    let text = if text.trim().is_empty() { "{}" } else { text.trim() };
    let object = serde_json::from_str::<&Raw>(text).ok().filter(|_| text.starts_with('{'));
    object.ok_or_else(|| {
        Problem::unsupported(format!("{} is no JSON object, and the target takes nothing else", what()))
    })
}

/// The number a person wrote: 0.7 as `f64` would travel as 0.699999988079071.
pub(crate) fn short(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| f64::from(value))
}

/// Media type and base64 of a picture that is in the request itself, as bytes or as a `data:` URL.
pub(crate) fn inline(image: &Image) -> Option<(&str, &str)> {
    match &image.source {
        ImageSource::Inline { media_type, base64 } => Some((media_type, base64)),
        ImageSource::Url(url) => url.strip_prefix("data:")?.split_once(";base64,"),
    }
}
