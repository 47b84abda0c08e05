//! Who comes in, and what each may do.
//!
//! An agent signs in with a token, or with a signature by the key it is registered with. What it may ask the realm then judges, by its roles and by what it
//! owns; this module says only as whom somebody speaks, whether it may write or read at all, and whether it sees what is not its own.
//!
//! None of that is settled at sign-in for good. A token may be taken back, its time be over, a key be replaced, and an operator may be one no more: whoever serves a connection
//! asks again ([`Access::holds`], [`Principal::sees_all`]), and is told when it is over ([`Access::lost`]).
//!
//! Without a credential nobody comes in, but for the machine's own users where [`Access::new`] was told so: they may speak as anybody.

use std::collections::BTreeMap;

use bartizan_engine::authority::Role;
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::agents::PublicKey;
use ed25519_dalek::{Signature, VerifyingKey};
use tokio::sync::watch;

use super::tokens::{Mark, Right, Token, Tokens};
use super::view::View;
use crate::sync::RwLock;

/// Who comes in to a realm.
#[derive(Debug)]
pub struct Access {
    tokens: Tokens,
    /// Whether who has no credential and is on this machine may speak as anybody.
    is_open: bool,
    /// The keys of the agents who signed in by one, as they were when it was last looked.
    keys: RwLock<BTreeMap<AgentId, PublicKey>>,
    /// Changes with them.
    keys_change: watch::Sender<()>,
}

/// By what somebody signs in.
#[derive(Clone, Copy, Debug)]
pub enum Credential<'a> {
    /// By nothing.
    None,
    /// By a token.
    Token(&'a str),
    /// By a signature of this text.
    Signature(&'a [u8], &'a [u8; 64]),
}

/// Somebody who came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// As whom it speaks.
    pub agent: AgentId,
    /// Whether it may speak as anybody.
    pub is_anybody: bool,
    /// Whether it may write.
    pub writes: bool,
    /// Whether it may read.
    pub reads: bool,
    /// The token by which it came in, if by one.
    token: Option<Shown>,
    /// The key by which it came in, if by one.
    key: Option<PublicKey>,
}

/// A token by which somebody came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shown {
    /// Its hash.
    mark: Mark,
    /// Whether it is for seeing everything.
    audits: bool,
}

/// Why somebody does not come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No credential, where one is needed.
    #[error("a token, or a signature by the agent's key, is needed")]
    Anonymous,
    /// No such token, or its time is over.
    #[error("the token is not known, or its time is over")]
    Token,
    /// The token is another agent's.
    #[error("the token is another agent's")]
    OtherAgent,
    /// No such agent, or it has no key, or the signature is not by it.
    #[error("the signature is not by a key of that agent")]
    Signature,
    /// Somebody else's name.
    #[error("it speaks as another agent than it signed in as")]
    Impersonation,
    /// It may only read.
    #[error("it may only read")]
    ReadOnly,
    /// It may only write.
    #[error("it may only write")]
    WriteOnly,
}

impl Access {
    /// Access by these tokens, and by keys. `is_open` lets in the machine's own users without.
    pub fn new(tokens: Tokens, is_open: bool) -> Self {
        Access { tokens, is_open, keys: RwLock::default(), keys_change: watch::Sender::new(()) }
    }

    /// Whether it lets in the machine's own users without a credential.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Signs somebody in as `agent`, or as whom the token says. It looks whether the file of tokens has changed, so it may wait for the disk; the view is looked at
    /// no longer than it takes to copy a key.
    ///
    /// # Errors
    /// If it does not come in; why.
    pub fn sign_in(
        &self,
        view: &View,
        agent: Option<AgentId>,
        credential: Credential<'_>,
        is_local: bool,
    ) -> Result<Principal, Denied> {
        match credential {
            Credential::None if is_local && self.is_open => {
                let agent = agent.unwrap_or(AgentId::REALM);
                Ok(Principal { is_anybody: true, ..Principal::of(agent) })
            }
            Credential::None => Err(Denied::Anonymous),
            Credential::Token(text) => {
                let (mark, token) = self.tokens.find(text).ok_or(Denied::Token)?;
                if agent.is_some_and(|agent| agent != token.agent) {
                    return Err(Denied::OtherAgent);
                }
                Ok(Principal::by(mark, &token))
            }
            Credential::Signature(text, signature) => {
                let agent = agent.ok_or(Denied::Signature)?;
                let bytes = key_of(view, agent).ok_or(Denied::Signature)?;
                let key = VerifyingKey::from_bytes(&bytes).map_err(|_| Denied::Signature)?;
                key.verify_strict(text, &Signature::from_bytes(signature)).map_err(|_| Denied::Signature)?;
                self.keys.write().insert(agent, bytes);
                Ok(Principal { key: Some(bytes), ..Principal::of(agent) })
            }
        }
    }
}

impl Access {
    /// Whether what somebody came in by still counts: a token may have been taken back, its time be over, or it be for less, or another's, than when it was shown;
    /// a key may have been replaced.
    /// As it was when it was last looked ([`Access::look`]), so without waiting for anything.
    pub fn holds(&self, principal: &Principal) -> bool {
        let is_still_for = |token: &Token| {
            let now = Principal::by([0; 32], token);
            let audits = |principal: &Principal| principal.token.is_some_and(|token| token.audits);
            now.agent == principal.agent
                && now.writes >= principal.writes
                && now.reads >= principal.reads
                && audits(&now) >= audits(principal)
        };
        principal.token.is_none_or(|shown| self.tokens.held(&shown.mark, is_still_for) == Some(true))
            && principal.key.is_none_or(|key| self.keys.read().get(&principal.agent) == Some(&key))
    }

