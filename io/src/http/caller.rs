//! Who asks, and what that one may see.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;
use bartizan_engine::authority::Role;
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm;
use bartizan_engine::reject::Reject;

use super::asked;
use super::door::Door;
use super::page;
use super::problem::Problem;
use super::visit::Visit;
use crate::server::access::{Credential, Principal};
use crate::server::audit::What;
use crate::server::site::{Realm, Room};
use crate::server::spans;
use crate::server::turns::Turn;

/// The connection that a request came by.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its place among those that there may be, given back when nothing holds it any more.
    pub room: Arc<Room>,
}

/// Who asks something of a realm.
#[derive(Clone, Debug)]
pub struct Caller {
    door: Door,
    place: usize,
    visit: Arc<Visit>,
    /// As whom it signed in.
    pub principal: Principal,
}

impl Caller {
    /// The realm.
    pub fn realm(&self) -> &Realm {
        self.door.realm(self.place)
    }

    /// The realm's place in the site.
    pub fn place(&self) -> usize {
        self.place
    }

    /// The door it came through.
    pub fn door(&self) -> &Door {
        &self.door
    }

    /// Whether it has a role, or sees everything.
    pub fn has(&self, realm: &realm::Realm, role: Role) -> bool {
        let principal = self.principal;
        principal.sees_all(realm) || realm.agent(principal.agent).is_some_and(|agent| agent.roles.allow(role))
    }

    /// Refuses whoever may only write.
    ///
    /// # Errors
    /// If it may.
    pub fn may_read(&self) -> Result<(), Problem> {
        self.principal.may_read().map_err(Problem::denied)
    }

    /// Refuses whoever does not see everything.
    ///
    /// # Errors
    /// If it does not; `detail` says what it does not see.
    pub fn sees_all(&self, detail: &str) -> Result<(), Problem> {
        self.may_read()?;
        let sees_all = self.principal.sees_all(&self.realm().host.view().read());
        if sees_all { Ok(()) } else { Err(Problem::new(StatusCode::FORBIDDEN, detail)) }
    }

    /// Takes so many commands and bytes of what it may ask for.
    ///
    /// # Errors
    /// If it is too much now.
    pub fn ask(&self, commands: u64, bytes: u64) -> Result<(), Problem> {
        let site = self.door.site();
        let asked = site.ask(self.visit.visitor, self.place, &self.principal, (commands, bytes));
        asked.map_err(Problem::wait)
    }

    /// Waits for its turn to read history; none, once the site is gone.
    pub async fn replay(&self) -> Option<Turn> {
        self.door.site().turns().of(self.place, self.principal.agent).await
    }

    /// A turn to read history, if there is one now.
    ///
    /// # Errors
    /// If there is none.
    pub fn try_replay(&self) -> Result<Turn, Problem> {
        let site = self.door.site();
        let busy = || Problem::busy("as many read the journal as may at a time", site.bounds.retry_after);
        site.try_replay().ok_or_else(busy)
    }

    /// Takes so many commands more, of a request that was let through.
    pub fn charge(&self, commands: u64) {
        self.door.site().charge(self.place, &self.principal, commands);
    }

    /// Gives so many commands back, for which there was no room.
    pub fn give_back(&self, commands: u64) {
        self.door.site().give_back(self.place, &self.principal, (commands, 0));
    }

    /// Notes that a command was of an actor whom nobody knows.
    pub fn note_stranger(&self, actor: AgentId) {
        let reason = Reject::UnknownActor.meaning();
        let refused = self.visit.visitor.refused(Some(actor), What::Actor, reason);
        self.door.site().refused(self.place, refused);
    }

    async fn sign_in(parts: &mut Parts, door: &Door, waits: bool) -> Result<Self, Problem> {
        let path = RawPathParams::from_request_parts(parts, door).await;
        let path = path.map_err(|error| Problem::malformed(1, 1, error.to_string()))?;
        let name = path.iter().find(|(name, _)| *name == "realm").map_or("", |(_, value)| value);
        let place = match door.place(name) {
            Ok(place) => place,
            // Who comes in nowhere does not learn what there is.
            Err(none) => return Err(among(parts, door, Caller::may_read).err().unwrap_or(none)),
        };
        spans::realm(door.realm(place).host.name());
        if let Some(visit) = parts.extensions.get::<Arc<Visit>>() {
            let _ = visit.place.set(place);
        }
        if waits {
            door.realm(place).host.up_to_date().await;
        }
        let caller = Caller::sign_in_to(parts, door, place)?;
        asked::refuse_unknown(&parts.extensions)?;
        spans::agent(caller.principal.agent);
        Ok(caller)
    }

    fn sign_in_to(parts: &Parts, door: &Door, place: usize) -> Result<Self, Problem> {
        let Realm { host, access, .. } = door.realm(place);
        let visit = parts.extensions.get::<Arc<Visit>>().cloned();
        let visit = visit.expect("a request that is served came from somewhere");
        let is_local = visit.visitor.peer.is_local;
        let credential = credential(&parts.headers)?;
        if is_local && access.is_open() && matches!(credential, Credential::None) {
            from_this_machine(&parts.uri, &parts.headers)?;
        }
        let signed = access.sign_in(host.view(), None, credential, is_local);
        let principal = signed.map_err(Problem::denied)?;
        visit.came_in(place, principal.agent);
        let caller = Caller { door: door.clone(), place, visit, principal };
        caller.ask(1, 0)?;
        Ok(caller)
    }
}

