//! `bartizan serve`: realms, open to others through sockets.

mod config;
mod files;
mod logging;
mod options;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::Instrument;

use super::Failure;
use super::notice::notice;
use super::run::fresh_id;
use crate::fix::door::{self as fix, Door};
use crate::http::serve as http;
use crate::itch::door as itch;
use crate::journal::{Directory, Storage};
use crate::server::accepting;
use crate::server::access::Access;
use crate::server::audit::Audit;
use crate::server::binary;
use crate::server::drop_folder::DropFolder;
use crate::server::host::Host;
use crate::server::limits::{Rate, Rates};
use crate::server::meters::Door as Kind;
use crate::server::secured::Secured;
use crate::server::site::{Bounds, Realm, Site};
use crate::server::spans;
use crate::server::thread::Settings;
use crate::server::tls::Tls;
use crate::server::tokens::Tokens;
use options::Options;

/// How long those who are connected may take to read what they are told at the end.
const LEAVE: std::time::Duration = std::time::Duration::from_secs(5);

/// Serve realms to others, over sockets
///
/// Without a token or a key nobody but this machine's own users comes in, who may speak as anybody (not with --closed), and nobody at all where an address beyond
/// this machine is listened on. Ctrl-C stops it
/// once what was taken is carried out and answered.
#[derive(Debug, clap::Args)]
#[command(after_long_help = include_str!("roles.txt"))]
pub(super) struct Arguments {
    /// A file, in TOML, of what follows: each flag is a key of the same name. What a flag says counts before what the file says
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
}

pub(super) fn run(arguments: Arguments) -> Result<(), Failure> {
    let file = arguments.config.as_deref().map(config::read).transpose()?.unwrap_or_default();
    let options = arguments.options.or(file);
    if options.data.is_empty() {
        return Err(Failure::Usage(
            "expected a realm's directory: --data DIR, or the key data in the file".to_owned(),
        ));
    }
    let _logging =
        logging::start(options.log_format.unwrap_or_default(), options.log.clone().unwrap_or_default())?;
    let addresses = [Some(options.tcp()), Some(options.http()), options.fix];
    let is_loopback = addresses.iter().flatten().all(|address| address.ip().is_loopback());
    let is_open = is_loopback && !options.closed.unwrap_or(false);
    if options.itch.is_some_and(|itch| !is_open || !itch.ip().is_loopback()) {
        let reason = "--itch takes an address of this machine, and goes neither with --closed nor with any address beyond: whoever reaches it can read it, since its logins have no room for a token";
        return Err(Failure::Usage(reason.to_owned()));
    }
    let tls = open_tls(&options)?;
    for (place, data) in options.data.iter().enumerate() {
        let is_it = |other: &String| named(other).1 == named(data).1;
        if options.data[..place].iter().any(is_it) {
            let reason = format!("--data {}: it is given twice", named(data).1.display());
            return Err(Failure::Usage(reason));
        }
    }
    let realms = options.data.iter().map(|data| open(data, is_open)).collect::<Result<Vec<_>, _>>()?;
    let twice = realms
        .iter()
        .enumerate()
        .find(|(place, realm)| realms[..*place].iter().any(|other| other.host.name() == realm.host.name()));
    if let Some((_, realm)) = twice {
        let reason =
            format!("two realms are called {}; give one another name, as name=DIR", realm.host.name());
        return Err(Failure::Usage(reason));
    }
    let site = Arc::new(Site::new(realms, bounds(&options)));
    let folders = options.drop.iter().map(|folder| open_folder(folder, &site)).collect::<Result<Vec<_>, _>>();
    let folders = folders.inspect_err(|_| site.stop())?;
    let folders: Vec<_> =
        folders.into_iter().map(|folder| std::thread::spawn(move || folder.watch())).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Told(format!("cannot start: {error}")))?;
    let served = runtime.block_on(serve(&options, &site, tls));
    site.begin_to_stop();
    // What still reads for somebody who is gone is not waited for.
    runtime.shutdown_timeout(LEAVE);
    site.stop();
    for folder in folders {
        folder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    }
    for realm in site.realms() {
        notice(format_args!(
            "realm {}: stopped after {} commands",
            realm.host.name(),
            realm.host.view().reached().0
        ));
    }
    served
}

/// What is said as `[NAME=]DIR`. A name has no slash, so `./a=b` and `/srv/a=b` are directories.
fn named(said: &str) -> (Option<&str>, &Path) {
    let named = said.split_once('=').filter(|(name, _)| !name.contains('/'));
    named.map_or((None, Path::new(said)), |(name, path)| (Some(name), Path::new(path)))
}

