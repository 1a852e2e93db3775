//! Memory that the control groups of this process leave it.

use std::fs;
use std::path::{Path, PathBuf};

/// A version 1 group without a limit states the largest multiple of a page below 2^63.
const NO_LIMIT: u64 = 1 << 60;

/// Returns the bytes left under the tightest group, or `None` where no group has a limit.
///
/// `root` is `/`; tests have their own. Pages that only cache files count as left: the kernel
/// drops them before it kills anybody, and reading a model fills them.
pub(super) fn left_bytes(root: &Path) -> Option<u64> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
    let mounts = root.join("sys/fs/cgroup");
    groups
        .lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, ':');
            let (number, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
            if number == "0" && controllers.is_empty() {
                Some((&VERSION_2, mounts.clone(), path))
            } else {
                let is_memory = controllers.split(',').any(|controller| controller == "memory");
                is_memory.then(|| (&VERSION_1, mounts.join("memory"), path))
            }
        })
        .flat_map(|(files, mount, path)| {
            folders(&mount, path).into_iter().filter_map(|folder| left_in(&folder, files))
        })
        .min()
}

/// File names of the figures in a version of control groups.
struct Files {
    limit: &'static str,
    usage: &'static str,
    caches: [&'static str; 2],
}

static VERSION_2: Files = Files {
    limit: "memory.max",
    usage: "memory.current",
    caches: ["inactive_file", "active_file"],
};

static VERSION_1: Files = Files {
    limit: "memory.limit_in_bytes",
    usage: "memory.usage_in_bytes",
    caches: ["total_inactive_file", "total_active_file"],
};

/// Lists the folders of a group and of all above it. In a container the path may be the host's, of which only the mount
/// itself is seen here.
fn folders(mount: &Path, path: &str) -> Vec<PathBuf> {
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    let is_outside = names.contains(&"..");
    let depth = if is_outside { 0 } else { names.len() };
    (0..=depth)
        .map(|depth| names[..depth].iter().fold(mount.to_owned(), |folder, name| folder.join(name)))
        .collect()
}

fn left_in(folder: &Path, files: &Files) -> Option<u64> {
    // `max` is no number: no limit.
    let limit = number(&folder.join(files.limit)).filter(|&limit| limit < NO_LIMIT)?;
    let usage = number(&folder.join(files.usage)).unwrap_or(0);
    let statistics = fs::read_to_string(folder.join("memory.stat")).unwrap_or_default();
    let cached: u64 = statistics
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(name, _)| files.caches.contains(name))
        .filter_map(|(_, bytes)| bytes.trim().parse::<u64>().ok())
        .sum();
    Some(limit.saturating_sub(usage.saturating_sub(cached)))
}

fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn left(files: &[(&str, &str)]) -> Option<u64> {
        left_bytes(tree(files).path())
    }

    #[test]
    fn no_group_or_no_limit_leaves_everything() {
        assert_eq!(left(&[]), None);
        assert_eq!(
            left(&[("proc/self/cgroup", "0::/a\n"), ("sys/fs/cgroup/a/memory.max", "max\n")]),
            None
        );
        assert_eq!(
            left(&[
                ("proc/self/cgroup", "4:memory:/\n"),
                ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ]),
            None
        );
    }

    #[test]
    fn the_tightest_group_from_the_process_upwards_decides() {
        let files = [
            ("proc/self/cgroup", "0::/system.slice/watchme.service\n"),
            ("sys/fs/cgroup/system.slice/memory.max", "1000\n"),
            ("sys/fs/cgroup/system.slice/memory.current", "900\n"),
            ("sys/fs/cgroup/system.slice/watchme.service/memory.max", "800\n"),
            ("sys/fs/cgroup/system.slice/watchme.service/memory.current", "300\n"),
        ];
        assert_eq!(left(&files), Some(100));
    }

    #[test]
    fn cached_files_count_as_left() {
        let files = [
            ("proc/self/cgroup", "0::/\n"),
            ("sys/fs/cgroup/memory.max", "1000\n"),
            ("sys/fs/cgroup/memory.current", "900\n"),
            ("sys/fs/cgroup/memory.stat", "anon 300\ninactive_file 400\nactive_file 50\n"),
        ];
        assert_eq!(left(&files), Some(550));
    }

    #[test]
    fn a_full_group_leaves_nothing() {
        let files = [
            ("proc/self/cgroup", "0::/\n"),
            ("sys/fs/cgroup/memory.max", "1000\n"),
            ("sys/fs/cgroup/memory.current", "1200\n"),
        ];
        assert_eq!(left(&files), Some(0));
    }

    #[test]
    fn a_path_of_the_host_or_outside_falls_back_to_the_mount() {
        for path in ["0::/docker/abc", "0::/../../other"] {
            let files = [
                ("proc/self/cgroup", path),
                ("sys/fs/cgroup/memory.max", "1000\n"),
                ("sys/fs/cgroup/memory.current", "100\n"),
            ];
            assert_eq!(left(&files), Some(900), "{path}");
        }
    }

    #[test]
    fn version_1_is_read_too() {
        let files = [
            ("proc/self/cgroup", "9:cpu,memory:/docker/abc\n3:cpu:/docker/abc\n"),
            ("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "2000\n"),
            ("sys/fs/cgroup/memory/docker/abc/memory.usage_in_bytes", "700\n"),
            ("sys/fs/cgroup/memory/docker/abc/memory.stat", "total_inactive_file 200\n"),
        ];
        assert_eq!(left(&files), Some(1500));
    }
}