impl FromRequestParts<Door> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        Caller::sign_in(parts, door, false).await
    }
}

/// The realms to which somebody comes in, by their places in the site; at least one.
#[derive(Clone, Debug)]
pub struct Admitted(pub Vec<usize>);

impl FromRequestParts<Door> for Admitted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        among(parts, door, Caller::may_read).map(Admitted)
    }
}

/// The realms in which somebody sees everything, by their places in the site; at least one.
#[derive(Clone, Debug)]
pub struct Auditor(pub Vec<usize>);

impl FromRequestParts<Door> for Auditor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let sees_all = |caller: &Caller| caller.sees_all("only who sees everything sees what is counted");
        among(parts, door, sees_all).map(Auditor)
    }
}

/// The realms to which whoever asks comes in and in which it may do something; if there is none, why: what it may not where it comes in, rather than that it comes in nowhere.
fn among(
    parts: &Parts,
    door: &Door,
    may: impl Fn(&Caller) -> Result<(), Problem>,
) -> Result<Vec<usize>, Problem> {
    let (mut places, mut why) = (Vec::new(), None::<Problem>);
    for place in 0..door.site().realms().len() {
        match Caller::sign_in_to(parts, door, place).and_then(|caller| may(&caller)) {
            Ok(()) => places.push(place),
            Err(problem) if why.as_ref().is_none_or(|why| why.status() == 401) => why = Some(problem),
            Err(_) => {}
        }
    }
    match why {
        Some(problem) if places.is_empty() => Err(problem),
        _ => asked::refuse_unknown(&parts.extensions).map(|()| places),
    }
}

/// The bearer token, if there is one.
fn credential(headers: &HeaderMap) -> Result<Credential<'_>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(Credential::None) };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    token.map(Credential::Token).ok_or_else(|| {
        Problem::new(StatusCode::UNAUTHORIZED, "the header Authorization is none of the form Bearer TOKEN")
    })
}

/// Whether a header says that a proxy passed the request on.
fn is_of_proxy(name: &str) -> bool {
    matches!(name, "forwarded" | "via" | "x-real-ip") || name.starts_with("x-forwarded-")
}

/// Without a credential this machine's users are trusted, so a page of somewhere else must not speak through their browser: neither by a request
/// that it makes them send (a foreign `Origin`), nor under a name of its own that leads here (a foreign `Host`). Nor is whoever a proxy here speaks for one of them.
fn from_this_machine(uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).map(|value: &axum::http::HeaderValue| value.to_str().unwrap_or(""));
    let host = uri.authority().map(axum::http::uri::Authority::as_str).or_else(|| text(header::HOST));
    let origin = text(header::ORIGIN).map(|origin| origin.split_once("://").map_or("", |(_, host)| host));
    let why = if let Some(name) = headers.keys().find(|name| is_of_proxy(name.as_str())) {
        format!("a proxy passed the request on, as its header {name} says")
    } else if let Some(origin) = origin.filter(|origin| !is_this_machine(origin)) {
        format!("the request was made by a page of elsewhere, as its header Origin says: {origin}")
    } else if let Some(host) = host.filter(|host| !is_this_machine(host)) {
        format!("the request was sent to another name than this machine's own, as its Host says: {host}")
    } else {
        return Ok(());
    };
    let detail = format!("a token is needed, since {why}; only this machine's own users need none");
    Err(Problem::new(StatusCode::UNAUTHORIZED, detail))
}

/// Whether a host, with or without a port, is this machine whatever a name server says.
fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(name, _)| name),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    let address: Option<std::net::IpAddr> = name.parse().ok();
    name.eq_ignore_ascii_case("localhost") || address.is_some_and(|address| address.is_loopback())
}

/// Somebody who asks for what the view shows, once that has all that was answered before.
#[derive(Clone, Debug)]
pub struct Reader {
    caller: Caller,
    if_none_match: Option<String>,
}

impl FromRequestParts<Door> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Problem> {
        let caller = Caller::sign_in(parts, door, true).await?;
        caller.may_read()?;
        let if_none_match = parts.headers.get(header::IF_NONE_MATCH);
        let if_none_match = if_none_match.and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Reader { caller, if_none_match })
    }
}

impl Reader {
    /// Who it is.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Whose own it may see as things are in this realm: its own, or everybody's.
    pub fn sees(&self, realm: &realm::Realm) -> impl Fn(AgentId) -> bool + use<> {
        let principal = self.caller.principal;
        let sees_all = principal.sees_all(realm);
        move |owner| sees_all || principal.agent == owner
    }

    /// Tells something of the realm as the view shows it, with its version; or, to whoever has that version already, that it has. The realm's view
    /// stands still while `tell` does, so that must be brief.
    ///
    /// # Errors
    /// As `tell` says.
    pub fn tell(
        &self,
        tell: impl FnOnce(&realm::Realm) -> Result<Vec<u8>, Problem>,
    ) -> Result<Response, Problem> {
        let host = &self.caller.realm().host;
        let (version, body) = {
            let realm = host.view().read();
            let version = page::version(host.id(), realm.sequence());
            if self.if_none_match.as_deref().is_some_and(|known| page::is_known(known, &version)) {
                return Ok(page::not_modified(&version));
            }
            (version, tell(&realm)?)
        };
        Ok(page::json(Bytes::from(body), Some(&version)))
    }
}
