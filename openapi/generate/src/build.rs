//! What a build does with a contract, and so what is to be expected of it.

use zerogate_contract::{Contract, ContractError, Inventory};

use crate::bindings::{BINDINGS, HOST_TYPES, missing};
use crate::generate::{Generated, generate};
use crate::lower::{Lowered, lower};

/// What a build makes of a contract.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Build {
    /// The contract as the generator got it, and what became of each operation on the way and in the generator.
    pub lowered: Lowered,
    /// What the crate includes.
    pub generated: Generated,
}

/// Builds the bindings from a contract, in memory: the build of the crate `zerogate` is this, and so is its forecast.
///
/// # Errors
///
/// Everything that keeps the crate from being built: what is wrong with the document, what the hand-written code does not
/// find in it, and what cannot be generated.
pub fn build(contract: &Contract) -> Result<Build, ContractError> {
    let mut lowered = lower(contract)?;
    let inventory = Inventory::of(contract);
    ContractError::unless_none(missing(contract, &inventory, BINDINGS))?;
    let generated = generate(contract, &inventory, &lowered, &HOST_TYPES)?;
    lowered.lost(&generated.skipped);
    Ok(Build { lowered, generated })
}
