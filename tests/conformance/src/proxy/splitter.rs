//! Splits one direction of a connection into messages: heads, bodies and ends.

use memchr::memchr;

use super::head::{Framing, Unframed};

/// The maximum size of a head, and of a line between chunks.
const MAX_HEAD: usize = 64 * 1024;

const LARGE_HEAD: Unframed = "a head is larger than 64 KiB: from there the connection was relayed but not judged";
const BARE: Unframed = "a line ends without a carriage return: from there the connection was relayed but not judged";
const BAD_CHUNK: Unframed = "a chunk is malformed: from there the connection was relayed but not judged";

/// A piece of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The input is used up.
    More,
    /// A part of an incomplete head.
    Line,
    /// The rest of a head. [`Splitter::begin`] says how its body ends.
    Head,
    /// Framing between the parts of a body.
    Between,
    /// A part of a body.
    Data,
    /// The message is complete.
    End,
    /// The rest cannot be parsed.
    Unframed(Unframed),
}

#[derive(Debug)]
enum State {
    Head,
    Length(u64),
    ChunkSize,
    Chunk(u64),
    ChunkEnd,
    Trailers(usize),
    UntilClosed,
    /// Not parsed.
    Raw,
}

/// One direction of a connection.
#[derive(Debug)]
pub(super) struct Splitter {
    state: State,
    /// The head so far, or the current line between chunks.
    text: Vec<u8>,
    /// The start of its last line.
    line: usize,
}

impl Splitter {
    pub(super) fn new() -> Self {
        Self { state: State::Head, text: Vec::new(), line: 0 }
    }

    /// Whether the next bytes belong to a head.
    pub(super) fn is_at_head(&self) -> bool {
        matches!(self.state, State::Head)
    }

    /// Whether no byte of the next message has arrived.
    pub(super) fn is_between_messages(&self) -> bool {
        self.is_at_head() && self.text.is_empty()
    }

    pub(super) fn is_raw(&self) -> bool {
        matches!(self.state, State::Raw)
    }

    /// Stops parsing.
    pub(super) fn give_up(&mut self) {
        self.state = State::Raw;
        self.text = Vec::new();
    }

    /// The complete head; its body must be begun next.
    pub(super) fn head(&self) -> &[u8] {
        &self.text
    }

    /// Continues after a head.
    pub(super) fn begin(&mut self, framing: Framing) {
        self.text.clear();
        self.line = 0;
        self.state = match framing {
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::ChunkSize,
            Framing::UntilClosed => State::UntilClosed,
            Framing::Tunnel => State::Raw,
        };
    }

    /// Expects another head: the last one was an interim response.
    pub(super) fn begin_again(&mut self) {
        self.begin(Framing::Length(0));
        self.state = State::Head;
    }

    /// The connection was closed; returns whether that is a valid end of a message.
    pub(super) fn close(&mut self) -> bool {
        let is_over = matches!(self.state, State::UntilClosed);
        self.give_up();
        is_over
    }

    /// Takes the next piece of the input, and returns its length.
    pub(super) fn step(&mut self, input: &[u8]) -> (usize, Step) {
        let within = |left: u64| usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
        match &mut self.state {
            State::Length(0) => {
                self.begin_again();
                (0, Step::End)
            }
            _ if input.is_empty() => (0, Step::More),
            State::Raw => (input.len(), Step::Between),
            State::UntilClosed => (input.len(), Step::Data),
            State::Length(left) => {
                let taken = within(*left);
                *left -= taken as u64;
                (taken, Step::Data)
            }
            State::Chunk(left) => {
                let taken = within(*left);
                *left -= taken as u64;
                if *left == 0 {
                    self.state = State::ChunkEnd;
                }
                (taken, Step::Data)
            }
            State::Head => self.head_line(input),
            State::ChunkSize | State::ChunkEnd | State::Trailers(_) => self.chunk_line(input),
        }
    }

    fn head_line(&mut self, input: &[u8]) -> (usize, Step) {
        let Some(taken) = self.take_line(input) else { return (input.len(), self.unless_large(Step::Line)) };
        let line = self.text.get(self.line..).unwrap_or_default();
        let step = match line {
            // Blank lines before a request are ignored (RFC 9112, section 2.2).
            b"\r\n" if self.line == 0 => {
                self.text.clear();
                return (taken, Step::Line);
            }
            b"\r\n" => Step::Head,
            line if !line.ends_with(b"\r\n") => Step::Unframed(BARE),
            _ => Step::Line,
        };
        self.line = self.text.len();
        (taken, self.unless_large(step))
    }

    fn chunk_line(&mut self, input: &[u8]) -> (usize, Step) {
        let Some(taken) = self.take_line(input) else { return (input.len(), self.unless_large(Step::Between)) };
        let line = std::mem::take(&mut self.text);
        let Some(line) = line.strip_suffix(b"\r\n") else { return (taken, Step::Unframed(BAD_CHUNK)) };
        let next = match self.state {
            State::ChunkSize => match chunk_size(line) {
                Some(0) => State::Trailers(0),
                Some(size) => State::Chunk(size),
                None => return (taken, Step::Unframed(BAD_CHUNK)),
            },
            State::ChunkEnd if line.is_empty() => State::ChunkSize,
            State::Trailers(_) if line.is_empty() => State::Length(0),
            State::Trailers(before) if before + line.len() <= MAX_HEAD => State::Trailers(before + line.len()),
            _ => return (taken, Step::Unframed(BAD_CHUNK)),
        };
        self.state = next;
        (taken, Step::Between)
    }

    /// Adds the available part of a line to the text, and returns its length if the line is complete.
    fn take_line(&mut self, input: &[u8]) -> Option<usize> {
        let end = memchr(b'\n', input).map(|at| at + 1);
        self.text.extend_from_slice(input.get(..end.unwrap_or(input.len())).unwrap_or_default());
        end
    }

    fn unless_large(&self, step: Step) -> Step {
        if self.text.len() > MAX_HEAD { Step::Unframed(LARGE_HEAD) } else { step }
    }
}

/// The size of a chunk, from the line before it.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii_end();
    let is_number = !digits.is_empty() && digits.len() <= 15 && digits.iter().all(u8::is_ascii_hexdigit);
    u64::from_str_radix(std::str::from_utf8(digits).ok().filter(|_| is_number)?, 16).ok()
}
