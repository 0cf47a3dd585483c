//! Grading clients: scripted ones that are right or make one mistake, and the command.
#![cfg(unix)]

mod client;
mod command;
mod http;
mod matrix;
mod real;
