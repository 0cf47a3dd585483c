//! What an error prints.

use std::borrow::Cow;
use std::fmt::{self, Display};

use super::detail::Detail;
use super::{Error, Inner};
use crate::attempt::AttemptOutcome;
use crate::client::raw_response::BodyEnd;
use crate::client::retry::When;
use crate::delivery::Delivery;
use crate::error_kind::ErrorKind;
use crate::next_step::NextStep;

impl Error {
    /// Why the body of a success is incomplete.
    fn body_flaw(&self) -> Option<Cow<'static, str>> {
        let log = &self.0.log;
        let response = log.response.as_ref()?;
        let flaw = match (response.body_end, log.outcome()) {
            (BodyEnd::Complete, _) => return None,
            // It was read up to the limit.
            (BodyEnd::TooLarge, _) => {
                let less = if log.is_read() && !log.names_a_session() {
                    ", or request fewer per page with `limit`"
                } else {
                    ""
                };
                let limit = response.body.len();
                return Some(
                    format!(
                        "it is larger than {limit} bytes; if that is expected, raise `CallOptions::max_body`{less}"
                    )
                    .into(),
                );
            }
            (BodyEnd::CutOff, Some(AttemptOutcome::TimedOut)) => "it did not arrive in time",
            (BodyEnd::CutOff, Some(AttemptOutcome::ProtocolError)) => "it is not valid HTTP",
            (BodyEnd::CutOff, _) => "it is cut off",
        };
        Some(flaw.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn also(f: &mut fmt::Formatter<'_>, fact: Option<impl Display>) -> fmt::Result {
            fact.map_or(Ok(()), |fact| write!(f, "; {fact}"))
        }

        let Inner { kind, delivery, log, detail, read_back, .. } = self.0.as_ref();
        if let Some(operation) = log.operation {
            write!(f, "{}: ", operation.id)?;
        }
        if let Some(status) = log.status() {
            write!(f, "{status}: ")?;
        }
        f.write_str(kind.phrase())?;
        let (hint, detail) = match detail {
            Some(hint @ Detail::TestKeyInProduction) => (Some(hint), None),
            detail => (None, detail.as_ref()),
        };
        match (kind, detail) {
            (_, Some(detail)) => write!(f, ": {detail}")?,
            (ErrorKind::UnreadableBody, None) => {
                self.body_flaw().map_or(Ok(()), |flaw| write!(f, ": {flaw}"))?;
            }
            (ErrorKind::NotFound | ErrorKind::Conflict, None)
                if !log.is_vouched_for() && self.contradiction().is_none() =>
            {
                let is_misdirected = self.next_step() == NextStep::FixRequest;
                let what = if is_misdirected { "check the base URL" } else { "it does not settle the outcome" };
                write!(f, "; the response has no 0Gate error envelope, so {what}")?;
            }
            (ErrorKind::UnexpectedStatus, None) if log.status().is_some_and(|status| (300..400).contains(&status)) => {
                f.write_str(": redirects are not followed, so check the base URL")?;
            }
            (ErrorKind::Rejected, None) if log.status() == Some(407) => {
                f.write_str(": a proxy requires credentials")?
            }
            _ if self.contradiction().is_none()
                && log.policy.is_some_and(|policy| matches!(policy.when, When::ClassWithoutEnvelope(_))) =>
            {
                f.write_str("; the response has no 0Gate error envelope, so it is probably from a gateway")?;
            }
            _ => {}
        }
        also(f, log.gave_up)?;
        also(f, self.contradiction())?;
        also(f, read_back.as_ref())?;
        also(f, self.is_elsewhere().then_some("this does not look like 0Gate, so check the base URL"))?;
        also(f, hint)?;
        // A read has no effect.
        match (delivery, kind) {
            (Delivery::Unknown, _) if !log.is_read() => f.write_str("; the request may have taken effect"),
            (Delivery::NotSent, ErrorKind::Connect | ErrorKind::Certificate) => match detail {
                Some(Detail::Host { is_established: true, .. }) => {
                    f.write_str("; TLS failed before the server could read the request")
                }
                _ => f.write_str("; nothing was sent"),
            },
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("message", &self.to_string())
            .field("kind", &self.0.kind)
            .field("delivery", &self.0.delivery)
            .field("operation", &self.0.log.operation.map(|operation| operation.id))
            .field("status", &self.status())
            .field("request_id", &self.request_id())
            .field("type", &self.error_type())
            .field("code", &self.code())
            .field("created_session_id", &self.created_session_id())
            .field("envelope", &self.0.envelope.is_some())
            .field("retry_after", &self.retry_after())
            .field("attempts", &self.0.log.attempts)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}
