//! A network namespace that lasts as long as somebody holds it.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::panic;
use std::process;
use std::sync::Arc;
use std::thread;

use nix::errno::Errno;
use nix::sched::{CloneFlags, setns, unshare};

use crate::bed::error::{Error, Result, io};

/// A network namespace without a name: the kernel takes it away with the last handle, thread, process and socket.
#[derive(Debug, Clone)]
pub(super) struct Namespace {
    handle: Arc<File>,
}

impl Namespace {
    /// Makes one. The thread that made it is gone again; the handle keeps it.
    pub(super) fn new() -> Result<Self> {
        let made = thread::spawn(|| {
            unshare(CloneFlags::CLONE_NEWNET)?;
            File::open("/proc/thread-self/ns/net")
        });
        match made.join().unwrap_or_else(|panic| panic::resume_unwind(panic)) {
            Ok(handle) => Ok(Self { handle: Arc::new(handle) }),
            Err(error) if error.raw_os_error() == Some(Errno::EPERM as i32) => Err(Error::Powerless),
            Err(error) => Err(io("make a network namespace")(error)),
        }
    }

    /// Does the work on a thread of its own inside the namespace. What that thread starts (processes, threads, sockets)
    /// is inside too.
    pub(super) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| {
            let inside = scope.spawn(|| {
                self.enter();
                work()
            });
            inside.join().unwrap_or_else(|panic| panic::resume_unwind(panic))
        })
    }

    /// Moves the calling thread into the namespace, for good.
    ///
    /// # Panics
    /// If the right that made the namespace is lost.
    pub(super) fn enter(&self) {
        setns(self.handle.as_ref(), CloneFlags::CLONE_NEWNET).expect("whoever made a namespace may enter it");
    }

    /// Where other processes find it, while this one lives.
    pub(super) fn path(&self) -> String {
        format!("/proc/{}/fd/{}", process::id(), self.handle.as_raw_fd())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::bed::or_skip;

    use super::*;

    #[test]
    fn work_inside_sees_other_interfaces_and_the_machines_stay() {
        let interfaces = || fs::read_to_string("/proc/thread-self/net/dev").expect("a table");
        let before = interfaces();
        let Some(namespace) = or_skip(Namespace::new()) else { return };
        let inside = namespace.run(interfaces);
        assert_eq!(inside.lines().count(), 3, "two lines of heading and lo: {inside}");
        assert_eq!(interfaces().lines().count(), before.lines().count());
    }
}
