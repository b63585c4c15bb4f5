// Package compute runs code: it keeps pools of execution environments, each a
// real process that speaks the Lambda Runtime API, and hands them one
// invocation at a time.
//
// An environment belongs to one Function.Key (a version with its
// configuration). Invoke takes the most recently used idle environment of the
// key, or starts one; it goes back to the pool afterwards unless it crashed,
// ran out of time or memory, or was retired meanwhile. Idle environments end
// after Options.IdleAfter, and when there are more than Options.MaxIdle of
// them, least recently used first.
//
// # Drivers
//
// How a process is confined is chosen once, when the pool is made. "process"
// starts it as a plain child in its own process group. "sandbox" gives it its
// own user, mount, PID, IPC and UTS namespaces with a read-only file system,
// its code at /var/task, its layers at /opt and a /tmp of its own, without
// capabilities or a way to get any; it needs a kernel that lets maru make user
// namespaces, and New says so when it does not. Network and users are the
// host's: a sandboxed function can reach what maru can, and its files are
// maru's user's.
//
// # Limits
//
// Memory is resident memory, a process's own and what it shares without a file,
// watched from outside every ten milliseconds while an invocation runs: Go and
// Node reserve far more address space than they use, so RLIMIT_AS would kill the
// innocent. RLIMIT_DATA, a gibibyte above the memory size, bounds what can be
// grabbed between two looks. Every 100 ms all of the environment's processes are
// counted: the group and its descendants. More than 1,024 end it; in a sandbox
// RLIMIT_NPROC stops them before (not for root, whom the kernel exempts). Their
// memory is added up, too; what up to 32 processes have in common counts once, so
// that workers may share what was loaded before they were forked. In a sandbox what
// is mapped of /tmp counts, since it is memory, and System V's shared memory is
// limited to the memory size. Without one, an orphan that left the group, and
// segments that nobody has attached, escape until the environment ends.
//
// Open files, file sizes and core dumps have rlimits; a sandbox's /tmp is a tmpfs of
// the function's size. Without a sandbox, what is in TMPDIR is added up every
// 100 ms; with either, files without a name that a process holds open, on a disk or
// in memory (memfd_create). A file or folder counts for 4 KiB at least. More than
// the function's size ends the environment, with "No space left on device". The next
// look at a tree that takes long to add up is so much later that it costs a tenth of
// a processor. What is written outside of TMPDIR is not added up. Idle environments
// are looked at each second. Time ends the whole group with SIGKILL. But for
// RLIMIT_NPROC, all of this works the same for root and for others. Control groups
// are not used: they are often not writable, and never by non-root.
//
// # No orphans
//
// A function's process dies with maru (PR_SET_PDEATHSIG). What it left behind
// is found by a marker in its environment and killed: when its environment
// ends, and when the next pool opens the same folder.
//
// # Differences from AWS
//
// Environments are not frozen between invocations. Extensions (the Extensions
// and Telemetry APIs) and SnapStart are not there. An exact python3.N is used
// when the host has it, else its python3; nodejs* run on the host's node.
// "process" has no /var/task and /opt: LAMBDA_TASK_ROOT and the search paths
// point to where code and layers are, /tmp is TMPDIR; stack traces of Python and
// Node functions say /var/task all the same.
package compute
