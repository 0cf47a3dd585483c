//! Observes a connection: finds its requests, and matches responses to them.

use std::collections::VecDeque;
use std::sync::Arc;

use super::head::{Asked, Framing, Head, Unframed};
use super::host::Host;
use super::splitter::{Splitter, Step};
use super::tap::{Heard, Message, Tap, Times};

const NO_RESPONSE: &str = "there was no response";
const UNFOLLOWED: &str = "the connection was no longer judged when the response came";
const CUT: &str = "the response is incomplete";
const TRANSFER_CODED: &str = "the body has a transfer coding that is not supported";
const UNASKED: Unframed = "a response arrived without a request: from there the connection was relayed but not judged";
const AHEAD: Unframed =
    "1024 requests were sent ahead of their responses: from there the connection was relayed but not judged";

/// The maximum number of requests that wait for their responses.
const MAX_AHEAD: usize = 1024;

/// Follows one connection.
#[derive(Debug)]
pub(super) struct Observer {
    tap: Arc<Tap>,
    host: Option<Host>,
    requests: Splitter,
    responses: Splitter,
    /// When the request began whose head is incomplete.
    began: Option<Times>,
    /// Requests with incomplete responses, the oldest first. The last request may be incomplete itself.
    pending: VecDeque<Pending>,
    /// Whether the connection is already counted as not judged.
    is_lost: bool,
    /// Whether responses are no longer parsed: the `Host` of later requests is still replaced, but they are not judged.
    is_unread: bool,
}

#[derive(Debug)]
struct Pending {
    asked: Asked,
    heard: Heard,
}

impl Observer {
    /// With `host`, replaces the `Host` of requests.
    pub(super) fn new(tap: Arc<Tap>, host: Option<Host>) -> Self {
        let (requests, responses) = (Splitter::new(), Splitter::new());
        Self { tap, host, requests, responses, began: None, pending: VecDeque::new(), is_lost: false, is_unread: false }
    }

    /// Observes bytes from the client, and returns the bytes to relay: the same, except for `Host`.
    pub(super) fn request<'b>(&mut self, input: &'b [u8], out: &'b mut Vec<u8>) -> &'b [u8] {
        out.clear();
        let (mut at, mut is_changed) = (0, false);
        if self.requests.is_raw() {
            self.release(out);
            if out.is_empty() {
                return input;
            }
            out.extend_from_slice(input);
            return out;
        }
        loop {
            let rest = input.get(at..).unwrap_or_default();
            let is_head = self.requests.is_at_head();
            if is_head && !rest.is_empty() && self.requests.is_between_messages() {
                self.began = Some(Times::start());
                self.host.iter_mut().for_each(Host::begin);
            }
            let (length, step) = self.requests.step(rest);
            let taken = rest.get(..length).unwrap_or_default();
            if let Some(host) = self.host.as_mut().filter(|_| is_head && length > 0) {
                if !is_changed {
                    out.extend_from_slice(input.get(..at).unwrap_or_default());
                    is_changed = true;
                }
                host.pass(taken, out);
            } else if is_changed {
                out.extend_from_slice(taken);
            }
            at += length;
            match step {
                Step::More => break,
                Step::Line | Step::Between => {}
                Step::Head => self.request_begins(),
                Step::Data => self.with_last(|request, _| request.body.add(taken)),
                Step::End => {
                    self.with_last(|request, times| {
                        request.is_whole = true;
                        times.sent = times.now();
                    });
                    self.emit();
                }
                Step::Unframed(why) => self.lose_requests(why),
            }
            if self.requests.is_raw() {
                self.release(out);
            }
        }
        if is_changed { out } else { input }
    }

