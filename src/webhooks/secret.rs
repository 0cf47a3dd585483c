use std::fmt;

use zeroize::Zeroizing;

/// The secret with which 0Gate signs webhooks, `whsec_…`.
///
/// It is never printed, and its memory is wiped on drop.
///
/// ```
/// use zerogate::webhooks::WebhookSecret;
///
/// let secret = WebhookSecret::new("whsec_test_fake_0000000000000000")?;
/// assert_eq!(format!("{secret:?}"), "WebhookSecret([redacted])");
/// assert!(WebhookSecret::new("whsec_with_a_line_end\n").is_err());
/// # Ok::<(), zerogate::webhooks::InvalidWebhookSecret>(())
/// ```
#[derive(Clone)]
pub struct WebhookSecret(Zeroizing<String>);

/// The error for a text that is not a webhook secret. Does not repeat the text.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a webhook secret: {0}")]
pub struct InvalidWebhookSecret(&'static str);

impl WebhookSecret {
    /// Creates a secret from its text.
    ///
    /// # Errors
    ///
    /// Fails if the text is empty, contains a space, a line end or anything else that is not visible ASCII, or starts
    /// with `sk_`, which is the API's secret key.
    pub fn new(secret: impl Into<String>) -> Result<Self, InvalidWebhookSecret> {
        // In the wiping wrapper from the start, so that a rejected secret is wiped too.
        let secret = Zeroizing::new(secret.into());
        if secret.is_empty() {
            return Err(InvalidWebhookSecret("it is empty; pass the one that starts with `whsec_`"));
        }
        if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidWebhookSecret(
                "it contains something that is not visible ASCII, perhaps a line end from a file; pass only the secret",
            ));
        }
        if secret.starts_with("sk_") {
            return Err(InvalidWebhookSecret(
                "`sk_` is the secret key for the API; the webhook secret starts with `whsec_`",
            ));
        }
        Ok(Self(secret))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret([redacted])")
    }
}
