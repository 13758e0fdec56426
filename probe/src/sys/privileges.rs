use std::io;

use caps::{CapSet, Capability, CapsHashSet};

/// What is kept of what we had: root can write into another user's folder, and put a file in the place of another
/// user's in a folder like `/tmp`. `--out` and its like could before, and can still.
const KEPT: [Capability; 2] = [Capability::CAP_DAC_OVERRIDE, Capability::CAP_FOWNER];

/// Gives up every capability but those that writing files takes. The user stays the same. It counts for this thread
/// and for those that it starts, so it comes before all others.
pub fn drop_capabilities() -> io::Result<()> {
    let had = caps::read(None, CapSet::Permitted).map_err(io::Error::other)?;
    let kept: CapsHashSet = KEPT.into_iter().filter(|kept| had.contains(kept)).collect();
    // The ambient set falls with the inheritable one.
    let none = CapsHashSet::new();
    let left = [(CapSet::Effective, &kept), (CapSet::Permitted, &kept), (CapSet::Inheritable, &none)];
    left.into_iter().try_for_each(|(set, left)| caps::set(None, set, left)).map_err(io::Error::other)
}
