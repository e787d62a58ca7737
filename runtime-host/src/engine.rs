//! The engine: how instances are allocated, how long they may run, how much they may use. Knows nothing of what they do.

use crate::config::Limits;
use std::time::Duration;
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig, ResourceLimiter};

/// A guest that computes yields to other work this often, so a looping one costs its neighbours a turn, never the thread.
/// 5 ms: a thousand times the price of a yield, and a request that needs ten turns between such guests still takes no time that
/// anyone notices.
const TICK: Duration = Duration::from_millis(5);

/// Turns after which a busy thread looks for network events. The executor's own default is 61, which suits turns of microseconds;
/// a guest's turn is a tick, and 61 of them are a third of a second in which nobody would be heard.
const TURNS_BETWEEN_EVENTS: u32 = 3;

/// Memories whose first and last initialised byte are this close are mapped copy-on-write however sparse they are. The snapshot
/// of a model is tens of megabytes, and must be mapped, never copied, when an instance is made.
const DENSE_IMAGE_BYTES: u64 = 256 << 20;

/// What one instance of the composition has at most, for sizing the pool: it is made of about ten components, each with one
/// memory, its adapters and their tables. Address space, not memory, is what a generous number costs.
mod share {
    pub(super) const CORE_INSTANCES: u32 = 64;
    pub(super) const MEMORIES: u32 = 12;
    pub(super) const TABLES: u32 = 64;
    pub(super) const STACKS: u32 = 16;
}

/// Stacks of all instances together, at most. Each has a guard page, which is two mappings, and Linux gives a process 65,530 of them.
const STACKS: u32 = 16_384;

/// Instances that wind down, or that are kept for one long stream although they take nothing on any more, for each that works.
const WINDING_DOWN: u32 = 2;

/// Instances beyond that: with few requests at once, one that ends must not make the next one wait.
const SPARE: u32 = 64;

/// Bytes of the engine's bookkeeping for one instance: several times what the composition needs.
const INSTANCE_METADATA_BYTES: usize = 4 << 20;

/// Elements of a table: every function of the largest component whose address is taken, several times over.
const TABLE_ELEMENTS: usize = 65_536;

/// How instances are allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocation {
    /// From slots reserved at start: making an instance is a few page-table changes.
    Pooled,
    /// One by one, where the address space for the pool can't be had.
    OnDemand,
}

/// The executor for a process that serves: one whose threads hear the network while guests compute.
///
/// # Errors
/// Where the system grants no threads.
pub fn executor() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().event_interval(TURNS_BETWEEN_EVENTS).enable_all().build()
}

/// An engine for `limits`, its clock running: pooled, or on demand where the system grants no address space for a pool.
///
/// # Errors
/// Where this machine can't run WebAssembly at all.
pub fn build(limits: &Limits) -> wasmtime::Result<(wasmtime::Engine, Allocation)> {
    let mut config = base();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
    let (engine, allocation) = match wasmtime::Engine::new(&config) {
        Ok(engine) => (engine, Allocation::Pooled),
        Err(error) => {
            tracing::warn!(
                "no address space for a pool of instances, so each is allocated by itself: {error:#}"
            );
            (wasmtime::Engine::new(&frugal())?, Allocation::OnDemand)
        }
    };
    tick(&engine)?;
    Ok((engine, allocation))
}

fn base() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model_async(true)
        .epoch_interruption(true)
        .memory_guaranteed_dense_image_size(DENSE_IMAGE_BYTES);
    config
}

/// For systems that ration address space: memories reserve little, and move when they outgrow it. Every access is then checked
/// in code, which costs a part of the speed; four gibibytes a memory would cost the service.
fn frugal() -> Config {
    const RESERVATION_BYTES: u64 = 64 << 20;
    let mut config = base();
    config.memory_reservation(RESERVATION_BYTES).memory_reservation_for_growth(RESERVATION_BYTES);
    config
}

/// Requests share instances. Should nearly every one need its own, such as a stream that goes on after all others of its instance, the pool
/// is exhausted before `concurrent_requests` is, and the next request is told to come again.
fn pool(limits: &Limits) -> PoolingAllocationConfig {
    let working = limits.concurrent_requests.div_ceil(limits.requests_per_instance.max(1));
    let instances = working.saturating_mul(WINDING_DOWN).saturating_add(SPARE);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(share::CORE_INSTANCES))
        .total_memories(instances.saturating_mul(share::MEMORIES))
        .total_tables(instances.saturating_mul(share::TABLES))
        .total_stacks(instances.saturating_mul(share::STACKS).min(STACKS))
        .max_component_instance_size(INSTANCE_METADATA_BYTES)
        .max_core_instance_size(INSTANCE_METADATA_BYTES)
        .max_memory_size(usize::try_from(limits.instance_memory_bytes.min(1 << 32)).unwrap_or(usize::MAX))
        .table_elements(TABLE_ELEMENTS);
    pool
}

/// Advances the epoch until the engine is gone.
fn tick(engine: &wasmtime::Engine) -> wasmtime::Result<()> {
    let engine = engine.weak();
    let run = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    };
    std::thread::Builder::new().name("epoch".into()).spawn(run)?;
    Ok(())
}

/// Bounds the linear memory of one instance, over all the components it is made of.
#[derive(Debug)]
pub struct MemoryLimit {
    left: usize,
}

// === impl MemoryLimit ===

impl MemoryLimit {
    /// At most `bytes`.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        Self { left: usize::try_from(bytes).unwrap_or(usize::MAX) }
    }
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        match self.left.checked_sub(desired.saturating_sub(current)) {
            Some(left) => {
                self.left = left;
                Ok(true)
            }
            None => {
                tracing::warn!("an instance asked for more memory than limits.instance_memory_bytes");
                Ok(false)
            }
        }
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE_ELEMENTS)
    }
}