fn open_folder(folder: &str, site: &Arc<Site>) -> Result<DropFolder, Failure> {
    let (name, path) = named(folder);
    let name = name.unwrap_or_default();
    let place = site.place(name);
    let place = place.ok_or_else(|| Failure::Usage(format!("--drop {folder}: there is no realm {name}")))?;
    let opened = DropFolder::open(path, site, place).map_err(|error| Failure::at(path, error))?;
    notice(format_args!("files are taken from {}", path.display()));
    Ok(opened)
}

fn open(data: &str, is_open: bool) -> Result<Realm, Failure> {
    let (name, path) = named(data);
    let own = || path.file_name().map_or("realm".into(), |name| name.to_string_lossy().into_owned());
    let name = name.map_or_else(own, str::to_owned);
    if name.is_empty() || name.len() > 32 {
        return Err(Failure::Usage(format!(
            "a realm's name has 1 to 32 bytes: {name}; give one as name=DIR"
        )));
    }
    let directory = Directory::open(path).map_err(|error| Failure::Told(error.to_string()))?;
    let storage: Arc<dyn Storage> = Arc::new(directory);
    let (host, opened) = Host::start(&name, &storage, fresh_id()?, Settings::default())
        .map_err(|error| Failure::at(path, error))?;
    super::run::tell_opened(path, &opened);
    match host.view().reached().0 {
        0 => notice(format_args!("realm {name}, new, in {}", path.display())),
        1 => notice(format_args!("realm {name}, of 1 command, in {}", path.display())),
        count => notice(format_args!("realm {name}, of {count} commands, in {}", path.display())),
    }
    let tokens = Tokens::open(path).map_err(|error| Failure::Told(error.to_string()))?;
    let (access, log, audit) = (Access::new(tokens, is_open), path.join("log"), Audit::open(path));
    Ok(Realm { host, access, log, audit })
}

/// What everybody is bound by.
fn bounds(options: &Options) -> Bounds {
    let bounds = Bounds::default();
    let asked = options.connections.map_or(bounds.connections as u32, NonZeroU32::get);
    let files = files::raise_limit();
    let connections = files::connections(asked, files);
    match files {
        Some(files) => notice(format_args!(
            "at most {connections} connections at a time, of {files} files that may be open"
        )),
        None => notice(format_args!("at most {connections} connections at a time")),
    }
    Bounds { connections: connections as usize, rates: rates(options, bounds.rates), ..bounds }
}

/// How much each may ask for.
fn rates(options: &Options, default: Rates) -> Rates {
    let said = |said: Option<u64>, default: Rate, of: fn(u64) -> Rate| said.map_or(default, of);
    Rates {
        commands: said(options.agent_rate, default.commands, Rate::of),
        bytes: said(options.agent_bytes, default.bytes, Rate::of),
        attempts: said(options.address_rate, default.attempts, Rate::of_attempts),
        ..default
    }
}

/// What connections are encrypted by, if they are to be.
fn open_tls(options: &Options) -> Result<Option<Arc<Tls>>, Failure> {
    match (&options.tls_cert, &options.tls_key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => {
            let tls = Tls::open(certificate, key).map_err(|error| Failure::Told(error.to_string()))?;
            Ok(Some(Arc::new(tls)))
        }
        _ => Err(Failure::Usage("--tls-cert and --tls-key go together".to_owned())),
    }
}

