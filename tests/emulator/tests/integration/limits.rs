//! Limits on what the emulator stores, and on how long it waits.

use std::time::Duration;

use zerogate_emulator::Emulator;

use crate::wire::{Connection, cancel, emulator, list};

#[tokio::test]
async fn the_journal_keeps_the_latest_16_mib() {
    let emulator = emulator().await;
    let mut connection = Connection::open(&emulator).await;
    let request = cancel("x").header("X-Padding", "x".repeat(60_000)).body("y".repeat(16 * 1024));
    for _ in 0..300 {
        assert_eq!(connection.exchange(&request).await.unwrap().status, 401);
    }
    let journal = emulator.journal();
    let size = |text: &str| text.len();
    let kept: usize = journal
        .iter()
        .map(|entry| {
            let headers: usize = entry.headers.iter().map(|(name, value)| size(name) + size(value)).sum();
            size(&entry.method) + size(&entry.target) + headers + size(&entry.body)
        })
        .sum();
    let limit = 16 * 1024 * 1024;
    assert!((limit - 100_000..=limit).contains(&kept), "{kept} bytes in {} entries", journal.len());
    assert_eq!(journal.last().map(|entry| (entry.sequence, entry.status)), Some((300, Some(401))));
    emulator.clear_journal();
    list("").send(&emulator).await;
    assert_eq!(emulator.journal().len(), 1);
}

#[tokio::test]
async fn a_connection_with_an_unfinished_head_is_closed() {
    let emulator = Emulator::builder().header_timeout(Duration::from_millis(50)).start().await.unwrap();
    for start in ["", "GET /v1/gate_sessions HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
        let mut connection = Connection::open(&emulator).await;
        connection.write(start.as_bytes()).await.unwrap();
        assert_eq!(connection.read_to_end().await.unwrap_or_default(), b"", "{start}");
    }
    // A body or a response may take longer.
    let mut connection = Connection::open(&emulator).await;
    connection.write(b"POST /v1/gate_sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{").await.unwrap();
    tokio::time::sleep(Duration::from_millis(150)).await;
    connection.write(b"}").await.unwrap();
    assert_eq!(connection.response(true).await.unwrap().status, 401);
    assert!(emulator.journal().iter().all(|entry| entry.method == "POST"));
}
