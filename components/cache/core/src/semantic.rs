//! The same question in other words: the nearest that was answered, and whether its answer may be given.
//!
//! Two reads however many answers there are: a few segments with what the route has learned, then the nearest questions' answers.

use crate::keys::Keys;
use crate::learner::{Comparison, Learner, Standing};
use crate::ports::change;
use crate::prior::PROBES;
use crate::segment::{LONGEST, Line, Near, Segment};
use crate::tally::{Statistics, Tally};
use crate::{
    Cache, Control, Embedder, Error, Hit, Lease, Moment, Policy, Prior, Request, Semantic, Similar, bound,
    codec, entry, vector,
};

/// What the semantic half needs beside the store.
#[derive(Clone, Copy)]
pub(crate) struct Tools<'a> {
    pub(crate) embedder: &'a dyn Embedder,
    pub(crate) prior: &'a Prior<'a>,
}

/// A question that was looked for among those answered.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    fingerprint: String,
    context: [u8; 32],
    question: String,
    vector: Vec<i8>,
    neighbourhoods: Vec<u32>,
    pub(crate) candidate: Option<Candidate>,
}

/// The nearest answered question that nothing forbids.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) hit: Hit,
    pub(crate) odds: f64,
    pub(crate) standing: Standing,
    pub(crate) reported: bool,
}

/// Cosine below which nothing is weighed: there, one pair in a thousand asks the same.
const LEAST: f64 = 0.7;

/// Nearest questions whose answers are read, in case the first is gone or forbidden.
const CANDIDATES: usize = 4;

