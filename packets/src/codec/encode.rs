/// A message that can be written. Writing cannot fail: what does not fit a field cannot be built, or is cut where the
/// specification says so.
pub trait Encode {
    /// Appends the message's bytes.
    fn encode(&self, out: &mut Vec<u8>);

    /// The message's bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(&mut out);
        out
    }
}

/// Writes `body` behind a one-byte length of it.
pub fn length_u8(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    prefixed(out, 1, |length, place| place.copy_from_slice(&tail::<1>(length)), body);
}

/// Writes `body` behind a big-endian 16-bit length of it.
pub fn length_u16_be(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    prefixed(out, 2, |length, place| place.copy_from_slice(&tail::<2>(length)), body);
}

/// Writes `body` behind a little-endian 16-bit length of it.
pub fn length_u16_le(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    prefixed(
        out,
        2,
        |length, place| {
            let [high, low] = tail::<2>(length);
            place.copy_from_slice(&[low, high]);
        },
        body,
    );
}

/// Writes `body` behind a big-endian 24-bit length of it.
pub fn length_u24_be(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    prefixed(out, 3, |length, place| place.copy_from_slice(&tail::<3>(length)), body);
}

/// Leaves `width` bytes free, writes `body`, and lets `patch` put the body's length into the free bytes.
fn prefixed(out: &mut Vec<u8>, width: usize, patch: impl FnOnce(usize, &mut [u8]), body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.resize(start.saturating_add(width), 0);
    let inner = out.len();
    body(out);
    let length = out.len().saturating_sub(inner);
    if let Some(place) = out.get_mut(start..inner) {
        patch(length, place);
    }
}

/// The last `N` big-endian bytes of a length.
fn tail<const N: usize>(length: usize) -> [u8; N] {
    length.to_be_bytes().last_chunk().copied().unwrap_or([0xff; N])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_patched_in_after_what_they_measure() {
        let mut out = vec![9];
        length_u16_be(&mut out, |out| length_u8(out, |out| out.extend([7; 3])));
        length_u16_le(&mut out, |out| out.push(1));
        length_u24_be(&mut out, |_| {});
        assert_eq!(out, [9, 0, 4, 3, 7, 7, 7, 1, 0, 1, 0, 0, 0]);
    }
}
