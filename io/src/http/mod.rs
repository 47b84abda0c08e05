//! The HTTP door of a [`Site`](crate::server::site::Site): JSON over HTTP/1.1, described by the `OpenAPI` document that it serves itself.
//!
//! ```text
//! POST /v1/realms/{realm}/commands         one command, or several in an array
//! GET  /v1/realms/{realm}                  and agents, assets, accounts, holds, markets, orders, rounds: what the view shows
//! POST /v1/realms/{realm}/dry-run          the same on a copy, of which nothing is kept
//! GET  /v1/realms/{realm}/rounds/{n}/frozen, POST .../outcome        a closed round for solvers, and back
//! GET  /v1/realms/{realm}/feed             what happens, as Server-Sent Events or over a WebSocket
//! GET  /v1/realms/{realm}/export           the books
//! GET  /v1/realms/{realm}/log/checkpoint   and log/tile/...: the Merkle log; log/inclusion, log/consistency: proofs
//! GET  /openapi.json                       all of this, described
//! GET  /health/live, /health/ready         whether the process runs; whether it takes commands
//! GET  /v1/realms/{realm}/audit            what was refused
//! GET  /metrics                            what the server counts, for Prometheus
//! ```
//!
//! - [`serve`] takes connections and bounds them; [`routes`] is the list of all routes; [`door`] what they share.
//! - [`caller`] says who asks, after [`visit`] knows whence, and [`strangers`] bounds those who do not say so; [`problem`] what is answered to whoever is not served, [`page`] how lists and their versions are told, [`asked`] the query and the path, [`body`] what
//!   comes with a request.
//! - [`commands`] and [`outcome`] write, [`dry_run`] only tries, on [`copies`]; [`members`], [`markets`] and [`rounds`] read, each under a lock that it holds for one page;
//!   [`export`] reads the journal, [`proofs`] the Merkle log, and [`audit`] what was refused; [`health`] tells how it does.
//! - [`feeds`] tells what happens, by [`listening`]; [`chunks`] are bodies that are told as they come; [`openapi`] describes it all.
//!
//! Status codes: 200 done; 400 malformed, with line and column; 401 nobody signed in; 403 not allowed, by the door or by the realm; 404 no such thing;
//! 405 no such method; 408 the body came too slowly; 409 the state of things is against it; 413 too much; 422 it contradicts itself or names what there is
//! not; 429 too much to do, try again; 503 no commands are taken. All but the first are `application/problem+json` ([RFC 9457]).
//!
//! [RFC 9457]: https://www.rfc-editor.org/rfc/rfc9457

pub mod asked;
pub mod audit;
pub mod body;
pub mod caller;
pub mod chunks;
pub mod commands;
pub mod copies;
pub mod door;
pub mod dry_run;
pub mod export;
pub mod feeds;
pub mod health;
pub mod listening;
pub mod markets;
pub mod members;
pub mod metrics;
pub mod openapi;
pub mod outcome;
pub mod page;
pub mod problem;
pub mod proofs;
pub mod rounds;
pub mod routes;
pub mod serve;
pub mod strangers;
mod stream;
pub mod visit;