impl Cache<'_> {
    /// Looks for the question; `None` if it takes no part.
    pub(crate) fn ask(
        &self,
        request: &Request,
        lease: &Lease,
        control: &Control,
        now_ms: u64,
    ) -> Result<Option<Asked>, Error> {
        let (Some(semantic), Some(Tools { embedder, prior })) = (&lease.policy.semantic, self.tools) else {
            return Ok(None);
        };
        let (Some(context), Some(turn)) = (lease.identity.context, request.turns.last()) else {
            return Ok(None);
        };
        let model = embedder.model();
        if turn.content.len() > LONGEST || model.id != prior.model {
            return Ok(None);
        }
        let Some(vector) = embedder.embed(&turn.content).map_err(Error::Embedding)? else { return Ok(None) };
        let vector = vector::quantise(&vector);
        let neighbourhoods = prior.neighbourhoods(&vector);
        let mut asked = Asked {
            fingerprint: model.fingerprint,
            context,
            question: turn.content.clone(),
            vector,
            neighbourhoods,
            candidate: None,
        };
        asked.candidate = self.nearest(&asked, lease, semantic, prior, control, now_ms)?;
        Ok(Some(asked))
    }

    fn nearest(
        &self,
        asked: &Asked,
        lease: &Lease,
        semantic: &Semantic,
        prior: &Prior<'_>,
        control: &Control,
        now_ms: u64,
    ) -> Result<Option<Candidate>, Error> {
        let Asked { fingerprint, context, question, vector, neighbourhoods, .. } = asked;
        let mut keys: Vec<String> =
            neighbourhoods.iter().map(|&number| lease.keys.segment(number, context)).collect();
        keys.push(lease.keys.learner());
        let mut read = self.store.read(&keys)?;
        let learner: Learner = codec::decode(read.pop().flatten().as_deref()).unwrap_or_default();
        let mut near: Vec<Near> = Vec::new();
        for value in read.iter().take(PROBES) {
            let Some(segment) = codec::decode::<Segment<'_>>(value.as_deref()) else { continue };
            near.extend(segment.near(fingerprint, context, vector, LEAST, now_ms));
        }
        near.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
        near.truncate(CANDIDATES);
        let answers: Vec<String> = near.iter().map(|near| lease.keys.entry(&near.exact)).collect();
        if answers.is_empty() {
            return Ok(None);
        }
        let cut = prior.cut(semantic.wrong_share);
        let at = neighbourhoods.first().copied().unwrap_or_default();
        let answers = self.store.read(&answers)?;
        let mut best: Option<Candidate> = None;
        for (found, answer) in near.iter().zip(answers) {
            let Some(answer) = entry::decode(answer, lease.ttl_ms(), control, now_ms) else { continue };
            let judgement = prior.judge(question, &found.question, found.similarity);
            let better = best.as_ref().is_none_or(|best| judgement.odds > best.odds);
            if judgement.blocked.is_some() || !better {
                continue;
            }
            let standing = learner.stand(judgement.odds, cut, at);
            let similar = Similar {
                similarity: found.similarity,
                probability: standing.probability,
                question: found.question.clone(),
            };
            let hit = Hit { value: answer.value, age_ms: answer.age_ms, similar: Some(similar) };
            best = Some(Candidate { hit, odds: judgement.odds, standing, reported: false });
        }
        Ok(best)
    }

    /// Keeps the question beside its answer.
    pub(crate) fn remember(&self, lease: &Lease, asked: &Asked, now_ms: u64) -> Result<(), Error> {
        let Asked { fingerprint, context, question, vector, neighbourhoods, .. } = asked;
        let Some(&nearest) = neighbourhoods.first() else { return Ok(()) };
        let key = lease.keys.segment(nearest, context);
        let vector = vector::bytes(vector);
        change(self.store, &key, |current| {
            let mut segment: Segment<'_> = codec::decode(current).unwrap_or_default();
            let line = Line {
                context: *context,
                exact: lease.identity.exact,
                until_ms: now_ms.saturating_add(lease.ttl_ms()),
                vector: &vector,
                question,
            };
            segment.add(fingerprint, line, &lease.policy, now_ms);
            Ok((Some(codec::encode(&key, &segment)?), ()))
        })
    }

    /// Counts a lookup that ended, with the hit that was served if one was.
    pub(crate) fn count(&self, keys: &Keys, asked: &Asked, served: bool) -> Result<(), Error> {
        let key = keys.tally();
        change(self.store, &key, |current| {
            let mut tally: Tally = codec::decode(current).unwrap_or_default();
            tally.lookups += 1;
            if let Some(Candidate { standing, .. }) = &asked.candidate {
                tally.served += u64::from(served);
                tally.withheld += u64::from(standing.believed && !served);
                tally.expected_wrong += if served { 1.0 - standing.probability } else { 0.0 };
            }
            Ok((Some(codec::encode(&key, &tally)?), ()))
        })
    }

    /// Learns whether a lease's candidate says the same as the fresh answer. A second report changes nothing.
    ///
    /// # Errors
    /// The store failed; nothing was learned.
    pub fn report(&self, lease: &mut Lease, same: bool) -> Result<(), Error> {
        let Some(policy) = lease.policy.semantic else { return Ok(()) };
        let key = lease.keys.learner();
        let Some(Asked { neighbourhoods, candidate: Some(candidate), .. }) = &mut lease.asked else {
            return Ok(());
        };
        if std::mem::replace(&mut candidate.reported, true) {
            return Ok(());
        }
        let neighbourhood = neighbourhoods.first().copied().unwrap_or_default();
        let comparison =
            Comparison { odds: candidate.odds, neighbourhood, standing: candidate.standing, same };
        change(self.store, &key, |current| {
            let mut learner: Learner = codec::decode(current).unwrap_or_default();
            learner.learn(&comparison, &policy);
            Ok((Some(codec::encode(&key, &learner)?), ()))
        })
    }

    /// What is known of a route.
    ///
    /// # Errors
    /// A name is not what it may be; the store failed.
    pub fn inspect(&self, tenant: &str, route: &str) -> Result<Statistics, Error> {
        crate::request::name("tenant", tenant)?;
        crate::request::name("route", route)?;
        let keys = Keys::new(tenant, route);
        let mut read = self.store.read(&[keys.tally(), keys.learner()])?.into_iter();
        let tally: Tally = codec::decode(read.next().flatten().as_deref()).unwrap_or_default();
        let learner: Learner = codec::decode(read.next().flatten().as_deref()).unwrap_or_default();
        let Learner { verified, wrong, compared, .. } = learner;
        let share = |part: f64, all: u64| if all == 0 { 0.0 } else { part / all as f64 };
        Ok(Statistics {
            lookups: tally.lookups,
            served: tally.served,
            withheld: tally.withheld,
            verified,
            wrong,
            observed_wrong_share: (verified > 0).then(|| share(wrong as f64, verified)),
            wrong_share_bound: bound::upper(verified, wrong),
            confidence: bound::CONFIDENCE,
            expected_wrong_share: share(tally.expected_wrong, tally.served),
            compared,
            neighbourhoods: learner.neighbourhoods(),
            suspended: self.suspended(&learner),
        })
    }

    fn suspended(&self, learner: &Learner) -> Option<String> {
        let Some(Tools { embedder, prior }) = self.tools else {
            return Some("there is no embedder".to_owned());
        };
        let model = embedder.model();
        if model.id != prior.model {
            return Some(format!(
                "the embedding model is {}; the prior was fitted to {}: fit one with gusset-cache-calibration",
                model.id, prior.model
            ));
        }
        learner.closed().then(|| {
            "too many would-be hits were wrong lately; right comparisons of what is withheld reopen it"
                .to_owned()
        })
    }
}

impl Asked {
    /// Whether the candidate is to be served, and not asked for anew to be compared.
    pub(crate) fn serves(&self, policy: &Policy, moment: Moment, verifies: bool) -> bool {
        let Some(semantic) = policy.semantic else { return false };
        let verified = verifies && uniform(moment.draw) < semantic.verify_share;
        self.candidate.as_ref().is_some_and(|candidate| candidate.standing.serves) && !verified
    }
}

/// From 64 random bits to 0.0 up to 1.0. Mixed (splitmix64), because the same bits are a lease's token.
fn uniform(bits: u64) -> f64 {
    let mixed = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}
