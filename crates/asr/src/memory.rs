//! The memory guard: a model is loaded only where it fits.

mod cgroup;
#[cfg(feature = "whisper-cpp")]
mod ggml;
mod native;
mod need;

use std::path::Path;

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

pub(crate) use self::need::Implementation;
pub use self::need::MemoryNeed;
use crate::models::{CatalogueModel, ModelSpec, catalogue};
use crate::precision::Precision;

/// Number of recordings that are transcribed at once, each in a state of its own beside the weights.
/// The engine frees one before it makes another. More would have to be counted here, and first be shown
/// to be faster than one on all threads (`examples/measure_states.rs`).
pub(crate) const STATES: u64 = 1;

/// Bytes of memory that this process may still take: what the machine has available, less where
/// a control group or `limit_bytes` says so. `None` where nothing is known.
#[must_use]
pub fn left_bytes(limit_bytes: Option<u64>) -> Option<u64> {
    let refresh = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let machine = System::new_with_specifics(refresh).map(|system| system.available_memory());
    // Zero is how an unknown figure is reported.
    let machine = machine.ok().filter(|&bytes| bytes > 0);
    [machine, cgroup::left_bytes(Path::new("/")), limit_bytes].into_iter().flatten().min()
}

/// True if whisper.cpp would compute one of these models where `left_bytes` are left, as far as their files
/// are there. Never in a build without it. Blocking, quick: reads the headers of files.
#[must_use]
pub fn needs_whisper_cpp(
    models: &[ModelSpec],
    precision: Precision,
    left_bytes: Option<u64>,
) -> bool {
    let needs = models.iter().filter_map(|model| model.memory_need(precision));
    needs
        .filter(|need| need.fits(left_bytes))
        .any(|need| need.implementation(left_bytes) != Implementation::Native)
}

/// Returns the reason not to load a model that needs `need` where `left_bytes` are left, or `None` where
/// it fits. The model that it recommends instead is computed in the same precision.
pub(crate) fn refusal(
    name: &str,
    need: MemoryNeed,
    precision: Precision,
    left_bytes: u64,
) -> Option<String> {
    let need_bytes = need.bytes(Some(left_bytes));
    if need_bytes <= left_bytes {
        return None;
    }
    let fits = |model: &&CatalogueModel| model.memory_need(precision).fits(Some(left_bytes));
    let advice = match catalogue().iter().rev().find(fits) {
        Some(model) => format!("the largest model that fits is `{}`", model.name),
        None => "no model fits, free memory or raise the limit".to_owned(),
    };
    let (need, left) = (megabytes(need_bytes), megabytes(left_bytes));
    Some(format!("`{name}` needs {need} MB of memory and {left} MB are left; {advice}"))
}

/// Rounds bytes up to whole megabytes (10^6).
pub(crate) fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::find;

    #[test]
    fn a_refusal_names_both_figures_and_the_largest_model_that_fits() {
        let need = |name: &str| find(name).unwrap().memory_need(Precision::Fast);
        let bytes = |name| need(name).bytes(None);
        let refusal = |name, left| refusal(name, need(name), Precision::Fast, left);
        assert_eq!(refusal("base", bytes("base")), None);
        let large = megabytes(need("large-v3").bytes(Some(0)));
        let cases = [
            (bytes("large-v3-turbo"), "the largest model that fits is `large-v3-turbo`"),
            (bytes("base"), "the largest model that fits is `base`"),
            (1_000_000, "no model fits, free memory or raise the limit"),
        ];
        for (left, expected) in cases {
            let both = format!("needs {large} MB of memory and {} MB are left", megabytes(left));
            let expected = format!("`large-v3` {both}; {expected}");
            assert_eq!(refusal("large-v3", left), Some(expected));
        }
    }

    #[test]
    fn the_limit_given_is_never_exceeded() {
        assert_eq!(left_bytes(Some(1000)), Some(1000));
        assert!(left_bytes(None).is_some_and(|left| left > 1000));
    }
}
