//! Resource limits, which every Unix has.

use rustix::process::{Resource, Rlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::super::{Limits, PACKAGES, worker};
use crate::behavior;

/// The signal that ends a process whose processor time is used up (SIGXCPU, the same number on Linux and macOS).
pub(in super::super) const OUT_OF_TIME: i32 = 24;

/// Stacks are memory in the eyes of the system, though hardly any of it is ever touched: those of the walk through the code
/// and of the thread that reads packages, and a little for what every program has.
const STACKS: usize = behavior::STACK + worker::STACK + (16 << 20);
/// The stacks of one thread of each of the two pools.
const STACKS_OF_THREAD: usize = 72 << 20;

/// Sets them all.
pub(super) fn set(limits: &Limits, threads: usize) -> bool {
    let at_most = |resource, most| setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }).is_ok();
    let stacks = (STACKS + STACKS_OF_THREAD * threads) as u64;
    let rounds = PACKAGES as u64 + 1;
    let processor = Rlimit {
        current: Some(limits.processor.as_secs()),
        maximum: Some(limits.processor.as_secs().saturating_mul(rounds)),
    };
    // On Linux everything that a program may write to counts as data, wherever it was got from.
    let memory = at_most(Resource::Data, limits.memory.saturating_add(stacks));
    let time = setrlimit(Resource::Cpu, processor).is_ok();
    let nothing = [at_most(Resource::Core, 0), at_most(Resource::Fsize, 0), at_most(Resource::Nofile, 3)];
    memory && time && nothing == [true; 3]
}

/// Sets the limit on processor time to what is used up so far and what one package may use.
pub(super) fn renew_processor_time(limits: &Limits) {
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or(0);
    let rounds = PACKAGES as u64 + 1;
    let limit = Rlimit {
        // Seconds are counted in whole ones.
        current: Some(used.saturating_add(limits.processor.as_secs())),
        maximum: Some(limits.processor.as_secs().saturating_mul(rounds)),
    };
    let _ = setrlimit(Resource::Cpu, limit);
}
