//! One wasmtime engine per process, its settings, and the clock that ticks it.

use std::hash::{Hash as _, Hasher};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

/// How often a running guest is asked whether it may go on. A yield at this pace kept a
/// neighbour's timer within some 20 ms on two cores, however many guests were spinning.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Stack of the guest, in bytes.
const WASM_STACK: usize = 512 << 10;
/// Stack of the fiber that a call runs on, in bytes. What the guest leaves of it is all
/// that host functions have, and running out there ends the process.
const FIBER_STACK: usize = 2 << 20;

/// The settings that the code generator and the loader must agree on, so that both the
/// serving process and the compiling child use this one function.
fn base_config() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .concurrency_support(false)
        .cranelift_opt_level(OptLevel::Speed)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(FIBER_STACK)
        // Defence in depth between tenants: a stack is reused by the next call.
        .async_stack_zeroing(true)
        // The same set that the gate validates with.
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        .wasm_wide_arithmetic(false)
        .wasm_custom_page_sizes(false);
    // wasmtime maps initial contents over its own memories only, not over those that are
    // made for the dump. The setting reaches into the code, so it holds for the compiling
    // child too, which does not know whether anything is dumped.
    #[cfg(feature = "memory-dump")]
    config.memory_init_cow(false);
    config
}

/// The engine of the serving process: a pool with room for `instances` calls at a time.
pub(crate) fn serving_engine(instances: u32, max_memory_bytes: usize) -> wasmtime::Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_memories(instances.saturating_mul(2))
        .total_stacks(instances)
        // Components made from Python bring some 38 core instances each; address space
        // is only taken by memories, so the head room is cheap.
        .total_core_instances(instances.saturating_mul(64))
        .total_tables(instances.saturating_mul(8))
        // JavaScript engines start with some 7,700 elements.
        .table_elements(20_000)
        .max_core_instances_per_component(200)
        .max_memories_per_component(2)
        .max_tables_per_component(8)
        .max_component_instance_size(10 << 20)
        .max_memory_size(max_memory_bytes)
        // Fewer page faults for the next call; the pages are zeroed all the same. A freed
        // memory goes back at once: those that wait for a batch keep their pages, and
        // calls meanwhile touch places that were never used.
        .linear_memory_keep_resident(1 << 20);
    let mut config = base_config();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    #[cfg(feature = "memory-dump")]
    if let Some(creator) = crate::dump::creator_from_environment() {
        // The pool owns its memories and shows them to nobody, so a process that dumps
        // them allocates them on demand.
        config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
        config.with_host_memory(creator);
    }
    Engine::new(&config).or_else(|error| {
        // A container with a limit on address space has no room for the pool. Instances
        // then cost some microseconds more; the semaphore still counts them.
        let reason = format!("{error:#}");
        tracing::warn!(%reason, "no instance pool: memories are allocated on demand");
        compiling_engine()
    })
}

/// An engine without a pool: that of the compiling child, under whose limits the address
/// space of a pool would not fit.
pub(crate) fn compiling_engine() -> wasmtime::Result<Engine> {
    Engine::new(&base_config())
}

/// Ticks the epoch of `engine` from a thread of its own until the engine is gone.
///
/// A thread and not a task: the ticks must come when every worker is inside a guest.
pub(crate) fn start_ticking(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    std::thread::Builder::new()
        .name("guest-epoch".to_owned())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(TICK);
            }
        })?;
    Ok(())
}

/// All that decides whether machine code made by one engine runs in another, as hex. It
/// contains the full version of wasmtime, so a fix in its code generator makes new files.
pub(crate) fn compatibility(engine: &Engine) -> String {
    struct Sink(Sha256);

    impl Hasher for Sink {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }

        fn finish(&self) -> u64 {
            // Never asked for: the whole digest is read below.
            0
        }
    }

    let mut sink = Sink(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut sink);
    data_encoding::HEXLOWER.encode(&sink.0.finalize()[..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn child_compiles_for_the_engine_that_serves() {
        let serving = serving_engine(2, 64 << 20).expect("serving engine");
        let compiling = compiling_engine().expect("compiling engine");
        assert_eq!(compatibility(&serving), compatibility(&compiling));
    }
}
