//! The cache itself: a lookup, what its leader may do afterwards, and a purge.

use crate::codec;
use crate::directory;
use crate::entry;
use crate::keys::Keys;
use crate::lease::{self, Claim, Leases};
use crate::request::{Identity, name};
use crate::semantic::{Asked, Tools};
use crate::{
    Bypass, Control, Embedder, Error, Found, Hit, Moment, Outcome, Policy, Prior, Refusal, Request, Store,
};

/// A cache over a store. Cheap to make; keeps nothing between calls.
#[derive(Clone, Copy)]
pub struct Cache<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) tools: Option<Tools<'a>>,
}

/// The right to make one call.
#[derive(Debug)]
pub struct Lease {
    pub(crate) keys: Keys,
    pub(crate) identity: Identity,
    token: u64,
    /// Whether others wait for this one. A request that must not be answered from the cache waits for nobody and holds nobody up.
    claimed: bool,
    pub(crate) policy: Policy,
    /// The question, if it was looked for among others.
    pub(crate) asked: Option<Asked>,
}

/// Those who wait ask again about this often while the call lasts …
const ASK_TIMES: u64 = 16;
/// … but not more often than that, so that a crowd doesn't load the store,
const ASK_AT_LEAST_MS: u64 = 10;
/// and often enough not to add a delay that is felt.
const ASK_AT_MOST_MS: u64 = 200;

impl<'a> Cache<'a> {
    /// A cache in `store`, of the same requests only.
    #[must_use]
    pub fn new(store: &'a dyn Store) -> Self {
        Self { store, tools: None }
    }

    /// The same, which also knows questions in other words.
    #[must_use]
    pub fn with_semantics(self, embedder: &'a dyn Embedder, prior: &'a Prior<'a>) -> Self {
        Self { tools: Some(Tools { embedder, prior }), ..self }
    }

    /// Looks a request up: one batched read for a hit of the same request, two more for a semantic one.
    ///
    /// # Errors
    /// Request or policy are not what they may be; the store failed.
    pub fn lookup(
        &self,
        request: &Request,
        policy: &Policy,
        control: &Control,
        moment: Moment,
    ) -> Result<Found, Error> {
        policy.validate()?;
        let identity = request.identity()?;
        if control.no_store {
            return Ok(Found::Bypass(Bypass::NoStore));
        }
        let keys = Keys::new(&request.tenant, &request.route);
        let mut lease =
            Lease { keys, identity, token: moment.draw, claimed: false, policy: policy.clone(), asked: None };
        if control.no_cache {
            return Ok(match control.only_if_cached {
                true => Found::Bypass(Bypass::OnlyIfCached),
                false => Found::Lead(Box::new(lease)),
            });
        }
        let (entry, leases) = (lease.entry(), lease.leases());
        let mut read = self.store.read(&[entry.clone(), leases.clone()])?.into_iter();
        if let Some(hit) = lease.hit(read.next().flatten(), control, moment) {
            return Ok(Found::Hit(hit));
        }
        let held: Leases = codec::decode(read.next().flatten().as_deref()).unwrap_or_default();
        // The one that leads looked for other words already, and found none.
        if let Some(left) = held.held(&lease.identity.exact, moment.now_ms) {
            return Ok(match control.only_if_cached {
                true => Found::Bypass(Bypass::OnlyIfCached),
                false => Found::Wait(ask_again(left)),
            });
        }
        lease.asked = self.ask(request, &lease, control, moment.now_ms)?;
        if let Some(asked) = &lease.asked
            && asked.serves(policy, moment, !control.only_if_cached)
            && let Some(candidate) = &asked.candidate
        {
            self.count(&lease.keys, asked, true)?;
            return Ok(Found::Hit(candidate.hit.clone()));
        }
        if control.only_if_cached {
            return Ok(Found::Bypass(Bypass::OnlyIfCached));
        }
        let Moment { now_ms, draw } = moment;
        match lease::claim(self.store, &leases, lease.identity.exact, draw, now_ms, policy.lease_ms)? {
            Claim::Lost(left) => Ok(Found::Wait(ask_again(left))),
            Claim::Won => {
                lease.claimed = true;
                // Somebody may have kept the answer and given the lease back since it was looked for.
                let read = self.store.read(&[entry])?.into_iter().next().flatten();
                match lease.hit(read, control, moment) {
                    Some(hit) => {
                        self.release(&lease)?;
                        Ok(Found::Hit(hit))
                    }
                    None => Ok(Found::Lead(Box::new(lease))),
                }
            }
        }
    }

    /// Keeps the answer, or says why not, and gives the lease back.
    ///
    /// # Errors
    /// The store failed; those who wait may wait until the lease ends by itself.
    pub fn keep(
        &self,
        lease: &Lease,
        value: &[u8],
        outcome: &Outcome,
        now_ms: u64,
    ) -> Result<Option<Refusal>, Error> {
        let refusal = match outcome.refusal() {
            Some(refusal) => Some(refusal),
            None => self.write(lease, value, now_ms)?,
        };
        if let Some(asked) = &lease.asked {
            self.count(&lease.keys, asked, false)?;
        }
        self.release(lease)?;
        Ok(refusal)
    }

    fn write(&self, lease: &Lease, value: &[u8], now_ms: u64) -> Result<Option<Refusal>, Error> {
        let Lease { keys, identity, policy, .. } = lease;
        let bytes = entry::encode(value, now_ms, lease.ttl_ms());
        if !directory::admit(self.store, keys, policy, identity.exact, bytes.len(), now_ms)? {
            return Ok(Some(Refusal::TooLarge));
        }
        self.store.write(&lease.entry(), &bytes)?;
        if let Some(asked) = &lease.asked {
            self.remember(lease, asked, now_ms)?;
        }
        Ok(None)
    }

    /// Gives the lease back without an answer. Doing it again changes nothing.
    ///
    /// # Errors
    /// The store failed; the lease ends by itself.
    pub fn release(&self, lease: &Lease) -> Result<(), Error> {
        if !lease.claimed {
            return Ok(());
        }
        lease::free(self.store, &lease.leases(), &lease.identity.exact, lease.token)
    }

    /// Forgets every answer of a route. Their number.
    ///
    /// # Errors
    /// A name is not what it may be; the store failed, and some are forgotten.
    pub fn purge(&self, tenant: &str, route: &str) -> Result<u32, Error> {
        name("tenant", tenant)?;
        name("route", route)?;
        directory::purge(self.store, &Keys::new(tenant, route))
    }
}

impl Lease {
    /// An answer to a question that is near enough to learn from. If there is one, compare it with the fresh answer, and report it.
    #[must_use]
    pub fn candidate(&self) -> Option<&Hit> {
        self.asked.as_ref()?.candidate.as_ref().map(|candidate| &candidate.hit)
    }

    fn entry(&self) -> String {
        self.keys.entry(&self.identity.exact)
    }

    pub(crate) fn ttl_ms(&self) -> u64 {
        u64::from(self.policy.ttl_seconds) * 1000
    }

    fn leases(&self) -> String {
        self.keys.leases(&self.identity.exact)
    }

    fn hit(&self, read: Option<Vec<u8>>, control: &Control, moment: Moment) -> Option<Hit> {
        let entry = entry::decode(read, self.ttl_ms(), control, moment.now_ms)?;
        Some(Hit { value: entry.value, age_ms: entry.age_ms, similar: None })
    }
}

fn ask_again(left_ms: u64) -> u32 {
    (left_ms / ASK_TIMES).clamp(ASK_AT_LEAST_MS, ASK_AT_MOST_MS) as u32
}
