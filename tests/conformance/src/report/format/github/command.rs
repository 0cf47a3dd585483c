//! Workflow commands of GitHub Actions, which become annotations.

use zerogate_contract::Position;

/// The levels of annotations, the gravest first.
pub(super) const ERROR: &str = "error";
pub(super) const WARNING: &str = "warning";
pub(super) const NOTICE: &str = "notice";

/// A workflow command. What it shows is a property or the message, and each has characters that would end it.
pub(super) fn command(level: &str, location: Option<(&str, Option<Position>)>, title: &str, message: &str) -> String {
    let mut properties = Vec::new();
    if let Some((file, position)) = location {
        properties.push(format!("file={}", property(file.strip_prefix("./").unwrap_or(file))));
        if let Some(Position { line, column }) = position {
            properties.push(format!("line={line},col={column}"));
        }
    }
    properties.push(format!("title={}", property(title)));
    format!("::{level} {}::{}", properties.join(","), data(message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_the_command_or_a_property() {
        let command =
            command("error", Some(("./a,b:c%.yaml", None)), "x\n::warning::y", "100% of\r\n::error::all, a:b");
        assert_eq!(
            command,
            "::error file=a%2Cb%3Ac%25.yaml,title=x%0A%3A%3Awarning%3A%3Ay::100%25 of%0D%0A::error::all, a:b"
        );
    }

    #[test]
    fn what_is_nowhere_has_no_file() {
        assert_eq!(command("notice", None, "title", "text"), "::notice title=title::text");
    }
}
