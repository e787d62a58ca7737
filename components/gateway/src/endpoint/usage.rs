//! `/v1/gusset/usage`.

use gusset_gateway::Error;
use gusset_gateway::usage::{Journal, Report};

use crate::call::Caller;
use crate::platform;
use crate::reply::Reply;
use crate::store::KeyValue;

pub(crate) fn get(caller: &Caller, query: &str) -> Result<Reply, Error> {
    let report = Report::parse(query, platform::now_seconds())?;
    let store = KeyValue::open()?;
    let rows = Journal::new(&store, &caller.tenant).read(report.from, report.to)?;
    Reply::json(&report.answer(rows))
}
