//! `gusset index --watch`: pass after pass over the folder, of which all but the first read only what has changed.
//!
//! Looking again is what works everywhere: also on network file systems and mounts into containers, which tell nobody what changes on them, and beyond the number of folders that a
//! system watches. A look costs one system call a file.

use super::super::api::Api;
use super::super::{explain, up};
use super::collection::Remote;
use super::ledger::Ledger;
use super::pass::{Order, Pass};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A pause is at least so many times as long as the look before it: a large folder is looked at less often.
const REST: u32 = 10;

/// Longest pause after a pass that failed. The pauses double up to here.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Keeps the collection in step with the folder until ctrl-c or SIGTERM. What is on its way then is finished; a second signal ends it now.
///
/// # Errors
/// As the first pass.
pub(super) async fn run(api: &Api, collection: &str, order: Order<'_>, interval: u16) -> anyhow::Result<()> {
    let (stop, stopping) = watch::channel(false);
    let order = Order { stop: stopping.clone(), ..order };
    let watching = follow(api, collection, &order, Duration::from_secs(interval.into()));
    tokio::pin!(watching);
    tokio::select! {
        ended = &mut watching => return ended,
        () = up::stop_signal()? => {}
    }
    eprintln!("stopping; files on their way finish first, a second signal ends them now");
    // It listens as long as it lives.
    let _ = stop.send(true);
    tokio::select! {
        ended = watching => ended,
        () = up::stop_signal()? => Ok(()),
    }
}

async fn follow(api: &Api, collection: &str, order: &Order<'_>, interval: Duration) -> anyhow::Result<()> {
    let mut pause = interval;
    let mut first = true;
    while !*order.stop.borrow() {
        let error = match keep(api, collection, order, interval, &mut first).await {
            Ok(()) => return Ok(()),
            Err(error) if first => return Err(error),
            Err(error) => error,
        };
        // All that is known of the collection may be out of date: begun anew.
        eprintln!("{}; tried again in {} s", explain(&error), pause.as_secs());
        wait(order, pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    Ok(())
}

/// Passes over one ledger, until told to stop.
async fn keep(
    api: &Api,
    collection: &str,
    order: &Order<'_>,
    interval: Duration,
    first: &mut bool,
) -> anyhow::Result<()> {
    let remote = Remote::open(api, collection, order.chunking).await?;
    let ledger = Ledger::new()?;
    remote.list(&ledger).await?;
    for number in 1.. {
        let start = Instant::now();
        let tally = Pass::new(&remote, &ledger, number).run(order).await?;
        let took = start.elapsed();
        if number == 1 || tally.changed() {
            tally.print(collection, took);
        }
        if std::mem::take(first) {
            println!("watching {}; ctrl-c ends it", order.directory.display());
        }
        if *order.stop.borrow() {
            break;
        }
        let look = if tally.changed() { Duration::ZERO } else { took };
        wait(order, interval.max(look * REST)).await;
    }
    Ok(())
}

/// Waits, or until told to stop.
async fn wait(order: &Order<'_>, pause: Duration) {
    let mut stop = order.stop.clone();
    // A sender that is gone means the same as one that says stop.
    let _ = tokio::time::timeout(pause, stop.wait_for(|stop| *stop)).await;
}
