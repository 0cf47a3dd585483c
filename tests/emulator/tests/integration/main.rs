//! The emulator over real sockets, by a client that knows nothing but HTTP/1.1.

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
