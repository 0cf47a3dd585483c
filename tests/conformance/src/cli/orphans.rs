//! Processes that outlive the parent that started them, and have left its process group.

#[cfg(target_os = "linux")]
pub(super) use linux::Orphans;

/// On other systems, such processes are left.
#[cfg(not(target_os = "linux"))]
pub(super) struct Orphans;

#[cfg(not(target_os = "linux"))]
impl Orphans {
    pub(super) fn adopt() -> Self {
        Self
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::thread;
    use std::time::{Duration, Instant};

    use rustix::process::{Pid, Signal, getpid, kill_process, set_child_subreaper};

    /// How long killed processes may take to end, and how often to look.
    const LIMIT: Duration = Duration::from_secs(2);
    const PAUSE: Duration = Duration::from_millis(2);

    /// Makes this process the parent of all orphans among its descendants. When it is dropped, its children since then
    /// are killed, and so are theirs, which become its own.
    pub(in crate::cli) struct Orphans {
        /// Children from before, which a shell had that became this process by `exec`.
        spared: Vec<Pid>,
    }

    impl Orphans {
        pub(in crate::cli) fn adopt() -> Self {
            let spared = children();
            // Where it is refused, orphans are left, as on other systems.
            let _ = set_child_subreaper(Some(getpid()));
            Self { spared }
        }
    }

    impl Drop for Orphans {
        fn drop(&mut self) {
            let end = Instant::now() + LIMIT;
            loop {
                let left: Vec<Pid> = children().into_iter().filter(|pid| !self.spared.contains(pid)).collect();
                if left.is_empty() || Instant::now() > end {
                    break;
                }
                for pid in left {
                    // Nobody else waits for a child of this process, so its number still is its own.
                    let _ = kill_process(pid, Signal::KILL);
                }
                thread::sleep(PAUSE);
            }
        }
    }

    /// The children of this process that have not ended.
    fn children() -> Vec<Pid> {
        // `/proc` may be that of other processes, whose numbers mean nothing here.
        let own = fs::read_link("/proc/self").ok().and_then(|own| own.to_str()?.parse().ok()).and_then(Pid::from_raw);
        if own != Some(getpid()) {
            return Vec::new();
        }
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        processes.filter_map(|entry| running_child(entry.file_name().to_str()?)).collect()
    }

    /// A process, if it is a child of this one and has not ended.
    fn running_child(pid: &str) -> Option<Pid> {
        let pid: i32 = pid.parse().ok()?;
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name before it may have any characters.
        let mut fields = stat.rsplit_once(") ")?.1.split(' ');
        let has_ended = ["Z", "X"].contains(&fields.next()?);
        let parent = Pid::from_raw(fields.next()?.parse().ok()?)?;
        Pid::from_raw(pid).filter(|_| parent == getpid() && !has_ended)
    }
}
