//! The memory that the client uses with hostile servers.

use std::fs;

use tokio::net::TcpListener;

use super::{observe, servers};
use crate::child;

const LIMIT_KB: u64 = 16 * 1024;
const FIGURE: &str = "peak over idle: ";

#[test]
fn no_hostile_server_makes_the_client_take_more_than_16_mb() {
    if child::is_here() {
        return measure();
    }
    if memory("VmHWM").is_none() {
        println!("not measured: this system does not tell the memory of a process");
        return;
    }
    // Measured in another process, because other tests use memory too.
    let output = child::run(module_path!(), "no_hostile_server_makes_the_client_take_more_than_16_mb", &[]);
    let figure = output.lines().find_map(|line| line.strip_prefix(FIGURE)).expect("a figure");
    let peak: u64 = figure.strip_suffix(" kB").expect("kilobytes").parse().unwrap();
    println!("{output}");
    assert!(peak < LIMIT_KB, "{peak} kB over idle:\n{output}");
}

fn measure() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let peak = runtime.block_on(async {
        let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = other.local_addr().unwrap();
        // The baseline is a client that has made a call and waits for the next one.
        let all = servers::all(address);
        let harmless = all.iter().find(|hostile| hostile.does == "another content type").expect("a harmless one");
        observe(harmless).await.results.remove(0).unwrap();
        let idle = memory("VmRSS").expect("resident memory");
        let mut peak = 0;
        for hostile in &all {
            // If the peak cannot be reset, it is that of the whole process, which is at least as high.
            let _ = fs::write("/proc/self/clear_refs", "5");
            observe(hostile).await;
            let over = memory("VmHWM").expect("peak memory").saturating_sub(idle);
            println!("{over:>6} kB  {}", hostile.does);
            peak = peak.max(over);
        }
        peak
    });
    println!("{FIGURE}{peak} kB");
}

/// A memory figure of this process in kilobytes, if the system reports it.
fn memory(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
