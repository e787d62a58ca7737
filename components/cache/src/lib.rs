//! The `cache` component: WIT to the cache core and back.
//!
//! `ports` implements the core's traits over the imports, `convert` renames. A lease is a resource, so that whoever drops one gives the right back.
//! Nothing is decided here.

mod bindings {
    wit_bindgen::generate!({ path: "../../wit", world: "cache", generate_all });
}

mod convert;
mod ports;

use std::cell::RefCell;

use bindings::exports::gusset::cache::cache as wit;
use gusset_cache as core;
use ports::with_core;

/// The prior that ships (`models/gusset-cache-v1`).
static PRIOR: &[u8] = include_bytes!("../../../models/gusset-cache-v1/prior.bin");

struct Component;

/// A lease, while it is held. `None` once it was given back.
struct Lease(RefCell<Option<core::Lease>>);

impl wit::Guest for Component {
    type Lease = Lease;

    fn lookup(
        request: wit::Request,
        policy: wit::Policy,
        cache_control: String,
        now_ms: u64,
        draw: u64,
    ) -> Result<wit::Reply, wit::Error> {
        let (request, policy) = (request.into(), policy.into());
        let control = core::Control::parse(&cache_control);
        with_core(|core| core.lookup(&request, &policy, &control, core::Moment { now_ms, draw }))
            .map(wit::Reply::from)
    }

    fn inspect(tenant: String, route: String) -> Result<wit::Statistics, wit::Error> {
        with_core(|core| core.inspect(&tenant, &route)).map(wit::Statistics::from)
    }

    fn purge(tenant: String, route: String) -> Result<u32, wit::Error> {
        with_core(|core| core.purge(&tenant, &route))
    }
}

impl wit::GuestLease for Lease {
    fn candidate(&self) -> Option<wit::Hit> {
        self.0.borrow().as_ref()?.candidate().cloned().map(wit::Hit::from)
    }

    fn report(&self, same: bool) -> Result<(), wit::Error> {
        match self.0.borrow_mut().as_mut() {
            Some(lease) => with_core(|core| core.report(lease, same)),
            None => Ok(()),
        }
    }

    fn keep(
        &self,
        value: Vec<u8>,
        outcome: wit::Outcome,
        now_ms: u64,
    ) -> Result<Option<wit::Refusal>, wit::Error> {
        let Some(lease) = self.0.borrow_mut().take() else {
            return Err(wit::Error::InvalidRequest(
                "keep was called before on this lease; look up anew".to_owned(),
            ));
        };
        with_core(|core| core.keep(&lease, &value, &outcome.into(), now_ms))
            .map(|refusal| refusal.map(wit::Refusal::from))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(lease) = self.0.take() {
            // Nobody is left to be told; the lease ends by itself.
            let _ = with_core(|core| core.release(&lease));
        }
    }
}

bindings::export!(Component with_types_in bindings);
