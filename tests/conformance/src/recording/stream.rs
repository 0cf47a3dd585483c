//! Reads JSON text that is too large for memory, from left to right: skips unwanted values, and keeps one value at a
//! time.

use std::io::{self, Read};

use memchr::memchr2;

/// The size of a read.
const CHUNK: usize = 256 * 1024;

/// JSON text, and the position in it.
pub(crate) struct Stream<R> {
    reader: R,
    buffer: Vec<u8>,
    /// The position in the buffer.
    at: usize,
    /// The number of bytes before the buffer.
    before: u64,
    is_over: bool,
}

/// Why a text was not read to its end.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// It ends too early.
    Cut,
    /// It is not JSON at this byte.
    Invalid(u64),
    Failed(io::Error),
}

/// A requested value.
pub(crate) enum Kept<'b> {
    Value(&'b [u8]),
    /// It is larger than the limit.
    TooLarge,
}

type Done<T> = Result<T, Stopped>;

impl<R: Read> Stream<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new(), at: 0, before: 0, is_over: false }
    }

    /// The number of bytes consumed.
    pub(crate) fn position(&self) -> u64 {
        self.before + self.at as u64
    }

    /// The next byte that is not whitespace, without consuming it.
    pub(crate) fn peek(&mut self) -> Done<u8> {
        loop {
            while let Some(byte) = self.buffer.get(self.at) {
                if !byte.is_ascii_whitespace() {
                    return Ok(*byte);
                }
                self.at += 1;
            }
            self.fill(self.at)?;
        }
    }

    /// Whether any text follows; skips a byte order mark.
    pub(crate) fn begins(&mut self) -> Done<bool> {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        while self.buffer.len() < MARK.len() {
            match self.fill(0) {
                Err(Stopped::Cut) => break,
                done => done?,
            }
        }
        if self.buffer.starts_with(MARK) {
            self.at = MARK.len();
        }
        match self.peek() {
            Err(Stopped::Cut) => Ok(false),
            found => found.map(|_| true),
        }
    }

    /// The text that is available without reading more.
    pub(crate) fn available(&self) -> &[u8] {
        self.buffer.get(self.at..).unwrap_or_default()
    }

    /// Consumes available text.
    pub(crate) fn consume(&mut self, length: usize) {
        self.at += length;
    }

    /// Consumes one byte, which must be this one.
    pub(crate) fn expect(&mut self, wanted: u8) -> Done<()> {
        if self.peek()? != wanted {
            return Err(Stopped::Invalid(self.position()));
        }
        self.at += 1;
        Ok(())
    }

    /// Moves to the next entry of the current object or array, and returns whether there is one.
    pub(crate) fn next(&mut self, is_first: bool, end: u8) -> Done<bool> {
        if self.peek()? == end {
            self.at += 1;
            return Ok(false);
        }
        if !is_first {
            self.expect(b',')?;
        }
        Ok(true)
    }

    /// Reads the name of a field and the colon after it.
    pub(crate) fn name(&mut self) -> Done<String> {
        if self.peek()? != b'"' {
            return Err(Stopped::Invalid(self.position()));
        }
        let position = self.position();
        let Kept::Value(text) = self.value(usize::MAX)? else { return Err(Stopped::Invalid(position)) };
        let name = serde_json::from_slice(text).map_err(|_| Stopped::Invalid(position))?;
        self.expect(b':')?;
        Ok(name)
    }

    /// Skips a value.
    pub(crate) fn skip(&mut self) -> Done<()> {
        self.value(0).map(drop)
    }

    /// Consumes a value, and keeps it if it has at most `most` bytes. Only looks for its end.
    pub(crate) fn value(&mut self, most: usize) -> Done<Kept<'_>> {
        self.peek()?;
        let (mut start, mut kept) = (self.at, true);
        let (mut depth, mut in_string) = (0_usize, false);
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            let (passed, is_done) = pass(rest, &mut depth, &mut in_string);
            self.at += passed;
            if kept && self.at - start > most {
                kept = false;
            }
            if is_done {
                let value = self.buffer.get(start..self.at).filter(|_| kept);
                return Ok(value.map_or(Kept::TooLarge, Kept::Value));
            }
            let from = if kept { start } else { self.at };
            let is_scalar = depth == 0 && !in_string && self.at > start;
            match self.fill(from) {
                // Only the end of the text shows that a number is complete.
                Err(Stopped::Cut) if is_scalar => return Ok(Kept::TooLarge),
                done => done?,
            }
            start = if kept { 0 } else { self.at };
        }
    }

    /// Reads more. Drops everything before `from`, which becomes the beginning of the buffer.
    fn fill(&mut self, from: usize) -> Done<()> {
        if self.is_over {
            return Err(Stopped::Cut);
        }
        self.buffer.drain(..from);
        self.before += from as u64;
        self.at -= from;
        let length = self.buffer.len();
        self.buffer.resize(length + CHUNK, 0);
        let mut read = 0;
        while let Some(room) = self.buffer.get_mut(length + read..).filter(|room| !room.is_empty()) {
            match self.reader.read(room) {
                Ok(0) => {
                    self.is_over = true;
                    break;
                }
                Ok(count) => read += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Stopped::Failed(error)),
            }
        }
        self.buffer.truncate(length + read);
        if read == 0 { Err(Stopped::Cut) } else { Ok(()) }
    }
}

