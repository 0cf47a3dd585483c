//! Prints what changed from one contract to another: `cargo run -p zerogate-drift --example drift -- OLD NEW`.

use std::process::ExitCode;
use std::time::Instant;

use zerogate_contract::{ContractError, Document};
use zerogate_drift::reason;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [old, new] = arguments.as_slice() else {
        eprintln!("two files are compared: name the old one and the new one");
        return ExitCode::from(2);
    };
    match compare(old, new) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn compare(old: &str, new: &str) -> Result<(), ContractError> {
    let begin = Instant::now();
    let (old, new) = (Document::read(old)?, Document::read(new)?);
    let read = begin.elapsed();
    let begin = Instant::now();
    let drift = reason(&old, &new);
    println!("{drift}");
    eprintln!("read in {read:.1?}, compared in {:.1?}", begin.elapsed());
    Ok(())
}
