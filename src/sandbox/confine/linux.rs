//! Landlock and seccomp.

use std::collections::BTreeMap;

use landlock::{ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetError, RulesetStatus, Scope};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter,
};

/// Forbids every file, every TCP connection, and signals and abstract sockets to whatever is outside.
pub(super) fn landlock() -> bool {
    let restrict = || -> Result<RulesetStatus, RulesetError> {
        // What an older kernel does not know of this is left out.
        let abi = ABI::V6;
        let ruleset = Ruleset::default()
            .handle_access(AccessFs::from_all(abi))?
            .handle_access(AccessNet::from_all(abi))?
            .scope(Scope::from_all(abi))?
            .create()?;
        Ok(ruleset.restrict_self()?.ruleset)
    };
    restrict().is_ok_and(|status| status != RulesetStatus::NotEnforced)
}

/// Forbids every system call but those of a computation.
pub(super) fn seccomp() -> bool {
    let install = || -> Result<(), seccompiler::Error> {
        let target: TargetArch = std::env::consts::ARCH.try_into()?;
        let errno = |number: i32| SeccompAction::Errno(number.unsigned_abs());
        // The C library falls back to the older call, whose flags can be looked at.
        let hidden = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
        let hidden = SeccompFilter::new(hidden, SeccompAction::Allow, errno(libc::ENOSYS), target)?;
        let needed = SeccompFilter::new(needed()?, errno(libc::EPERM), SeccompAction::Allow, target)?;
        for filter in [hidden, needed] {
            apply_filter(&BpfProgram::try_from(filter)?)?;
        }
        Ok(())
    };
    install().is_ok()
}

/// The calls that memory, threads, locks, clocks, the three pipes and the end need, with what their arguments may be.
fn needed() -> Result<BTreeMap<libc::c_long, Vec<SeccompRule>>, BackendError> {
    use SeccompCmpArgLen::{Dword, Qword};
    use SeccompCmpOp::{Eq, MaskedEq};

    let argument = |index, length, is, value: u64| SeccompCondition::new(index, length, is, value);
    let when = |condition: SeccompCondition| SeccompRule::new(vec![condition]);
    let always = Vec::new;
    let descriptor = |number: u64| when(argument(0, Dword, Eq, number)?);
    let bits = |value: i32| u64::from(value.unsigned_abs());
    let (executable, thread) = (bits(libc::PROT_EXEC), bits(libc::CLONE_THREAD));
    let data = || when(argument(2, Dword, MaskedEq(executable), 0)?);
    let out = || -> Result<Vec<SeccompRule>, BackendError> { Ok(vec![descriptor(1)?, descriptor(2)?]) };
    let rules = [
        (libc::SYS_read, vec![descriptor(0)?]),
        (libc::SYS_write, out()?),
        (libc::SYS_writev, out()?),
        (libc::SYS_close, always()),
        (libc::SYS_brk, always()),
        (libc::SYS_mmap, vec![data()?]),
        (libc::SYS_mprotect, vec![data()?]),
        (libc::SYS_munmap, always()),
        (libc::SYS_mremap, always()),
        (libc::SYS_madvise, always()),
        (libc::SYS_clone, vec![when(argument(0, Dword, MaskedEq(thread), thread)?)?]),
        (libc::SYS_clone3, always()),
        (libc::SYS_set_robust_list, always()),
        (libc::SYS_rseq, always()),
        (libc::SYS_futex, always()),
        (libc::SYS_sched_yield, always()),
        (libc::SYS_sched_getaffinity, always()),
        (libc::SYS_gettid, always()),
        (libc::SYS_getpid, always()),
        (libc::SYS_rt_sigaction, always()),
        (libc::SYS_rt_sigprocmask, always()),
        (libc::SYS_rt_sigreturn, always()),
        (libc::SYS_sigaltstack, always()),
        // A process that breaks down ends itself by a signal; no other one is reached.
        (libc::SYS_tgkill, vec![when(argument(0, Dword, Eq, u64::from(std::process::id()))?)?]),
        (libc::SYS_clock_gettime, always()),
        (libc::SYS_clock_nanosleep, always()),
        (libc::SYS_nanosleep, always()),
        (libc::SYS_getrandom, always()),
        (libc::SYS_restart_syscall, always()),
        // Names of threads.
        (libc::SYS_prctl, vec![when(argument(0, Dword, Eq, bits(libc::PR_SET_NAME))?)?]),
        // Limits of this process are looked at, and that on processor time is set anew for each package.
        (
            libc::SYS_prlimit64,
            vec![
                SeccompRule::new(vec![argument(0, Dword, Eq, 0)?, argument(2, Qword, Eq, 0)?])?,
                SeccompRule::new(vec![
                    argument(0, Dword, Eq, 0)?,
                    argument(1, Dword, Eq, u64::from(libc::RLIMIT_CPU))?,
                ])?,
            ],
        ),
        (libc::SYS_exit, always()),
        (libc::SYS_exit_group, always()),
    ];
    Ok(rules.into_iter().collect())
}
