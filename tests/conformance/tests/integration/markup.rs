//! Checks that an HTML report contains only the elements and attributes of its templates, and none from a text.
//!
//! The grammar is stricter than a browser's, so that every browser reads what it accepts in the same way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const VOID: [&str; 3] = ["br", "input", "meta"];

const ELEMENTS: &str = "a b body button caption code dd details div dl dt fieldset footer form h1 h2 h3 h4 head header html \
    label legend li main nav ol option p pre progress rect section select span strong style summary svg table tbody td th \
    thead title tr ul";

const ATTRIBUTES: &str = "aria-hidden aria-label aria-labelledby autocomplete charset checked class content for height href \
    http-equiv id lang max method name preserveAspectRatio role scope tabindex type value viewBox width x y";

const REFERENCES: [&str; 4] = ["amp;", "lt;", "gt;", "quot;"];

/// Returns something in a page that is not in the templates.
pub(crate) fn complaint(page: &str) -> Option<String> {
    let rest = match page.strip_prefix("<!DOCTYPE html>") {
        Some(rest) => rest,
        None => return Some("it does not begin as HTML".to_owned()),
    };
    let parts = rest.split_once("<style>").and_then(|(before, style)| Some((before, style.split_once("</style>")?)));
    let Some((before, (style, after))) = parts else { return Some("it has no style".to_owned()) };
    let hash = STANDARD.encode(Sha256::digest(style));
    let policy = "default-src 'none'; style-src 'sha256-";
    if !before.contains(&format!("content=\"{policy}{hash}'; base-uri 'none'; form-action 'none'\"")) {
        return Some("the policy is not the one of its style".to_owned());
    }
    if style.contains(['<', '@']) && style.replace("@media", "").replace("@supports", "").contains(['<', '@']) {
        return Some("the style asks for something".to_owned());
    }
    let mut open = Vec::new();
    let wrong = [before, after].into_iter().find_map(|part| elements(part, &mut open));
    wrong.or_else(|| (!open.is_empty()).then(|| format!("{open:?} is not closed")))
}

fn elements<'p>(page: &'p str, open: &mut Vec<&'p str>) -> Option<String> {
    let is_known = |list: &str, name: &str| list.split_whitespace().any(|known| known == name);
    let mut pieces = page.split('<');
    let first = pieces.next().and_then(text);
    first.or_else(|| {
        pieces.find_map(|piece| {
            let Some((tag, after)) = piece.split_once('>') else { return Some(format!("<{piece} does not end")) };
            if let Some(name) = tag.strip_prefix('/') {
                let last = open.pop();
                return if last == Some(name) { text(after) } else { Some(format!("</{name}> closes {last:?}")) };
            }
            let (name, mut rest) = tag.split_at(tag.find(' ').unwrap_or(tag.len()));
            if !is_known(ELEMENTS, name) && !VOID.contains(&name) {
                return Some(format!("<{tag}>"));
            }
            while let Some(more) = rest.strip_prefix(' ') {
                let end = more.find([' ', '=']).unwrap_or(more.len());
                let (attribute, value) = more.split_at(end);
                let (value, next) = match value.strip_prefix("=\"") {
                    Some(value) => value.split_once('"').unwrap_or(("<", value)),
                    None => ("", value),
                };
                let leads_away = attribute == "href" && !value.starts_with('#');
                if !is_known(ATTRIBUTES, attribute) || leads_away {
                    return Some(format!("{attribute}={value:?}"));
                }
                if let Some(wrong) = text(value) {
                    return Some(wrong);
                }
                rest = next;
            }
            if !rest.is_empty() {
                return Some(format!("<{tag}>"));
            }
            if !VOID.contains(&name) {
                open.push(name);
            }
            text(after)
        })
    })
}

/// Returns something in a text that is not text.
fn text(text: &str) -> Option<String> {
    let is_reference = |rest: &str| REFERENCES.iter().any(|known| rest.starts_with(known));
    let wrong = text.split('&').skip(1).find(|rest| !is_reference(rest));
    let wrong = wrong.or_else(|| text.contains(['<', '>']).then_some(text));
    wrong.map(|rest| format!("{:?} in a text", rest.chars().take(40).collect::<String>()))
}

/// Shows that the checks can fail.
#[test]
fn anything_outside_the_templates_is_found() {
    let style = "a{color:red}";
    let hash = STANDARD.encode(Sha256::digest(style));
    let page = |head: &str, body: &str| {
        format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
             style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\">{head}<style>{style}</style></head>\
             <body>{body}</body></html>"
        )
    };
    let fine = "<p class=\"a\">1 &lt; 2 &amp; &quot;</p><br><input type=\"radio\" checked><a href=\"#f0\">a</a>";
    assert_eq!(complaint(&page("<title>a</title>", fine)), None);
    for wrong in [
        "<script>alert(1)</script>",
        "<img src=\"x\">",
        "<p onclick=\"a\">b</p>",
        "<p style=\"a\">b</p>",
        "<p class=\"a\" onclick>b</p>",
        "<p class='a'>b</p>",
        "<p class=\"a>b</p>",
        "<p class=a>b</p>",
        "<P>b</P>",
        "<a href=\"javascript:alert(1)\">a</a>",
        "<a href=\"https://evil.example\">a</a>",
        "<!-- a -->",
        "a > b",
        "a & b",
        "&#60;",
        "<p>",
        "</p>",
        "<p><b></p></b>",
        "<p",
        "<style>a</style>",
    ] {
        // A style is a known element, once.
        let body = if wrong.starts_with("<style>") {
            wrong.replace("<style>", "<style class=\"a\"><x>")
        } else {
            wrong.to_owned()
        };
        assert!(complaint(&page("", &body)).is_some(), "{wrong}");
        assert!(complaint(&page(&body, "")).is_some(), "{wrong}");
    }
    assert!(complaint(&page("", "").replace("color:red", "color:blue")).is_some());
}
