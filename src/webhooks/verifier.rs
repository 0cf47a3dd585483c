use std::time::{Duration, SystemTime};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::error::VerifyError;
use super::event::Event;
use super::secret::WebhookSecret;
use super::signature::Signature;

/// Verifies the signatures of webhook events.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use zerogate::webhooks::{Verifier, VerifyError, WebhookSecret};
///
/// let verifier = Verifier::new(WebhookSecret::new("whsec_test_fake_0000000000000000")?);
/// let body = r#"{"id":"evt_1","type":"gate_session.cancelled","created_at":1779796800,"data":{"id":"67a1f3b9e4b0c10001234567","status":"cancelled"}}"#;
/// let signature = "t=1779796800,v1=ebe185b1b75a9042510841e30887ebf1f2805261b0ce5315553609c226e74f6f";
/// let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_779_796_800);
///
/// let event = verifier.verify_at(signature, body, at + Duration::from_secs(300))?;
/// assert_eq!((event.id(), event.session_status()), ("evt_1", Some("cancelled")));
///
/// let later = verifier.verify_at(signature, body, at + Duration::from_secs(301));
/// assert!(matches!(later, Err(VerifyError::Stale { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Verifier {
    secrets: Vec<WebhookSecret>,
    tolerance: Duration,
    max_body: usize,
}

impl Verifier {
    /// Creates a verifier with this secret.
    #[must_use]
    pub fn new(secret: WebhookSecret) -> Self {
        Self { secrets: vec![secret], tolerance: Duration::from_secs(300), max_body: 1024 * 1024 }
    }

    /// Also accepts this secret: the next or the previous one during a rotation.
    #[must_use]
    pub fn or_secret(mut self, secret: WebhookSecret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// The maximum difference between the time of the signature and now, in either direction and in whole seconds; the
    /// default is 300. A copied request is accepted within this time: keep the ids of handled events.
    #[must_use]
    pub fn tolerance(self, tolerance: Duration) -> Self {
        Self { tolerance, ..self }
    }

    /// The maximum size of a body in bytes; the default is 1 MiB. Also limit how much your server reads before.
    #[must_use]
    pub fn max_body(self, max_body: usize) -> Self {
        Self { max_body, ..self }
    }

    /// Verifies a request and returns its event.
    ///
    /// `signature` is the value of the header [`Gate-Signature`](super::SIGNATURE_HEADER), empty if it is missing, and
    /// `body` is the raw body.
    ///
    /// The age is checked before the signature, and the signature, in constant time, before the body is parsed.
    ///
    /// ```
    /// use zerogate::webhooks::{Verifier, VerifyError, WebhookSecret};
    ///
    /// let verifier = Verifier::new(WebhookSecret::new("whsec_xxxxxxxxxxxx")?);
    /// assert!(matches!(verifier.verify("", "{}"), Err(VerifyError::Malformed { .. })));
    /// # Ok::<(), zerogate::webhooks::InvalidWebhookSecret>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the request is too large, malformed, stale, forged or unreadable, each with its own [`VerifyError`].
    /// Respond to all of them with a 4xx.
    pub fn verify(&self, signature: impl AsRef<[u8]>, body: impl AsRef<[u8]>) -> Result<Event, VerifyError> {
        self.verify_at(signature, body, SystemTime::now())
    }

    /// Verifies a request at another time than now. For an event that waited in a queue, pass the time at which you
    /// received it.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    /// use zerogate::webhooks::{Verifier, VerifyError, WebhookSecret};
    ///
    /// let verifier = Verifier::new(WebhookSecret::new("whsec_xxxxxxxxxxxx")?);
    /// let queued = UNIX_EPOCH + Duration::from_secs(1_780_000_000);
    /// let result = verifier.verify_at("t=1780000000,v1=00", "{}", queued);
    /// assert!(matches!(result, Err(VerifyError::Forged)));
    /// # Ok::<(), zerogate::webhooks::InvalidWebhookSecret>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails like [`verify`](Self::verify).
    pub fn verify_at(
        &self,
        signature: impl AsRef<[u8]>,
        body: impl AsRef<[u8]>,
        now: SystemTime,
    ) -> Result<Event, VerifyError> {
        let body = body.as_ref();
        if body.len() > self.max_body {
            return Err(VerifyError::TooLarge { limit: self.max_body });
        }
        let signature = Signature::parse(signature.as_ref())?;
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let distance = Duration::from_secs(now.abs_diff(signature.time));
        if distance > self.tolerance {
            return Err(VerifyError::Stale { distance, is_ahead: signature.time > now });
        }
        if !self.fits(&signature, body) {
            return Err(VerifyError::Forged);
        }
        Event::read(body)
    }

    /// Whether one of the signatures matches. All are compared, each in constant time.
    fn fits(&self, signature: &Signature<'_>, body: &[u8]) -> bool {
        let mut fits = false;
        for secret in &self.secrets {
            // Cannot fail: HMAC accepts keys of any length.
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { continue };
            mac.update(signature.time_text.as_bytes());
            mac.update(b".");
            mac.update(body);
            for v1 in &signature.v1 {
                fits |= mac.clone().verify_slice(v1).is_ok();
            }
        }
        fits
    }
}
