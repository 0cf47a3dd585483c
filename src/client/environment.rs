use std::env::{self, VarError};

use crate::client::base_url::{BaseUrl, InvalidBaseUrl};

/// The conventional variable for the base URL.
const VARIABLE: &str = "GATE_API_BASE_URL";

/// The server that a client talks to.
///
/// ```
/// use zerogate::Environment;
///
/// assert_eq!(Environment::Production.base_url(), "https://gate-api.0bit.app/v1");
/// // With or without `/v1` at the end.
/// assert_eq!(Environment::custom("http://localhost:4000")?.base_url(), "http://localhost:4000/v1");
/// # Ok::<(), zerogate::InvalidBaseUrl>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Environment {
    /// `https://gate-api.0bit.app/v1` (reference, *Endpoint*).
    #[default]
    Production,
    /// `https://gate-api-sandbox.0bit.app/v1` (the vendor's public documentation).
    Sandbox,
    /// Any other server: a proxy, a staging build, an emulator.
    Custom(BaseUrl),
}

impl Environment {
    /// Uses a server by its URL, with or without `/v1` at the end. Any other path is kept, for example that of a proxy.
    ///
    /// ```
    /// use zerogate::Environment;
    ///
    /// assert_eq!(Environment::custom("http://127.0.0.1:4010/v1")?.base_url(), "http://127.0.0.1:4010/v1");
    /// assert!(Environment::custom("127.0.0.1").is_err());
    /// # Ok::<(), zerogate::InvalidBaseUrl>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the URL is not `http` or `https`, or contains a user name, a password, a query, a fragment, something
    /// like an API key, or the path of an operation (`gate_sessions`).
    pub fn custom(url: &str) -> Result<Self, InvalidBaseUrl> {
        url.parse().map(Self::Custom)
    }

    /// Uses the server from `GATE_API_BASE_URL`, or production if it is not set.
    ///
    /// # Errors
    ///
    /// Fails if the variable is set but is not a base URL. An empty value also fails: a script that lost the value must
    /// not end up in production.
    pub fn from_env() -> Result<Self, InvalidBaseUrl> {
        match env::var(VARIABLE) {
            Ok(url) => Self::custom(&url).map_err(|error| error.of_variable(VARIABLE)),
            Err(VarError::NotPresent) => Ok(Self::Production),
            Err(VarError::NotUnicode(_)) => Err(InvalidBaseUrl::not_text().of_variable(VARIABLE)),
        }
    }

    /// The base URL of the operations.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.to_base_url().to_string()
    }

    pub(crate) fn to_base_url(&self) -> BaseUrl {
        match self {
            Self::Production => BaseUrl::production(),
            Self::Sandbox => BaseUrl::sandbox(),
            Self::Custom(base) => base.clone(),
        }
    }
}
