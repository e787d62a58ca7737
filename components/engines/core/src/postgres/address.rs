//! Where a database is: its URL, with what every connection begins with and a password that the URL need not contain.

use crate::Error;
use std::fmt::Write as _;

/// What every connection begins with: an index scan looks at no fewer passages than a search wants of a side, and goes on while a filter leaves some out. In the
/// address and not in a statement, so that a pool which resets its connections resets them to this.
const OPTIONS: &str =
    "-c hnsw.ef_search=400 -c hnsw.iterative_scan=strict_order -c client_min_messages=warning";

/// Seconds to try to connect where the URL doesn't say.
const CONNECT: &str = "5";

/// The URL to connect to: `url` with `password` and what Gusset's connections begin with.
///
/// # Errors
/// Where it is no URL of a database.
pub fn address(url: &str, password: Option<&str>) -> Result<String, Error> {
    let is_one = url.split_once("://").is_some_and(|(scheme, rest)| {
        matches!(scheme, "postgres" | "postgresql") && !rest.is_empty() && !rest.contains(char::is_whitespace)
    });
    if !is_one {
        return Err(Error::Database(url.split('@').next_back().unwrap_or_default().to_owned()));
    }
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let mut options = encoded(OPTIONS);
    let mut address = format!("{base}?application_name=gusset");
    let mut connects = false;
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        match name {
            // Those of the URL stand behind, and count.
            "options" => options = format!("{options}%20{value}"),
            "application_name" => {}
            _ => {
                connects |= name == "connect_timeout";
                address = format!("{address}&{name}={value}");
            }
        }
    }
    if !connects {
        address = format!("{address}&connect_timeout={CONNECT}");
    }
    if let Some(password) = password {
        address = format!("{address}&password={}", encoded(password));
    }
    Ok(format!("{address}&options={options}"))
}

fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte.into()),
            // Writing to a string can't fail.
            _ => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_what_the_url_says() {
        let begins = "-c%20hnsw.ef_search%3D400%20-c%20hnsw.iterative_scan%3Dstrict_order%20-c%20client_min_messages%3Dwarning";
        let plain = address("postgres://gusset@db:5432/docs", None).unwrap();
        assert_eq!(
            plain,
            format!(
                "postgres://gusset@db:5432/docs?application_name=gusset&connect_timeout=5&options={begins}"
            )
        );
        let url = "postgresql://gusset@db/docs?sslmode=require&connect_timeout=1&options=-c%20a%3Db";
        assert_eq!(
            address(url, Some("p@ss w&rd")).unwrap(),
            format!(
                "postgresql://gusset@db/docs?application_name=gusset&sslmode=require&connect_timeout=1\
                 &password=p%40ss%20w%26rd&options={begins}%20-c%20a%3Db"
            )
        );
    }

    #[test]
    fn what_is_no_url_is_said_without_its_password() {
        for url in ["", "db", "http://db", "postgres://", "mysql://user:secret@db/docs"] {
            let said = address(url, None).unwrap_err().to_string();
            assert!(said.contains("postgres://USER@HOST") && !said.contains("secret"), "{said}");
        }
    }
}
