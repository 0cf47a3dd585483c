//! Enums whose variants have names for storing, logging and parsing.

/// Implements `as_str`, `Display` and `FromStr` for an enum from one list of names.
///
/// serde's names come from `rename_all`, which the schemas need; a test compares the two.
macro_rules! named {
    ($type:ident: $($variant:ident = $name:literal),+ $(,)?) => {
        impl $type {
            /// The name for storing and logging.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl ::std::fmt::Display for $type {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for $type {
            type Err = $crate::named::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name {
                    $($name => Ok(Self::$variant),)+
                    _ => Err($crate::named::UnknownName { known: &[$($name),+] }),
                }
            }
        }

        #[cfg(test)]
        impl $crate::named::tests::Named for $type {
            const ALL: &[Self] = &[$(Self::$variant),+];
        }
    };
}

pub(crate) use named;

/// Why a text names no variant of an enum. Does not repeat the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not one of {}", .known.join(", "))]
pub struct UnknownName {
    pub(crate) known: &'static [&'static str],
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fmt::{Debug, Display};
    use std::str::FromStr;

    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use crate::{AttemptOutcome, Delivery, ErrorKind, NextStep, RecordedOutcome};

    pub(crate) trait Named: Sized + 'static {
        const ALL: &[Self];
    }

    fn check<T>(unknown: &T)
    where
        T: Named + Debug + Display + PartialEq + FromStr + Serialize + DeserializeOwned,
        T::Err: Debug + Display,
    {
        for value in T::ALL {
            let name = value.to_string();
            let json = format!("{name:?}");
            assert_eq!(serde_json::to_string(value).unwrap(), json);
            assert_eq!(serde_json::from_str::<T>(&json).unwrap(), *value);
            assert_eq!(T::from_str(&name).unwrap(), *value);
        }
        // A name from a later version can be deserialized, but not parsed.
        assert_eq!(serde_json::from_str::<T>("\"teleported\"").unwrap(), *unknown);
        let error = T::from_str("teleported").err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with("not one of ") && !error.contains("teleported"), "{error}");
    }

    #[test]
    fn a_value_is_stored_shown_and_parsed_under_one_name() {
        check(&AttemptOutcome::Other);
        check(&Delivery::Unknown);
        check(&ErrorKind::Other);
        check(&NextStep::Other);
        check(&RecordedOutcome::Other);
    }
}
