//! Servers that mean harm, or have lost their mind.
