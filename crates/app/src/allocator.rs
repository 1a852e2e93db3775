//! Makes the allocator give freed memory back to the system.
#![allow(unsafe_code, reason = "the C library has no safe interface for it")]

/// Makes glibc give blocks of 128 KiB and more back to the system when they are freed. For the start of a
/// program; elsewhere than with glibc nothing happens.
///
/// That is its default, too, but the default grows with what is freed, up to 32 MB, and 155 MB of an unloaded
/// `base` would then stay with the process, in place of 15. A `MALLOC_MMAP_THRESHOLD_` that is set is kept.
pub fn return_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    if std::env::var_os("MALLOC_MMAP_THRESHOLD_").is_none() {
        // SAFETY: it takes two numbers, and the lock of the allocator.
        unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, 128 * 1024) };
    }
}
