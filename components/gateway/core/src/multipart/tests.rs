//! Forms as clients send them, and as attackers do.

use proptest::prelude::*;

use super::*;

/// Name, file name and content of each part.
#[track_caller]
fn check(body: &str, expected: &[(&str, Option<&str>, &str)]) {
    let parts = parse(body.as_bytes(), "X").unwrap();
    let parts: Vec<_> = parts
        .iter()
        .map(|p| (p.name.as_str(), p.filename.as_deref(), std::str::from_utf8(p.content).unwrap()))
        .collect();
    assert_eq!(parts, expected);
}

#[track_caller]
fn refuse(body: impl AsRef<[u8]>, expected: &str) {
    match parse(body.as_ref(), "X") {
        Err(Error::InvalidMultipart(problem)) => assert!(problem.contains(expected), "{problem}"),
        other => panic!("{other:?}"),
    }
}

fn part(disposition: &str, content: &str) -> String {
    format!("--X\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n")
}

#[test]
fn a_form_has_its_parts() {
    let body = part("name=\"purpose\"", "assistants")
        + "--X\r\ncontent-type: text/markdown\r\ncontent-disposition:form-data;name=file;filename=\"a.md\"\r\n\r\n# A\r\n\r\n--\r\n-X\r\n"
        + "--X--\r\n";
    check(&body, &[("purpose", None, "assistants"), ("file", Some("a.md"), "# A\r\n\r\n--\r\n-X")]);
    check("\r\n--X--", &[]);
    check(&(part("name=a", "") + "--X--epilogue"), &[("a", None, "")]);
}

#[test]
fn file_names_come_in_every_clients_escaping() {
    let check = |parameters: &str, expected: &str| {
        let body = part(&format!("name=\"file\"; {parameters}"), "x") + "--X--";
        let parts = parse(body.as_bytes(), "X").unwrap();
        assert_eq!(parts[0].filename.as_deref(), Some(expected), "{parameters}");
    };
    check(r#"filename="a \"b\" \\ c.md""#, "a \"b\" \\ c.md");
    check(r#"filename="a %22b%22.md""#, "a \"b\".md");
    check(r#"filename="C:\docs\a.md""#, r"C:\docs\a.md");
    check("filename=\"naïve; a=b.md\"", "naïve; a=b.md");
    check("filename*=utf-8''na%C3%AFve.md", "naïve.md");
    check("filename=\"naive.md\"; filename*=UTF-8'en'na%C3%AFve.md", "naïve.md");
}

#[test]
fn a_form_that_is_cut_short_is_no_form() {
    let whole = part("name=\"file\"; filename=\"a\"", "content") + "--X--";
    for end in 0..whole.len() {
        assert!(parse(&whole.as_bytes()[..end], "X").is_err(), "cut at {end}");
    }
    assert!(parse(whole.as_bytes(), "X").is_ok());
}

#[test]
fn hostile_forms_are_refused() {
    refuse("", "does not begin with its boundary");
    refuse("preamble\r\n--X--", "does not begin with its boundary");
    refuse("--Xabc\r\n", "no line end behind the delimiter at byte 3");
    refuse("--X\n", "no line end");
    refuse(part("name=a", "b"), "ends inside the part `a`");
    refuse(part("name=a", "b") + "--X-", "no line end behind the delimiter");
    refuse("--X\r\n\r\nno headers\r\n--X--", "has no content disposition");
    refuse(part("filename=a", "b") + "--X--", "has no name");
    refuse("--X\r\nContent-Disposition: attachment; name=a\r\n\r\n\r\n--X--", "is not `form-data`");
    refuse(part("name=\"a", "b") + "--X--", "malformed content disposition");
    refuse(part("name=\"a\"b", "b") + "--X--", "malformed content disposition");
    refuse(part("name=a; filename*=latin1''b", "b") + "--X--", "malformed `filename*`");
    refuse(b"--X\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\n\r\n--X--", "not UTF-8");
    refuse(format!("--X\r\nA: {}", "b".repeat(1 << 20)), "do not end within 4096 bytes");
    refuse(part("name=a", "b").repeat(33) + "--X--", "more than 32 parts");
}

#[test]
fn the_boundary_is_what_the_content_type_says() {
    let check =
        |header: &str, expected: &str| assert_eq!(boundary(Some(header)).unwrap(), expected, "{header}");
    check("multipart/form-data; boundary=abc123", "abc123");
    check("Multipart/Form-Data;charset=utf-8;Boundary=\"a b:c\"", "a b:c");
    for header in [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"a",
        "multipart/form-data; boundary=\"a \"",
        "multipart/form-data; boundary=\"a\r\nb\"",
        &format!("multipart/form-data; boundary={}", "a".repeat(71)),
    ] {
        assert!(matches!(boundary(Some(header)), Err(Error::InvalidMultipart(_))), "{header}");
    }
    for header in [None, Some(""), Some("application/json"), Some("multipart/mixed; boundary=a")] {
        assert!(matches!(boundary(header), Err(Error::UnsupportedMediaType { .. })), "{header:?}");
    }
}

proptest! {
    #[test]
    fn any_content_comes_back_as_it_went(content in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assume!(find(&content, b"\r\n--boundary").is_none());
        let mut body = b"--boundary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n".to_vec();
        body.extend_from_slice(&content);
        body.extend_from_slice(b"\r\n--boundary--\r\n");
        let parts = parse(&body, "boundary").unwrap();
        prop_assert_eq!(parts[0].content, content.as_slice());
    }

    #[test]
    fn no_body_is_a_panic(body in "(--X|\r\n|--|[a-z:;=\"\\\\ ]|Content-Disposition: form-data; name=a){0,40}") {
        let _ = parse(body.as_bytes(), "X");
    }
}
