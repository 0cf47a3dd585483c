//! Settings: hosts, deadlines, attempts, reading back.