/// Scans the available part of a value: its length, and whether it is complete.
fn pass(text: &[u8], depth: &mut usize, in_string: &mut bool) -> (usize, bool) {
    let mut at = 0;
    loop {
        if *in_string {
            match memchr2(b'"', b'\\', text.get(at..).unwrap_or_default()) {
                None => return (text.len(), false),
                Some(found) if text.get(at + found) == Some(&b'"') => {
                    at += found + 1;
                    *in_string = false;
                    if *depth == 0 {
                        return (at, true);
                    }
                }
                // The escaped character must be available as well.
                Some(found) if at + found + 1 >= text.len() => return (at + found, false),
                Some(found) => at += found + 2,
            }
            continue;
        }
        let Some(byte) = text.get(at) else { return (at, false) };
        match byte {
            b'"' => *in_string = true,
            b'{' | b'[' => *depth += 1,
            b'}' | b']' if *depth == 0 => return (at, true),
            b'}' | b']' => {
                *depth -= 1;
                if *depth == 0 {
                    return (at + 1, true);
                }
            }
            b',' if *depth == 0 => return (at, true),
            byte if *depth == 0 && byte.is_ascii_whitespace() && at > 0 => return (at, true),
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that returns the text in pieces of this size.
    struct Drop<'t>(&'t [u8], usize);

    impl Read for Drop<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(room.len());
            let (given, rest) = self.0.split_at(count);
            room[..count].copy_from_slice(given);
            self.0 = rest;
            Ok(count)
        }
    }

    fn items(text: &[u8], at_a_time: usize, most: usize) -> (Vec<String>, bool) {
        let mut stream = Stream::new(Drop(text, at_a_time));
        let mut found = Vec::new();
        let done = (|| {
            stream.begins()?;
            stream.expect(b'[')?;
            while stream.next(found.is_empty(), b']')? {
                found.push(match stream.value(most)? {
                    Kept::Value(value) => String::from_utf8_lossy(value).into_owned(),
                    Kept::TooLarge => "…".to_owned(),
                });
            }
            Ok::<_, Stopped>(())
        })();
        (found, done.is_ok())
    }

    #[test]
    fn values_are_found_whole_however_a_text_comes_and_wherever_it_is_cut() {
        let values = [r#"{"a": "}\"]", "b": [1, {"c": "\\"}]}"#, "12.5e3", r#""x\\""#, "[]", "null", "{}"];
        let text = format!("\u{feff} [ {} ] ", values.join(" , "));
        for at_a_time in [1, 2, 3, 7, text.len()] {
            assert_eq!(items(text.as_bytes(), at_a_time, 100), (values.map(str::to_owned).into(), true));
        }
        for end in 0..text.trim_end().len() {
            let (found, is_whole) = items(&text.as_bytes()[..end], 3, 100);
            assert!(!is_whole, "{end}");
            let found: Vec<&str> = found.iter().map(String::as_str).filter(|found| *found != "…").collect();
            assert_eq!(found, values[..found.len()], "{end}");
        }
        let (found, _) = items(text.as_bytes(), 5, 10);
        assert_eq!(found, ["…", "12.5e3", r#""x\\""#, "[]", "null", "{}"]);
    }
}
