//! The doors of a server beside the binary protocol's own tests (`wire`): the drop folder, a client in another language, and crowds of connections.

mod config;
mod crowd;
mod drop;
mod history;
mod killed;
mod logs;
mod python;
mod room;
mod tls;
