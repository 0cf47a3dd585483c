//! Random faults that do not lie: what the client says is never what did not happen.
