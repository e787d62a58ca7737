//! Pictures: by address, or in the request.

use gusset_types::{Image, ImageDetail, ImageSource};

use crate::Error;

/// The media types that every provider with eyes reads.
const MEDIA_TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// A picture by its URL, which may be a data URL. `path` is the URL's, for errors.
pub(super) fn by_url(path: &str, url: &str, detail: Option<ImageDetail>) -> Result<Image, Error> {
    if let Some(data) = url.strip_prefix("data:") {
        let (media_type, base64) = data.split_once(";base64,").ok_or_else(|| {
            Error::invalid(
                path,
                format!("`{path}` is a data URL that is not of the form `data:image/png;base64,…`."),
            )
        })?;
        return inline(path, media_type, base64, detail);
    }
    if !url.starts_with("https://") && !url.starts_with("http://") {
        let message = format!("`{path}` must be an `https://` address or a `data:image/…;base64,…` URL.");
        return Err(Error::invalid(path, message));
    }
    Ok(Image { source: ImageSource::Url(url.to_owned()), detail })
}

/// A picture in base64.
pub(super) fn inline(
    path: &str,
    media_type: &str,
    base64: &str,
    detail: Option<ImageDetail>,
) -> Result<Image, Error> {
    // Some callers write the old name.
    let media_type = if media_type == "image/jpg" { "image/jpeg" } else { media_type };
    if !MEDIA_TYPES.contains(&media_type) {
        let message = format!("`{path}` is of type `{media_type}`: send one of {}.", MEDIA_TYPES.join(", "));
        return Err(Error::invalid(path, message));
    }
    if !is_base64(base64) {
        let message = format!(
            "`{path}` is not base64 with padding: encode the picture's bytes with the standard alphabet."
        );
        return Err(Error::invalid(path, message));
    }
    let (media_type, base64) = (media_type.to_owned(), base64.to_owned());
    Ok(Image { source: ImageSource::Inline { media_type, base64 }, detail })
}

/// OpenAI's word for how closely to look.
pub(super) fn detail(path: &str, word: Option<&str>) -> Result<Option<ImageDetail>, Error> {
    match word {
        None => Ok(None),
        Some("auto") => Ok(Some(ImageDetail::Auto)),
        Some("low") => Ok(Some(ImageDetail::Low)),
        Some("high") => Ok(Some(ImageDetail::High)),
        Some(other) => {
            Err(Error::invalid(path, format!("`{path}` is `{other}`: use `auto`, `low` or `high`.")))
        }
    }
}

/// By its letters and length alone: what the bytes are is the provider's to see.
fn is_base64(text: &str) -> bool {
    let letters = text.trim_end_matches('=');
    let padding = text.len() - letters.len();
    let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    !letters.is_empty() && padding <= 2 && text.len().is_multiple_of(4) && letters.bytes().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_an_address_or_itself() {
        let url = by_url("p", "https://example.org/a.png", Some(ImageDetail::Low)).unwrap();
        assert_eq!(url.source, ImageSource::Url("https://example.org/a.png".into()));
        assert_eq!(url.detail, Some(ImageDetail::Low));
        let data = by_url("p", "data:image/jpg;base64,/9j/4AA=", None).unwrap();
        let expected = ImageSource::Inline { media_type: "image/jpeg".into(), base64: "/9j/4AA=".into() };
        assert_eq!(data.source, expected);
    }

    #[test]
    fn what_is_no_picture_is_named() {
        for url in [
            "",
            "a.png",
            "file:///etc/passwd",
            "data:image/png,abc",
            "data:text/plain;base64,YQ==",
            "data:image/png;base64,",
            "data:image/png;base64,YQ=",
            "data:image/png;base64,Y Q==",
            "data:image/png;base64,Y===",
        ] {
            let error = by_url("messages[0].content[1].image_url.url", url, None).unwrap_err();
            assert_eq!(
                error.response().param.as_deref(),
                Some("messages[0].content[1].image_url.url"),
                "{url}"
            );
        }
        assert!(detail("d", Some("closely")).is_err());
    }
}