    /// The client has closed its side; returns the bytes that are still to be relayed.
    pub(super) fn requests_end<'b>(&mut self, out: &'b mut Vec<u8>) -> &'b [u8] {
        out.clear();
        self.release(out);
        self.requests.close();
        out
    }

    /// Passes on the held-back bytes of a head.
    fn release(&mut self, out: &mut Vec<u8>) {
        if let Some(host) = &mut self.host {
            host.flush(out);
        }
    }

    /// Observes bytes from the upstream.
    pub(super) fn response(&mut self, input: &[u8]) {
        let mut rest = input;
        loop {
            let is_awaited = self.pending.front().is_some_and(|first| !first.is_answered());
            if self.responses.is_at_head() && !rest.is_empty() && !is_awaited {
                return self.lose_responses(UNASKED);
            }
            let (length, step) = self.responses.step(rest);
            let (taken, after) = rest.split_at(length.min(rest.len()));
            rest = after;
            match step {
                Step::More => break,
                Step::Line | Step::Between => {}
                Step::Head => self.response_begins(),
                Step::Data => self.with_response(|response, _| response.body.add(taken)),
                Step::End => self.response_ends(),
                Step::Unframed(why) => self.lose_responses(why),
            }
        }
    }

    /// The upstream has closed its side, properly or not. Returns whether that truncates a body that ends with the
    /// connection: only an abort shows that to the client.
    pub(super) fn responses_end(&mut self, is_clean: bool) -> bool {
        let is_until_closed = self.responses.close();
        if is_until_closed && is_clean {
            self.response_ends();
        }
        is_until_closed && !is_clean
    }

    fn request_begins(&mut self) {
        let text = self.requests.head();
        let understood = Head::request(text)
            .and_then(|head| Ok((Asked::of(head.first.0), head.request_framing()?, head.is_transfer_coded())));
        let (asked, framing, is_coded) = match understood {
            Ok(understood) => understood,
            Err(why) => return self.lose_requests(why),
        };
        let times = self.began.take().unwrap_or_else(Times::start);
        if self.pending.len() >= MAX_AHEAD && !self.is_unread {
            self.lose_responses(AHEAD);
        }
        if self.is_unread {
            // The upstream may have agreed to a tunnel, in which nothing may change.
            let is_tunnel = asked == Asked::Connect || self.requests.is_raw();
            return if is_tunnel { self.requests.give_up() } else { self.requests.begin(framing) };
        }
        let request = self.message(self.requests.head(), is_coded);
        self.pending.push_back(Pending { asked, heard: Heard { request, response: None, lost: None, times } });
        self.requests.begin(framing);
    }

    fn response_begins(&mut self) {
        let text = self.responses.head();
        let Some(first) = self.pending.front() else { return };
        let understood = Head::response(text)
            .and_then(|head| Ok((head.status, head.response_framing(first.asked)?, head.is_transfer_coded())));
        let (status, framing, is_coded) = match understood {
            Ok(understood) => understood,
            Err(why) => return self.lose_responses(why),
        };
        if (100..200).contains(&status) && framing != Framing::Tunnel {
            return self.responses.begin_again();
        }
        let response = self.message(text, is_coded);
        self.responses.begin(framing);
        if let Some(first) = self.pending.front_mut() {
            first.heard.response = Some(response);
            first.heard.times.responded = first.heard.times.now();
        }
        if framing == Framing::Tunnel {
            self.requests.give_up();
            self.with_last(|request, _| request.is_whole = true);
            self.response_ends();
        }
    }

    fn response_ends(&mut self) {
        self.with_response(|response, times| {
            response.is_whole = true;
            times.end = times.now();
        });
        self.emit();
    }

    fn message(&self, head: &[u8], is_coded: bool) -> Message {
        let (mut kept, mut body) = (self.tap.keep(), self.tap.keep());
        kept.add(head);
        if is_coded {
            body.lose(TRANSFER_CODED);
        }
        Message { head: kept, body, is_whole: false }
    }

    fn with_last(&mut self, change: impl FnOnce(&mut Message, &mut Times)) {
        if let Some(Pending { heard, .. }) = self.pending.back_mut().filter(|last| !last.heard.request.is_whole) {
            change(&mut heard.request, &mut heard.times);
        }
    }

    fn with_response(&mut self, change: impl FnOnce(&mut Message, &mut Times)) {
        if let Some(Pending { heard: Heard { response: Some(response), times, .. }, .. }) = self.pending.front_mut() {
            change(response, times);
        }
    }

    /// Passes on the finished exchanges.
    fn emit(&mut self) {
        let is_over = |first: &Pending| first.is_answered() && first.heard.request.is_whole;
        if self.pending.front().is_some_and(is_over)
            && let Some(Pending { heard, .. }) = self.pending.pop_front()
        {
            self.tap.hand_over(heard);
        }
    }

    /// Stops parsing requests. Earlier ones may still get responses.
    fn lose_requests(&mut self, why: Unframed) {
        self.requests.give_up();
        self.count(why);
    }

    /// Stops parsing responses. Requests are still parsed, unless one may have opened a tunnel.
    fn lose_responses(&mut self, why: Unframed) {
        self.responses.give_up();
        self.is_unread = true;
        if self.pending.iter().any(|asked| asked.asked == Asked::Connect) {
            self.requests.give_up();
        }
        self.count(why);
    }

    /// Counts the connection as not judged, once.
    fn count(&mut self, why: Unframed) {
        if !std::mem::replace(&mut self.is_lost, true) {
            self.tap.unframed(why);
        }
    }
}

impl Pending {
    /// Whether its response is complete.
    fn is_answered(&self) -> bool {
        self.heard.response.as_ref().is_some_and(|response| response.is_whole)
    }
}

/// Reports what is unfinished.
impl Drop for Observer {
    fn drop(&mut self) {
        for Pending { mut heard, .. } in std::mem::take(&mut self.pending) {
            heard.times.end = heard.times.now();
            heard.lost = match &heard.response {
                None if self.is_unread => Some(UNFOLLOWED),
                None => Some(NO_RESPONSE),
                Some(response) if !response.is_whole => Some(CUT),
                Some(_) => None,
            };
            self.tap.hand_over(heard);
        }
    }
}
