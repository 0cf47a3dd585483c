//! Generates the client with progenitor's defaults, from the unchanged contract.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

const CONTRACT: &str = "../../../../openapi/gate-v1.yaml";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={CONTRACT}");
    let document = zerogate_contract::Document::read(CONTRACT)?;
    let contract = serde_json::from_value(document.value().clone())?;
    let client = progenitor::Generator::default().generate_tokens(&contract)?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("client.rs"), client.to_string())?;
    Ok(())
}
