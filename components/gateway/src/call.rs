//! One request while it is answered: who asks, for what, and the trace of it.

use std::future::Future;
use std::rc::Rc;

use gusset_gateway::attribution::Attribution;
use gusset_gateway::auth::Key;
use gusset_gateway::dialect::Style;
use gusset_gateway::route::Found;
use gusset_gateway::trace::Trace;
use gusset_gateway::{Config, Error};
use gusset_telemetry::Value;
use spin_sdk::http::Request;

use crate::bindings::gusset::orchestrate::orchestrate;
use crate::bindings::gusset::telemetry::telemetry;
use crate::metering::Meter;
use crate::platform;

/// One request.
pub(crate) struct Call {
    pub(crate) trace: Trace,
    /// What the request's headers say of it.
    pub(crate) attribution: Attribution,
    /// Headers of the response, beside those that every response has.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// What it may use and used, from its admission to its end.
    pub(crate) meter: Option<Meter>,
    /// Whether the answer cites passages, and so can be held to them.
    pub(crate) cites: bool,
    /// The dialect of errors.
    pub(crate) style: Style,
    method: String,
    route: Option<Found>,
    caller: Option<Caller>,
}

/// Who asks, once that is known.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) tenant: String,
    pub(crate) key: Rc<Key>,
    pub(crate) config: Rc<Config>,
}

impl Call {
    pub(crate) fn begin(request: &Request) -> Self {
        let traceparent = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
        let mut trace = Trace::begin(traceparent, platform::entropy(), platform::now_nanoseconds());
        let method = request.method().as_str().to_owned();
        trace.set("http.request.method", method.as_str());
        trace.set("url.path", request.uri().path());
        if let Some(agent) = request.headers().get("user-agent").and_then(|value| value.to_str().ok()) {
            trace.set("user_agent.original", agent);
        }
        let attribution = Attribution::default();
        let style = Style::of_path(request.uri().path());
        Self {
            trace,
            attribution,
            headers: Vec::new(),
            style,
            meter: None,
            cites: false,
            method,
            route: None,
            caller: None,
        }
    }

    pub(crate) fn trace_id(&self) -> String {
        self.trace.context().trace_id_hex()
    }

    pub(crate) fn routed(&mut self, found: &Found) {
        self.trace.set("http.route", found.pattern);
        self.route = Some(found.clone());
    }

    pub(crate) fn endpoint(&self) -> &'static str {
        self.route.as_ref().map_or("", |route| route.pattern)
    }

    /// Reads what the headers say of the request, and what the caller's key says where they don't. A user that is named in the body comes
    /// between the two.
    pub(crate) fn attribute(&mut self, request: &Request, caller: &Caller) -> Result<(), Error> {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        self.attribution = Attribution::read(header)?;
        if self.attribution.feature.is_none() {
            self.attribution.feature.clone_from(&caller.key.tags.feature);
        }
        if let Some(feature) = &self.attribution.feature {
            self.trace.set("gusset.feature", feature.as_str());
        }
        Ok(())
    }

    pub(crate) fn identified(&mut self, caller: &Caller) {
        self.trace.set("gusset.tenant", caller.tenant.as_str());
        if !caller.key.name.is_empty() {
            self.trace.set("gusset.key", caller.key.name.as_str());
        }
        self.caller = Some(caller.clone());
    }

    /// Waits for something that another component does, and records it as a step.
    pub(crate) async fn step<T>(
        &mut self,
        name: &str,
        attributes: Vec<(String, Value)>,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let start = platform::now_nanoseconds();
        let result = work.await;
        let error = result.as_ref().err().map(|error| error.response().code);
        let times = (start, platform::now_nanoseconds());
        self.trace.step(name, platform::random_number(), times, error, attributes);
        result
    }

    /// Ends the trace, after the response was sent. A trace that can't be kept is a line in the log, nothing else.
    pub(crate) async fn end(mut self, status: u16, error: Option<&str>) {
        let (Some(route), Some(caller)) = (self.route.take(), self.caller.take()) else { return };
        self.settle(&caller);
        if !route.endpoint.is_traced() {
            return;
        }
        let ended = platform::now_nanoseconds();
        if self.cites && self.trace.is_sampled(caller.config.judged_percent) {
            // The request is over: what is checked now is nobody's latency.
            orchestrate::conclude(self.trace.context().into()).await;
        }
        let trace_id = self.trace.context().trace_id_hex();
        let name = format!("{} {}", self.method, route.pattern);
        let spans = self.trace.end(&name, status, error, ended);
        telemetry::record_spans(&spans.into_iter().map(Into::into).collect::<Vec<_>>());
        let kept = telemetry::flush(caller.tenant, trace_id.clone(), caller.config.traces_kept).await;
        if let Err(telemetry::Error::Store(message)) = kept {
            eprintln!("trace {trace_id} was not kept: {message}");
        }
    }
}
