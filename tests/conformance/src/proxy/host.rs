//! Replaces the header `Host` of requests, the only thing that the proxy changes.

/// The name of the header and its colon.
const NAME: &[u8] = b"host:";

/// Replaces the value of `Host` by the upstream's authority, line by line. Everything else is passed on at once,
/// unchanged.
#[derive(Debug)]
pub(super) struct Host {
    authority: Vec<u8>,
    /// Held-back bytes that may be the beginning of `Host:`.
    held: Vec<u8>,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the request line.
    Blank,
    /// At the beginning of a line, or inside a possible `Host:`.
    Name,
    /// After the colon, before the value.
    BeforeValue,
    /// Inside the value.
    Value,
    /// Inside another line.
    Other,
}

impl Host {
    pub(super) fn new(authority: &str) -> Self {
        Self { authority: authority.as_bytes().to_vec(), held: Vec::new(), place: Place::Blank }
    }

    /// The next bytes begin a head.
    pub(super) fn begin(&mut self) {
        self.place = Place::Blank;
    }

    /// Passes on a part of a head.
    pub(super) fn pass(&mut self, head: &[u8], out: &mut Vec<u8>) {
        for byte in head.iter().copied() {
            match (self.place, byte) {
                (Place::Blank, _) => {
                    out.push(byte);
                    if !matches!(byte, b'\r' | b'\n') {
                        self.place = Place::Other;
                    }
                }
                (Place::Name, _) => {
                    self.held.push(byte);
                    let is_host = NAME.get(..self.held.len()).is_some_and(|it| it.eq_ignore_ascii_case(&self.held));
                    if !is_host || self.held.len() == NAME.len() {
                        self.flush(out);
                        self.place = match (is_host, byte) {
                            (true, _) => Place::BeforeValue,
                            (false, b'\n') => Place::Name,
                            (false, _) => Place::Other,
                        };
                    }
                }
                (Place::BeforeValue, b' ' | b'\t') => out.push(byte),
                (Place::BeforeValue, _) => {
                    out.extend_from_slice(&self.authority);
                    self.place = Place::Value;
                    self.end_of_value(byte, out);
                }
                (Place::Value, _) => self.end_of_value(byte, out),
                (Place::Other, _) => {
                    out.push(byte);
                    if byte == b'\n' {
                        self.place = Place::Name;
                    }
                }
            }
        }
    }

    /// Passes on the held-back bytes: no more will follow.
    pub(super) fn flush(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.held);
    }

    fn end_of_value(&mut self, byte: u8, out: &mut Vec<u8>) {
        if matches!(byte, b'\r' | b'\n') {
            out.push(byte);
            self.place = if byte == b'\n' { Place::Name } else { Place::Other };
        }
    }
}
