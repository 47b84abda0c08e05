//! A node whose stages overlap ([`bartizan_io::node::pipeline`]) beside the node alone, and in the program that is killed. Its life on a disk that fails is
//! simulated with that of the node (`node_simulation`).

mod killed;
mod same;
