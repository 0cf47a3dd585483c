//! A report as XML.

use std::io;

use quick_junit::Report;

pub(super) fn xml(report: &Report) -> io::Result<String> {
    let xml = report.to_string().map_err(io::Error::other)?;
    // XML also forbids these two characters, but quick-junit 0.8 lets them through.
    Ok(xml.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"))
}
