//! The search: all queries of a question at once, so that they share one deadline, and what a trace says of them.

use futures::future::try_join_all;
use gusset_orchestrate::search::fuse;
use gusset_orchestrate::spans::{self, Searched};
use gusset_types::Passage;

use crate::bindings::exports::gusset::orchestrate::orchestrate::Error;
use crate::bindings::gusset::retrieve::{collections, retrieve};
use crate::convert;
use crate::trace::Tracer;

/// The passages nearest to what is asked for, best first; `None` if there is no such collection.
pub(crate) async fn search(
    tenant: &str,
    collection: &str,
    queries: Vec<String>,
    limit: u32,
    tracer: &Tracer,
) -> Result<Option<Vec<Passage>>, Error> {
    let open = tracer.open();
    let inner = (queries.len() > 1).then(|| tracer.beneath(&open));
    let each = queries.into_iter().map(|text| one(tenant, collection, text, limit, inner.as_ref()));
    match try_join_all(each).await {
        Ok(found) => {
            let (searched, mut lists): (Vec<Searched>, Vec<Vec<Passage>>) = found.into_iter().unzip();
            let passages = match lists.len() {
                1 => lists.remove(0),
                _ => fuse(lists, usize::try_from(limit).unwrap_or(usize::MAX)),
            };
            tracer.close(&open, spans::retrieve(collection, limit, Ok((&searched, &passages))));
            Ok(Some(passages))
        }
        Err(collections::Error::UnknownCollection(_)) => Ok(None),
        Err(error) => {
            let span = spans::retrieve(collection, limit, Err(convert::retrieval_error(&error)));
            tracer.close(&open, span);
            Err(error.into())
        }
    }
}

/// One query, with a span of its own where `tracer` is given.
async fn one(
    tenant: &str,
    collection: &str,
    text: String,
    limit: u32,
    tracer: Option<&Tracer>,
) -> Result<(Searched, Vec<Passage>), collections::Error> {
    let open = tracer.map(|tracer| (tracer, tracer.open()));
    let query = retrieve::Query {
        text: text.clone(),
        limit,
        mode: retrieve::Mode::Hybrid,
        filter: Vec::new(),
        reranking: retrieve::Reranking::Automatic,
        floor: None,
        diversity: Some(0.0),
        budget_tokens: None,
    };
    let found = retrieve::search(tenant.to_owned(), collection.to_owned(), query).await?;
    let passages: Vec<Passage> = found.hits.into_iter().map(|hit| Passage::from(hit.passage)).collect();
    let searched = convert::searched(text, found.note, passages.len());
    if let Some((tracer, open)) = open {
        tracer.close(&open, spans::query(collection, &searched));
    }
    Ok((searched, passages))
}
