//! Asks for a cache line before it is needed.
//!
//! What it buys: with 100,000 live orders, a batch with a third of random cancels runs in about half the time
//! (`cargo bench -p bartizan-benches --bench book`, workload a, against batches of one).

/// Starts to load what `place` refers to. Changes nothing that a program can see.
#[inline(always)]
pub(super) fn prefetch<T>(place: &T) {
    #[cfg(target_arch = "x86_64")]
    #[allow(unsafe_code)]
    // SAFETY: the address comes from a reference, and a prefetch neither reads into nor writes from a register.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(place).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}
