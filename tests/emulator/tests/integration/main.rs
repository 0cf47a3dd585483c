//! Tests the emulator over real sockets with a raw HTTP/1.1 client.

mod auth;
mod cancel;
mod connection;
mod control;
mod control_document;
mod control_page;
mod create;
mod expiry;
mod faults;
mod journal;
mod limits;
mod list;
mod paths;
mod retrieve;
mod start;
mod web_pages;
mod webhooks;
mod wire;
