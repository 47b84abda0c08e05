//! The doors of a server beside the binary protocol's own tests (`wire`): the drop folder, and a client in another language.

mod drop;
mod python;
