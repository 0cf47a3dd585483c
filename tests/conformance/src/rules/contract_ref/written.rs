//! A part of the contract as text, as rule files write it.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use super::{ContractRef, Part, Statuses, What};

impl Display for ContractRef {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.operation)?;
        match self.part {
            Part::Request => f.write_str("request"),
            Part::Security => f.write_str("security"),
            Part::Responses(Statuses::Exactly(status)) => write!(f, "{status}"),
            Part::Responses(Statuses::Range(hundreds)) => write!(f, "{hundreds}XX"),
            Part::Responses(Statuses::Success) => f.write_str("success"),
            Part::Responses(Statuses::Error) => f.write_str("error"),
        }?;
        match &self.what {
            What::Itself => Ok(()),
            What::EveryField => f.write_str(" *"),
            What::Named(name) => write!(f, " {name}"),
        }
    }
}

/// Text that is not a part of a contract.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is not a part of a contract: write an operation, then `request`, `security`, `success`, `error` or a status, then a field"
)]
pub struct InvalidContractRef(String);

impl FromStr for ContractRef {
    type Err = InvalidContractRef;

    fn from_str(text: &str) -> Result<Self, InvalidContractRef> {
        let invalid = || InvalidContractRef(text.to_owned());
        let mut words = text.split(' ');
        let (Some(operation), Some(part)) = (words.next().filter(|operation| !operation.is_empty()), words.next())
        else {
            return Err(invalid());
        };
        let part = match part {
            "request" => Part::Request,
            "security" => Part::Security,
            "success" => Part::Responses(Statuses::Success),
            "error" => Part::Responses(Statuses::Error),
            status => Part::Responses(Statuses::parse(status).ok_or_else(invalid)?),
        };
        let what = match words.next() {
            None => What::Itself,
            Some("") => return Err(invalid()),
            Some("*") => What::EveryField,
            Some(name) => What::Named(name.to_owned()),
        };
        // Only responses have fields here, and a field is the last word.
        if words.next().is_some() || (what != What::Itself && !matches!(part, Part::Responses(_))) {
            return Err(invalid());
        }
        Ok(Self { operation: operation.to_owned(), part, what })
    }
}

impl TryFrom<String> for ContractRef {
    type Error = InvalidContractRef;

    fn try_from(text: String) -> Result<Self, InvalidContractRef> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_round_trips() {
        for text in ["a request", "a security", "a 201", "a 5XX *", "a success", "a error statusCode"] {
            assert_eq!(text.parse::<ContractRef>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "a",
            " 201",
            "a 600",
            "a 20",
            "a 2x1",
            "a body",
            "a 201 ",
            "a 201 b c",
            "a security b",
            "a request b",
            "a ²01",
        ] {
            assert!(text.parse::<ContractRef>().is_err(), "{text}");
        }
    }
}
