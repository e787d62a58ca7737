//! `GET /healthz`.

use gusset_gateway::Error;
use gusset_gateway::dialect::gusset::{self, Target};
use gusset_gateway::route::Found;
use spin_sdk::http::Request;

use crate::bindings::gusset::embed::embed;
use crate::bindings::gusset::generate::generate::BreakerState;
use crate::bindings::gusset::orchestrate::orchestrate;
use crate::reply::Reply;
use crate::{access, convert, platform};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Without key and without store, it says that this instance answers, nothing else. With `?detail`, for who may call, it lists targets and limits too.
pub(crate) fn get(request: &Request, found: &Found) -> Result<Reply, Error> {
    let model = convert::model(embed::model_info());
    let query = request.uri().query().unwrap_or_default();
    if !query.split('&').any(|pair| pair == "detail" || pair.starts_with("detail=")) {
        return Reply::json(&gusset::health(VERSION, &model));
    }
    let config = platform::config()?;
    let limits = config.limits;
    access::authorise(request, found, config)?;
    let targets = orchestrate::list_breakers().targets.into_iter().map(|breaker| Target {
        target: breaker.target,
        state: match breaker.state {
            BreakerState::Closed => "closed",
            BreakerState::Open => "open",
            BreakerState::HalfOpen => "half_open",
        },
        open_ms: breaker.open_ms,
        calls: breaker.calls,
        faults: breaker.faults,
    });
    Reply::json(&gusset::health_in_detail(VERSION, &model, &targets.collect::<Vec<_>>(), limits))
}
