//! A planted key and a planted client secret, searched for in everything that the crate can print.
