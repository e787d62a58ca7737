//! What a call may use, reserved before it, and what it used, settled after it.

use gusset_gateway::Error;
use gusset_gateway::budget::{Actual, Count, Desk, Reservation, Subject};
use gusset_gateway::calendar::Day;
use gusset_gateway::meter::{Ask, Bill};
use gusset_gateway::usage::Journal;
use gusset_types::{Cost, Usage};

use crate::call::{Call, Caller};
use crate::platform;
use crate::store::KeyValue;

/// A call that is counted.
pub(crate) struct Meter {
    ask: Ask,
    /// As the request names it; the one that answers, once that is known.
    model: String,
    reservation: Reservation,
    /// Unix time in seconds.
    begun: u64,
    /// Bytes of the answer so far.
    written: usize,
    bill: Option<Bill>,
}

impl Call {
    /// Lets the call begin if its key and its budgets do, and reserves what it may use. Reads nothing where there is no budget for it.
    pub(crate) fn admit(&mut self, caller: &Caller, model: &str, ask: Ask) -> Result<(), Error> {
        caller.key.require_model(model)?;
        self.admit_unnamed(caller, model, ask)
    }

    /// The same where the request does not name the model, so that a key's list of models has nothing to say.
    pub(crate) fn admit_unnamed(&mut self, caller: &Caller, model: &str, ask: Ask) -> Result<(), Error> {
        let Caller { tenant, key, config } = caller;
        if self.attribution.user.is_none() {
            self.attribution.user.clone_from(&key.tags.user);
        }
        let subject = Subject {
            tenant,
            key: &key.name,
            feature: self.attribution.feature.as_deref(),
            user: self.attribution.user.as_deref(),
            model,
            endpoint: self.endpoint(),
        };
        let counts = config.budgets.counts(&subject, &key.limits);
        let begun = platform::now_seconds();
        let reservation = reserve(&counts, &ask, model, caller, begun)?;
        if let Some(user) = self.attribution.user.clone() {
            self.trace.set("gusset.user", user.as_str());
        }
        self.meter = Some(Meter { ask, model: model.to_owned(), reservation, begun, written: 0, bill: None });
        Ok(())
    }

    /// The model that answers, which is not always the one that was asked for.
    pub(crate) fn answered_by(&mut self, model: &str) {
        if let Some(meter) = &mut self.meter {
            model.clone_into(&mut meter.model);
        }
    }

    /// The answer is so many bytes longer.
    pub(crate) fn wrote(&mut self, bytes: usize) {
        if let Some(meter) = &mut self.meter {
            meter.written = meter.written.saturating_add(bytes);
        }
    }

    /// What the call used. `told` is its cost in US dollars, where who answered said it.
    pub(crate) fn used(&mut self, caller: &Caller, usage: Usage, told: Option<f64>) {
        let Some(meter) = &mut self.meter else { return };
        meter.bill = Some(Bill::of(&caller.config.prices, &meter.model, usage, told));
    }

    /// The call used what it was reckoned to, where nobody counts.
    pub(crate) fn used_as_asked(&mut self, caller: &Caller) {
        let Some(meter) = &mut self.meter else { return };
        meter.bill = Some(Bill::as_asked(&caller.config.prices, &meter.model, &meter.ask));
    }

    /// Settles the call, whichever way it ended: by what was counted, by what was sent before it broke off, or as free where nothing
    /// was. What can't be settled is a line in the log, and expires.
    pub(crate) fn settle(&mut self, caller: &Caller) {
        let Some(Meter { ask, model, reservation, begun, written, bill }) = self.meter.take() else { return };
        let prices = &caller.config.prices;
        let broken_off = || (written > 0).then(|| Bill::broken_off(prices, &model, &ask, written));
        let bill = bill.or_else(broken_off);
        if let Some(bill) = &bill {
            bill.describe(&mut self.trace);
        }
        let recorded = bill.as_ref().filter(|_| caller.config.usage_recorded);
        if reservation.is_empty() && recorded.is_none() {
            return;
        }
        let free = Actual { tokens: 0, cost: Some(Cost::ZERO) };
        let actual = bill.as_ref().map_or(free, Bill::actual);
        let entry = recorded.map(|bill| {
            let attribution = &self.attribution;
            bill.entry(&caller.key.name, attribution.feature.as_deref(), attribution.user.as_deref())
        });
        let settled = KeyValue::open().and_then(|store| {
            // One failure is no reason for the other.
            let settled = Desk::new(&store).settle(reservation, actual, platform::now_seconds());
            let entry = entry.as_ref();
            let noted =
                entry.map_or(Ok(()), |e| Journal::new(&store, &caller.tenant).record(Day::of(begun), e));
            settled.and(noted)
        });
        if let Err(error) = settled {
            eprintln!("call {} was not settled: {error}", self.trace_id());
        }
    }
}

fn reserve(
    counts: &[Count],
    ask: &Ask,
    model: &str,
    caller: &Caller,
    now: u64,
) -> Result<Reservation, Error> {
    if counts.is_empty() {
        return Ok(Reservation::default());
    }
    let estimate = ask.estimate(model, &caller.config);
    Desk::new(&KeyValue::open()?).reserve(counts, &estimate, now)
}
