//! Fields of ITCH 5.0 messages at fixed offsets, big-endian. Every length is checked before: see `message`.

/// A number of `N` bytes at `at`.
#[inline]
fn array<const N: usize>(message: &[u8], at: usize) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&message[at..at + N]);
    bytes
}

#[inline]
pub(super) fn u16_at(message: &[u8], at: usize) -> u16 {
    u16::from_be_bytes(array(message, at))
}

#[inline]
pub(super) fn u32_at(message: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(array(message, at))
}

#[inline]
pub(super) fn u64_at(message: &[u8], at: usize) -> u64 {
    u64::from_be_bytes(array(message, at))
}

/// The six bytes of a timestamp: nanoseconds since midnight.
#[inline]
pub(super) fn time_at(message: &[u8], at: usize) -> u64 {
    (u64::from(u16_at(message, at)) << 32) | u64::from(u32_at(message, at + 2))
}

#[inline]
pub(super) fn text_at<const N: usize>(message: &[u8], at: usize) -> [u8; N] {
    array(message, at)
}