async fn serve(options: &Options, site: &Arc<Site>, tls: Option<Arc<Tls>>) -> Result<(), Failure> {
    let stop = Stop::new().map_err(|error| Failure::Told(format!("cannot listen to signals: {error}")))?;
    let of = Arc::clone(site);
    tokio::spawn(of.watch_access());
    let of = Arc::clone(site);
    let binary = move |stream, peer| {
        binary::serve(stream, Arc::clone(&of), peer).instrument(spans::connection(Kind::Binary))
    };
    let listen = Listening { site, tls: tls.as_ref() };
    let listener = listen.at(options.tcp(), Kind::Binary).await?;
    tokio::spawn(accepting::accept(listener, Arc::clone(site), binary));
    tokio::spawn(http::accept(listen.at(options.http(), Kind::Http).await?, Arc::clone(site)));
    if let Some(place) = options.fix {
        let listener = listen.at(place, Kind::Fix).await?;
        tokio::spawn(fix::accept(listener, Door::new(Arc::clone(site), sessions(options))));
    }
    if let Some(place) = options.itch {
        tokio::spawn(itch::accept(listen.at(place, Kind::Itch).await?, Arc::clone(site)));
    }
    if let Some(path) = &options.unix {
        let listener = clear(path).and_then(|()| UnixListener::bind(path));
        let listener = listener.map_err(|error| cannot_listen("--unix", &path.display(), &error))?;
        notice(format_args!("binary protocol on unix {}", path.display()));
        let of = Arc::clone(site);
        let binary = move |stream, peer| {
            binary::serve(stream, Arc::clone(&of), peer).instrument(spans::connection(Kind::Binary))
        };
        let listener = Secured::new(listener, None, site, Kind::Binary);
        tokio::spawn(accepting::accept(listener, Arc::clone(site), binary));
    }
    if let Some(tls) = tls {
        let asked = signal(SignalKind::hangup());
        let asked = asked.map_err(|error| Failure::Told(format!("cannot listen to signals: {error}")))?;
        tokio::spawn(read_again(tls, asked));
    }
    notice(if site.realms().iter().any(|realm| realm.access.is_open()) {
        "this machine's own users need not sign in and may speak as anybody (--closed: they must); ready"
    } else {
        "everybody signs in; ready"
    });
    stop.asked().await;
    notice("stopping: what was taken is carried out and answered");
    site.begin_to_stop();
    // Who is still connected is answered, and told so; who does not read is not waited for.
    let _ = tokio::time::timeout(LEAVE, site.left()).await;
    if let Some(path) = &options.unix {
        let _ = std::fs::remove_file(path);
    }
    Ok(())
}

/// What listens at addresses.
struct Listening<'a> {
    site: &'a Site,
    tls: Option<&'a Arc<Tls>>,
}

impl Listening<'_> {
    /// Listens at an address, and says where that is.
    async fn at(&self, address: SocketAddr, door: Kind) -> Result<Secured<TcpListener>, Failure> {
        let listening = async {
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let flag = match door {
            Kind::Binary => "--tcp",
            Kind::Http => "--http",
            Kind::Fix => "--fix",
            Kind::Itch => "--itch",
        };
        let cannot = |error: std::io::Error| cannot_listen(flag, &address, &error);
        let (listener, address) = listening.await.map_err(cannot)?;
        let transport = if self.tls.is_some() { "tls" } else { "tcp" };
        match door {
            Kind::Binary => notice(format_args!("binary protocol on {transport} {address}")),
            Kind::Http if self.tls.is_some() => notice(format_args!("http on https://{address}")),
            Kind::Http => notice(format_args!("http on http://{address}")),
            Kind::Fix => notice(format_args!("FIX on {transport} {address}")),
            Kind::Itch => notice(format_args!("ITCH on {transport} {address}")),
        }
        if self.tls.is_none() && !address.ip().is_loopback() {
            tracing::warn!(
                "whoever is on the way to {address} can read tokens and change what is sent: give --tls-cert and --tls-key, or let something before it speak TLS"
            );
        }
        Ok(Secured::new(listener, self.tls, self.site, door))
    }
}

/// Reads the certificate again whenever that is asked for.
async fn read_again(tls: Arc<Tls>, mut asked: Signal) {
    while asked.recv().await.is_some() {
        match tls.reload() {
            Ok(()) => tracing::info!("the certificate was read again"),
            Err(error) => {
                tracing::error!(%error, "the certificate was not read again; the one before stands");
            }
        }
    }
}

fn cannot_listen(flag: &str, place: &dyn std::fmt::Display, error: &std::io::Error) -> Failure {
    let hint = if error.kind() == std::io::ErrorKind::AddrInUse { "; give another one" } else { "" };
    Failure::Told(format!("{flag} {place}: cannot listen there: {error}{hint}"))
}

/// Removes a socket that a killed server left; nothing else, and none at which somebody listens.
fn clear(path: &Path) -> std::io::Result<()> {
    let is_socket = match std::fs::symlink_metadata(path) {
        Ok(found) => found.file_type().is_socket(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !is_socket {
        return Err(std::io::Error::new(
            std::io::ErrorKind::AlreadyExists,
            "a file that is no socket is there",
        ));
    }
    let is_left = std::os::unix::net::UnixStream::connect(path)
        .is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused);
    if is_left { std::fs::remove_file(path) } else { Err(std::io::ErrorKind::AddrInUse.into()) }
}

/// What asks it to stop. Made before it says that it serves, so that whoever heard that can stop it.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn new() -> std::io::Result<Self> {
        Ok(Stop { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn asked(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Where the FIX sessions of each realm are kept.
fn sessions(options: &Options) -> Vec<PathBuf> {
    options.data.iter().map(|data| named(data).1.join("fix")).collect()
}
