//! With a reranker that has read everything and says the same of it, so that only words, numbers and names decide.

use super::*;

struct Constant(Result<f32, &'static str>);

struct Read(Vec<f32>);

impl Reranker for Constant {
    fn begin(&self, _: &str, passages: &[String]) -> Result<Box<dyn Reranking + '_>, String> {
        let score = self.0.map_err(str::to_owned)?;
        Ok(Box::new(Read(vec![score; passages.len()])))
    }
}

impl Reranking for Read {
    fn step(&mut self) -> Result<bool, String> {
        Ok(false)
    }

    fn scores(&self) -> Vec<Option<f32>> {
        self.0.iter().copied().map(Some).collect()
    }
}

fn claim(statement: &str, texts: &[&str]) -> Claim {
    Claim { statement: statement.to_owned(), texts: texts.iter().map(|&text| text.to_owned()).collect() }
}

const LEASE: &str =
    "The lease of the flat in Harlow ends after 24 months; the deposit is paid back by the owner.";

#[test]
fn what_is_quoted_is_supported_and_what_is_made_up_is_not() {
    let claims = vec![
        claim("The lease ends after 24 months.", &["Nothing of the kind.", LEASE]),
        claim("The lease ends after 36 months.", &[LEASE]),
        claim("The lease of the flat in Boston ends after 24 months.", &[LEASE]),
        claim("Penguins breed on ice shelves in winter.", &[LEASE]),
        claim("The lease does not end after 24 months.", &[LEASE]),
    ];
    let judged = Support::new(&Constant(Ok(25.0)), claims).unwrap().finish().unwrap();
    let supported: Vec<bool> = judged.iter().map(|&support| support >= Support::LEAST).collect();
    assert_eq!(supported, [true, false, false, false, false], "{judged:?}");
    assert!(judged.iter().all(|support| (0.0..=1.0).contains(support)));
    assert_eq!(Support::new(&Constant(Ok(25.0)), Vec::new()).unwrap().finish().unwrap(), Vec::<f32>::new());
}

#[test]
fn what_cannot_be_judged_says_so() {
    let reranker = Constant(Err("out of order"));
    for (claims, field) in [
        (vec![claim("It ends.", &[LEASE]), claim(" ", &[LEASE])], "claims[1].statement"),
        (vec![claim("It ends.", &[])], "claims[0].texts"),
        (vec![claim("It ends.", &[LEASE]); MAX_CLAIMS + 1], "claims has 257"),
    ] {
        let error = Support::new(&reranker, claims).err().unwrap().to_string();
        assert!(error.contains(field), "{error}");
    }
    let error = Support::new(&reranker, vec![claim("It ends.", &[LEASE])]).unwrap().finish().unwrap_err();
    assert_eq!(error.to_string(), "reranking failed: out of order");
}
