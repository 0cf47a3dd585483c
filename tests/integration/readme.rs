//! The README agrees with the crate's documentation.

use std::fs;
use std::path::Path;

/// Readers copy the first program of either page.
#[test]
fn the_readme_and_the_crate_page_have_the_same_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = |page: &str| {
        let text = fs::read_to_string(root.join(page)).unwrap();
        let lines = text.lines().map(str::trim).skip_while(|line| !line.starts_with("let client = "));
        let lines = lines.take_while(|line| !line.contains("Ok(())"));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let readme = program("README.md");
    assert!(readme.lines().count() > 15, "{readme}");
    assert_eq!(program("src/overview.md"), readme);
}
