use nix::sys::signal::{SigSet, SigmaskHow, Signal};

/// Holds interrupts (Ctrl-C) back from the calling thread: one that comes is kept until [`release`].
pub fn hold() -> nix::Result<()> {
    mask(SigmaskHow::SIG_BLOCK)
}

/// Lets interrupts come again, the one that was kept at once.
pub fn release() -> nix::Result<()> {
    mask(SigmaskHow::SIG_UNBLOCK)
}

fn mask(how: SigmaskHow) -> nix::Result<()> {
    SigSet::from_iter([Signal::SIGINT]).thread_swap_mask(how).map(drop)
}
