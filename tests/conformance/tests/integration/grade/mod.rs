//! Grades scripted clients, which are correct or make one mistake, and tests the command.
#![cfg(unix)]

mod client;
mod command;
mod http;
mod matrix;
mod real;
