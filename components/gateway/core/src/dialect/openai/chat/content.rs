//! The parts of a turn's content.

use gusset_types::{Image, Part as Canonical, ToolContent};
use serde::Deserialize;

use crate::Error;
use crate::dialect::content::Content;
use crate::dialect::image;

/// An element of a list of parts. What has no meaning here is kept by its type, to be named.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Part {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
    refusal: Option<String>,
    image_url: Option<ImageUrl>,
}

#[derive(Clone, Debug, Deserialize)]
struct ImageUrl {
    url: String,
    detail: Option<String>,
}

/// Which parts a role may speak in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    /// Text alone.
    Text,
    /// Text and pictures.
    Pictures,
    /// Text and refusals.
    Refusals,
}

/// The content's parts. `path` is the turn's, for errors.
pub(super) fn parts(content: Content<Part>, speaks: Speaks, path: &str) -> Result<Vec<Canonical>, Error> {
    let parts = match content {
        Content::Absent => return Ok(Vec::new()),
        Content::Text(text) => return Ok(vec![Canonical::Text(text)]),
        Content::Parts(parts) => parts,
    };
    parts
        .into_iter()
        .enumerate()
        .map(|(at, part)| part.read(speaks, &format!("{path}.content[{at}]")))
        .collect()
}

/// A tool's answer: texts and pictures.
pub(super) fn tool_content(content: Content<Part>, path: &str) -> Result<Vec<ToolContent>, Error> {
    let parts = parts(content, Speaks::Pictures, path)?;
    let known = |part| match part {
        Canonical::Text(text) => Some(ToolContent::Text(text)),
        Canonical::Image(image) => Some(ToolContent::Image(image)),
        _ => None,
    };
    Ok(parts.into_iter().filter_map(known).collect())
}

impl Part {
    fn read(self, speaks: Speaks, path: &str) -> Result<Canonical, Error> {
        match (self.kind.as_str(), speaks) {
            ("text", _) => self.text.map(Canonical::Text).ok_or_else(|| lacks(path, "text", "text")),
            ("refusal", Speaks::Refusals) => {
                self.refusal.map(Canonical::Refusal).ok_or_else(|| lacks(path, "refusal", "refusal"))
            }
            ("image_url", Speaks::Pictures) => {
                let url = self.image_url.ok_or_else(|| lacks(path, "image_url", "image_url"))?;
                url.read(path).map(Canonical::Image)
            }
            (kind, _) => {
                let known = match speaks {
                    Speaks::Text => "only `text`",
                    Speaks::Pictures => "only `text` and `image_url`",
                    Speaks::Refusals => "only `text` and `refusal`",
                };
                let reason = format!("content of type `{kind}` cannot be read here, {known}");
                Err(Error::unsupported(format!("{path}.type"), reason))
            }
        }
    }
}

impl ImageUrl {
    fn read(&self, path: &str) -> Result<Image, Error> {
        let detail = image::detail(&format!("{path}.image_url.detail"), self.detail.as_deref())?;
        image::by_url(&format!("{path}.image_url.url"), &self.url, detail)
    }
}

fn lacks(path: &str, kind: &str, field: &str) -> Error {
    Error::invalid(format!("{path}.{field}"), format!("A part of type `{kind}` needs a `{field}`."))
}
