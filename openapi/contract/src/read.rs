//! Reads a file that may be anything.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Reads a text file of limited size.
///
/// # Errors
///
/// Fails if the file cannot be read, is a folder, a pipe or a device ([`InvalidInput`](ErrorKind::InvalidInput)), is
/// larger than `most` bytes ([`FileTooLarge`](ErrorKind::FileTooLarge)), or is not UTF-8
/// ([`InvalidData`](ErrorKind::InvalidData)). It never waits for a pipe or a device.
///
/// ```
/// use std::io::ErrorKind;
///
/// let error = zerogate_contract::read_text(".".as_ref(), 1024).unwrap_err();
/// assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InvalidInput, "a folder, not a file"));
/// ```
pub fn read_text(path: &Path, most: usize) -> io::Result<String> {
    // Opening a pipe would wait for a writer.
    let there = fs::metadata(path)?;
    if !there.is_file() {
        let what = if there.is_dir() { "a folder, not a file" } else { "a pipe or a device, not a file" };
        return Err(io::Error::new(ErrorKind::InvalidInput, what));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        return Err(io::Error::new(ErrorKind::FileTooLarge, format!("larger than {most} bytes")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        io::Error::new(
            ErrorKind::InvalidData,
            format!("the text is not UTF-8: byte {offset} (counted from 0) is invalid"),
        )
    })
}
