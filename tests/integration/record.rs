//! What is stored about a call.
