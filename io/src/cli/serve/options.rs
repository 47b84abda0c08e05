//! What `bartizan serve` may be told: one list of names, which are flags on the command line and keys in a file, so that neither knows what the other
//! does not. What a flag says counts, then what the file says, then the default.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer};

use super::logging::{Filter, Format};

/// What may be told.
#[derive(Debug, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Options {
    /// A realm's directory; made if there is none. With a name before it (`name=DIR`) it is known by that, else by the directory's; a name has no slash. Give it
    /// again for more realms
    #[arg(long, value_name = "[NAME=]DIR", required_unless_present = "config")]
    pub(super) data: Vec<String>,
    /// Where the binary protocol is spoken over TCP; port 0 takes any [default: 127.0.0.1:7400]
    #[arg(long, value_name = "ADDRESS", value_parser = place)]
    #[serde(deserialize_with = "address")]
    pub(super) tcp: Option<SocketAddr>,
    /// A Unix socket where it is spoken, too; made, and removed at the end
    #[arg(long, value_name = "PATH")]
    pub(super) unix: Option<PathBuf>,
    /// A folder that is watched for files of commands, as `run` takes them: what is put there under a name that ends in `.batch`, `.bin` or `.jsonl` is carried
    /// out once and moved to `done` in it, with its answers beside it, or to `failed`, with the reason. Write a file under another name, and rename it.
    /// With a realm's name before it (`name=DIR`) for that realm, else for the first. Give it again for more
    #[arg(long, value_name = "[NAME=]DIR")]
    pub(super) drop: Vec<String>,
    /// Where HTTP is spoken; port 0 takes any. Under /v1/realms is everything [default: 127.0.0.1:7410]
    #[arg(long, value_name = "ADDRESS", value_parser = place)]
    #[serde(deserialize_with = "address")]
    pub(super) http: Option<SocketAddr>,
    /// Nobody comes in without a token or a key, not even this machine's own users: for a machine that others use, or where a proxy on it passes on what others ask. (Without
    /// it a request over HTTP that says it was passed on, by Forwarded, X-Forwarded-*, Via or X-Real-IP, needs a token all the same; not every proxy says so)
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) closed: Option<bool>,
    /// Where FIX 4.4 is spoken, if it is to be; port 0 takes any
    #[arg(long, value_name = "ADDRESS", value_parser = place)]
    #[serde(deserialize_with = "address")]
    pub(super) fix: Option<SocketAddr>,
    /// Where the first realm's markets are told as ITCH 5.0, in `SoupBinTCP`, if they are to be: an address of this machine alone; port 0 takes any
    #[arg(long, value_name = "ADDRESS", value_parser = place)]
    #[serde(deserialize_with = "address")]
    pub(super) itch: Option<SocketAddr>,
    /// Connections that there may be at a time, through all doors together; fewer where the system does not let so many files be open. More are refused, in
    /// the words of what they speak [default: 10000]
    #[arg(long, value_name = "NUMBER")]
    pub(super) connections: Option<NonZeroU32>,
    /// Commands and queries that an agent may send a second, through all doors and connections together, and twice that at once, or one array or batch of any length, which is paid for afterwards;
    /// 0: as many as it likes. More are refused, with the time to ask again. This machine's own users who need not sign in are not counted [default: 50000]
    #[arg(long, value_name = "NUMBER")]
    pub(super) agent_rate: Option<u64>,
    /// Bytes of them a second, and twice that at once, or one request of any length, which is paid for afterwards; 0: as many as it likes [default: 67108864]
    #[arg(long, value_name = "BYTES")]
    pub(super) agent_bytes: Option<u64>,
    /// Connections and requests a second from one address that nobody signs in by, and ten times that at once; 0: as many as it likes. Whoever signs in rightly is not refused
    /// for those of others. This machine is not counted where its own users need not sign in [default: 50]
    #[arg(long, value_name = "NUMBER")]
    pub(super) address_rate: Option<u64>,
    /// The server's certificate, and those that vouch for it, in PEM: from then on all but the Unix socket speak TLS alone. Read again on SIGHUP
    #[arg(long, value_name = "FILE")]
    pub(super) tls_cert: Option<PathBuf>,
    /// Its key, in PEM
    #[arg(long, value_name = "FILE")]
    pub(super) tls_key: Option<PathBuf>,
    /// How what happens is logged, on standard error: one event a line [default: text]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(super) log_format: Option<Format>,
    /// From which level on: off, error, warn, info, debug (with every request and connection) or trace; for single targets as in `info,audit=off` [default: info]
    #[arg(long, value_name = "LEVEL")]
    pub(super) log: Option<Filter>,
}

impl Options {
    /// What these say, and where they say nothing what `others` say. A list is taken whole from one of them.
    pub(super) fn or(self, others: Options) -> Options {
        // Each by its name, so that none is forgotten.
        let Options {
            data,
            tcp,
            unix,
            drop,
            http,
            closed,
            fix,
            itch,
            connections,
            agent_rate,
            agent_bytes,
            address_rate,
            tls_cert,
            tls_key,
            log_format,
            log,
        } = others;
        let list = |said: Vec<String>, other| if said.is_empty() { other } else { said };
        Options {
            data: list(self.data, data),
            tcp: self.tcp.or(tcp),
            unix: self.unix.or(unix),
            drop: list(self.drop, drop),
            http: self.http.or(http),
            closed: self.closed.or(closed),
            fix: self.fix.or(fix),
            itch: self.itch.or(itch),
            connections: self.connections.or(connections),
            agent_rate: self.agent_rate.or(agent_rate),
            agent_bytes: self.agent_bytes.or(agent_bytes),
            address_rate: self.address_rate.or(address_rate),
            tls_cert: self.tls_cert.or(tls_cert),
            tls_key: self.tls_key.or(tls_key),
            log_format: self.log_format.or(log_format),
            log: self.log.or(log),
        }
    }

    /// Where the binary protocol is spoken over TCP.
    pub(super) fn tcp(&self) -> SocketAddr {
        self.tcp.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 7400)))
    }

    /// Where HTTP is spoken.
    pub(super) fn http(&self) -> SocketAddr {
        self.http.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 7410)))
    }
}

fn address<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(from)?;
    place(&text).map(Some).map_err(|told| serde::de::Error::custom(format!("{told}, not \"{text}\"")))
}

fn place(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "expected an IP address with a port, such as 127.0.0.1:7410".to_owned())
}
