use std::env::{self, VarError};

use crate::client::base_url::{BaseUrl, InvalidBaseUrl};

/// The variable that holds the base URL, by convention.
const VARIABLE: &str = "GATE_API_BASE_URL";

/// Where 0Gate is.
///
/// ```
/// use zerogate::Environment;
///
/// assert_eq!(Environment::Production.base_url(), "https://gate-api.0bit.app/v1");
/// // With or without the version at its end.
/// assert_eq!(Environment::custom("http://localhost:4000")?.base_url(), "http://localhost:4000/v1");
/// # Ok::<(), zerogate::InvalidBaseUrl>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Environment {
    /// `https://gate-api.0bit.app/v1` (reference, *Endpoint*).
    #[default]
    Production,
    /// `https://gate-api-sandbox.0bit.app/v1`, as the vendor's public documentation has it.
    Sandbox,
    /// Any other server: a proxy, a staging build, an emulator.
    Custom(BaseUrl),
}

impl Environment {
    /// A server by its URL, with or without `/v1` at the end. Another path is taken as it is: that of a proxy, perhaps.
    ///
    /// # Errors
    ///
    /// If it is not an `http` or `https` URL, or has a user name, a password, a query or a fragment in it.
    pub fn custom(url: &str) -> Result<Self, InvalidBaseUrl> {
        url.parse().map(Self::Custom)
    }

    /// The server that `GATE_API_BASE_URL` names, and production if it is not set.
    ///
    /// # Errors
    ///
    /// If the variable is set and is no base URL. An empty one is none: a script that lost its value must not end up in
    /// production.
    pub fn from_env() -> Result<Self, InvalidBaseUrl> {
        match env::var(VARIABLE) {
            Ok(url) => Self::custom(&url).map_err(|error| error.of_variable(VARIABLE)),
            Err(VarError::NotPresent) => Ok(Self::Production),
            Err(VarError::NotUnicode(_)) => Err(InvalidBaseUrl::not_text().of_variable(VARIABLE)),
        }
    }

    /// The URL below which the operations are.
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
