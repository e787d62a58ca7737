//! `/v1/gusset/traces`.

use gusset_gateway::{Error, dialect, page};

use crate::bindings::gusset::telemetry::telemetry;
use crate::call::Caller;
use crate::convert;
use crate::reply::Reply;

/// Lines of a list, where nobody says.
const DEFAULT: usize = 20;
const MOST: usize = 1000;

pub(crate) async fn list(caller: &Caller, query: &str) -> Result<Reply, Error> {
    let limit = u32::try_from(page::limit(query, DEFAULT, MOST)?).unwrap_or(u32::MAX);
    let summaries = telemetry::list_traces(caller.tenant.clone(), limit).await;
    let summaries = summaries.map_err(convert::from_telemetry)?;
    let summaries: Vec<_> = summaries.into_iter().map(Into::into).collect();
    Reply::json(&dialect::gusset::traces(&summaries))
}

pub(crate) async fn get(caller: &Caller, id: &str) -> Result<Reply, Error> {
    let spans = telemetry::get_trace(caller.tenant.clone(), id.to_owned()).await;
    let spans = spans.map_err(convert::from_telemetry)?;
    let spans = spans.ok_or_else(|| Error::NotFound { kind: "trace", id: id.to_owned() })?;
    let spans: Vec<_> = spans.into_iter().map(Into::into).collect();
    Reply::json(&dialect::gusset::trace(id, &spans))
}
