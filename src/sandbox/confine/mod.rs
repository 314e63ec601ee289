//! What a worker gives up before it reads a byte.
//!
//! Three layers, each of which stands where another is missing. Limits: bytes of memory, seconds of processor time, no
//! further descriptor, no byte written to a file, no core dump. Landlock: no file, no TCP, no signal or socket to anything
//! outside. seccomp: only the system calls of a computation, so that there is no way to open, connect, run or fork, and the
//! only descriptors that can be read or written are the three standard ones.

use serde::{Deserialize, Serialize};

use super::Limits;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(unix)]
mod rlimits;

#[cfg(unix)]
pub(super) use rlimits::OUT_OF_TIME;

/// One way to take rights away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum Layer {
    /// Resource limits.
    Limits,
    /// Landlock.
    Landlock,
    /// seccomp.
    Seccomp,
}

impl Layer {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Limits, Self::Landlock, Self::Seccomp];
}

/// Which layers hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// Resource limits.
    pub limits: bool,
    /// Landlock.
    pub landlock: bool,
    /// seccomp.
    pub seccomp: bool,
}

impl Confinement {
    /// What is missing, one sentence without a stop; `None` where nothing is.
    #[must_use]
    pub fn missing(&self) -> Option<&'static str> {
        match (self.landlock, self.seccomp) {
            (true, true) => None,
            (true, false) => Some("this system has no seccomp: what reads packages is confined by Landlock and limits"),
            (false, true) => Some("this system has no Landlock: what reads packages is confined by seccomp and limits"),
            (false, false) => Some(
                "this system has neither Landlock nor seccomp: what reads packages has limits but keeps your rights",
            ),
        }
    }
}

/// Takes the rights of this process away, layer by layer, as far as the system can. Only for a process that has one thread:
/// those that it begins later are confined with it.
#[must_use]
pub fn confine(limits: &Limits, threads: usize, layers: &[Layer]) -> Confinement {
    let wanted = |layer| layers.contains(&layer);
    let mut held = Confinement::default();
    // Whatever it reads next to where it was begun is none of its business.
    let _ = std::env::set_current_dir("/");
    #[cfg(target_os = "linux")]
    {
        held.landlock = wanted(Layer::Landlock) && linux::landlock();
    }
    #[cfg(unix)]
    {
        held.limits = wanted(Layer::Limits) && rlimits::set(limits, threads);
    }
    #[cfg(target_os = "linux")]
    {
        held.seccomp = wanted(Layer::Seccomp) && linux::seccomp();
    }
    let _ = (limits, threads, wanted);
    held
}

/// Lets this process use the processor time of one more package.
pub(super) fn renew_processor_time(limits: &Limits) {
    #[cfg(unix)]
    rlimits::renew_processor_time(limits);
    let _ = limits;
}