    /// Waits until what somebody came in by counts no more; for ever, if it does not come to that. It is seen when somebody signs in, and otherwise as often
    /// as [`Access::look`] is called.
    pub async fn lost(&self, principal: &Principal) {
        let (mut of_tokens, mut of_keys) = (self.tokens.changes(), self.keys_change.subscribe());
        while self.holds(principal) {
            // The senders live as long as this.
            tokio::select! {
                _ = of_tokens.changed() => {}
                _ = of_keys.changed() => {}
            }
        }
    }

    /// Looks whether a token that somebody came in by counts no more, and tells those who wait for that. It may wait for the disk.
    pub fn look(&self) {
        self.tokens.look();
    }

    /// The same of keys.
    pub fn look_at_keys(&self, view: &View) {
        let shown: Vec<(AgentId, PublicKey)> =
            self.keys.read().iter().map(|(&agent, &key)| (agent, key)).collect();
        for (agent, shown) in shown {
            let key = key_of(view, agent);
            if key == Some(shown) {
                continue;
            }
            let mut keys = self.keys.write();
            match key {
                Some(key) => keys.insert(agent, key),
                None => keys.remove(&agent),
            };
            drop(keys);
            self.keys_change.send_replace(());
        }
    }
}

/// An agent's key, as it can be seen.
fn key_of(view: &View, agent: AgentId) -> Option<PublicKey> {
    view.read().agent(agent).and_then(|agent| agent.key)
}

impl Principal {
    /// An agent who signed in by itself: it reads and writes as itself.
    fn of(agent: AgentId) -> Self {
        Principal { agent, is_anybody: false, writes: true, reads: true, token: None, key: None }
    }

    /// Whoever shows a token.
    fn by(mark: Mark, token: &Token) -> Self {
        let audits = token.is_for(Right::Audit);
        Principal {
            writes: token.is_for(Right::Write),
            reads: token.is_for(Right::Read) || audits,
            token: Some(Shown { mark, audits }),
            ..Principal::of(token.agent)
        }
    }

    /// Whether it sees everything, by its token or as things are in the realm now: an operator who is one no more does not.
    pub fn sees_all(self, realm: &Realm) -> bool {
        let is_operator = || realm.agent(self.agent).is_some_and(|agent| agent.roles.allow(Role::Operator));
        self.is_anybody || self.token.is_some_and(|token| token.audits) || self.reads && is_operator()
    }

    /// Whether it may be told anything but what became of its own commands.
    ///
    /// # Errors
    /// If not; why.
    pub fn may_read(self) -> Result<(), Denied> {
        if self.reads { Ok(()) } else { Err(Denied::WriteOnly) }
    }

    /// Whether it may send a command in the name of `actor`.
    ///
    /// # Errors
    /// If not; why.
    pub fn may_send_as(self, actor: AgentId) -> Result<(), Denied> {
        if !self.writes {
            return Err(Denied::ReadOnly);
        }
        if self.is_anybody || actor == self.agent { Ok(()) } else { Err(Denied::Impersonation) }
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    const ANN: AgentId = AgentId(1);
    const ALL: [Right; 3] = [Right::Read, Right::Write, Right::Audit];

    /// A folder of a test's own.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("bartizan-access-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&folder).expect("a folder for temporary files can be written");
            Folder(folder)
        }

        fn open(&self) -> Access {
            Access::new(Tokens::open(&self.0).expect("it can be read"), false)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    /// As another process does.
    fn change(folder: &Path, change: impl FnOnce(&mut Vec<Token>)) {
        Tokens::open(folder).and_then(|tokens| tokens.change(change)).expect("it can be written");
    }

    #[test]
    fn whoever_is_there_loses_a_token_that_is_for_less_or_another_s_and_keeps_one_that_is_for_more() {
        let folder = Folder::new("narrowed");
        let (text, token) = Token::draw(ANN, ALL.to_vec(), None, String::new()).expect("it is random");
        change(&folder.0, |tokens| tokens.push(token));
        let (access, view) = (folder.open(), View::new(Realm::new()));
        let enter = || access.sign_in(&view, Some(ANN), Credential::Token(&text), false);
        let set = |agent, rights: &[Right]| {
            change(&folder.0, |tokens| (tokens[0].agent, tokens[0].rights) = (agent, rights.to_vec()));
            access.look();
        };
        let all = enter().expect("it is hers");
        assert!(access.holds(&all));
        for missing in ALL {
            let fewer: Vec<Right> = ALL.into_iter().filter(|&right| right != missing).collect();
            set(ANN, &fewer);
            // Who sees everything reads, whether or not the token says so too.
            assert_eq!(access.holds(&all), missing == Right::Read, "{missing:?}");
            let fewer = enter().expect("it is still hers");
            set(ANN, &ALL);
            assert!(access.holds(&all) && access.holds(&fewer));
        }
        set(AgentId(2), &ALL);
        assert!(!access.holds(&all), "it is another's");
        assert_eq!(enter(), Err(Denied::OtherAgent));
    }

    #[test]
    fn whoever_comes_sees_the_file_as_it_is_and_whoever_is_there_as_it_was_looked_at() {
        let folder = Folder::new("looked");
        let (access, view) = (folder.open(), View::new(Realm::new()));
        let (text, token) = Token::draw(ANN, ALL.to_vec(), None, String::new()).expect("it is random");
        let enter = || access.sign_in(&view, None, Credential::Token(&text), false);
        assert_eq!(enter(), Err(Denied::Token));
        change(&folder.0, |tokens| tokens.push(token));
        let ann = enter().expect("it counts at once");
        change(&folder.0, Vec::clear);
        assert!(access.holds(&ann), "nobody waits for the disk to hear that");
        access.look();
        assert!(!access.holds(&ann));
        assert_eq!(enter(), Err(Denied::Token));
    }
}
