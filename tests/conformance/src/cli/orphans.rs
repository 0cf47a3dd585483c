//! Processes that outlive the parent that started them, and have left its process group.

#[cfg(target_os = "linux")]
use std::fs;
#[cfg(target_os = "linux")]
use std::thread;
#[cfg(target_os = "linux")]
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use rustix::process::{Pid, Signal, getpid, kill_process, set_child_subreaper};

/// How long killed processes may take to end, and how often to look.
#[cfg(target_os = "linux")]
const LIMIT: Duration = Duration::from_secs(2);
#[cfg(target_os = "linux")]
const PAUSE: Duration = Duration::from_millis(2);

/// Makes this process, on Linux, the parent of all orphans among its descendants. When it is dropped, the descendants since
/// then are killed.
pub(super) struct Orphans {
    /// Children from before, which a shell had that became this process by `exec`.
    #[cfg(target_os = "linux")]
    others: Vec<Pid>,
}

impl Orphans {
    #[cfg(target_os = "linux")]
    pub(super) fn adopt() -> Self {
        let others = descendants(&[]);
        // Where it is refused, orphans are left, as on other systems.
        let _ = set_child_subreaper(Some(getpid()));
        Self { others }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn adopt() -> Self {
        Self {}
    }
}

#[cfg(target_os = "linux")]
impl Drop for Orphans {
    fn drop(&mut self) {
        let end = Instant::now() + LIMIT;
        loop {
            let left = descendants(&self.others);
            // One that is killed may have started another in the meantime.
            if left.is_empty() || Instant::now() > end {
                break;
            }
            for pid in left {
                // It may have ended by itself.
                let _ = kill_process(pid, Signal::KILL);
            }
            thread::sleep(PAUSE);
        }
    }
}

/// The descendants of this process that have not ended, without `others` and their descendants.
#[cfg(target_os = "linux")]
fn descendants(others: &[Pid]) -> Vec<Pid> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let all: Vec<(Pid, Pid, bool)> = processes.filter_map(|entry| parent(entry.file_name().to_str()?)).collect();
    let (mut parents, mut found) = (vec![getpid()], Vec::new());
    while let Some(parent) = parents.pop() {
        for (pid, _, has_ended) in all.iter().filter(|(pid, own, _)| *own == parent && !others.contains(pid)) {
            parents.push(*pid);
            found.extend(Some(*pid).filter(|_| !has_ended));
        }
    }
    found
}

/// A process, its parent, and whether it has ended and only waits for its parent.
#[cfg(target_os = "linux")]
fn parent(pid: &str) -> Option<(Pid, Pid, bool)> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.parse::<u32>().ok()?)).ok()?;
    // The name before it may have any characters.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    let parent = Pid::from_raw(fields.next()?.parse().ok()?)?;
    Some((Pid::from_raw(pid.parse().ok()?)?, parent, ["Z", "X"].contains(&state)))
}
