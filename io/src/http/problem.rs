//! What is answered to whoever is not served: problem details as RFC 9457 has them, with a reject's number and name where the realm refused.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use bartizan_engine::reject::Reject;
use schemars::JsonSchema;
use serde::Serialize;

use super::visit::Why;
use crate::json::Malformed;
use crate::server::access::Denied;
use crate::server::limits::Wait;
use crate::server::request::Refusal;

/// Why a request was not carried out.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct Told {
    /// What kind of problem it is: `urn:bartizan:reject:NAME` of a reject, else `about:blank`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same for people.
    pub title: String,
    /// The status code.
    pub status: u16,
    /// What it is this time.
    pub detail: String,
    /// Of a reject, its number, which never changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u16>,
    /// Of a reject, its name, which never changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Of a reject that was journalled, its place in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// Whether it is the answer to a command that was sent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeated: Option<bool>,
    /// Of what is malformed, the line in the body, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Of what is malformed, the column in its line, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// In an array, which element it is of, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// After how many milliseconds the same may be asked again, as `Retry-After` says in whole seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

/// A [`Told`] as an answer.
#[derive(Clone, Debug)]
pub struct Problem {
    told: Box<Told>,
    retry_after: Option<Duration>,
}

/// The media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

impl Problem {
    /// A problem of this status.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let told = Told {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            number: None,
            name: None,
            sequence: None,
            repeated: None,
            line: None,
            column: None,
            index: None,
            retry_after_ms: None,
        };
        Problem { told: Box::new(told), retry_after: None }
    }

    /// There is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// It is not what was expected, at a line and column counted from 1.
    pub fn malformed(line: u64, column: u64, detail: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::BAD_REQUEST, detail);
        (problem.told.line, problem.told.column) = (Some(line), Some(column.max(1)));
        problem
    }

    /// Another time it may go.
    pub fn busy(detail: impl Into<String>, after: Duration) -> Self {
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, detail);
        Problem { retry_after: Some(after), ..problem }
    }

    /// The realm refused a command; `sequence` if that was journalled.
    pub fn reject(reject: Reject, sequence: Option<u64>, is_repeated: bool) -> Self {
        let mut problem = Self::new(status_of(reject), reject.meaning());
        let told = &mut *problem.told;
        let name = reject.name();
        told.kind = format!("urn:bartizan:reject:{name}");
        told.title.clone_from(&name);
        (told.number, told.name) = (Some(reject.number()), Some(name));
        (told.sequence, told.repeated) = (sequence, Some(is_repeated));
        problem
    }

    /// The commands were not taken.
    pub fn refusal(refusal: &Refusal, after: Duration) -> Self {
        let status = match refusal {
            Refusal::Busy => StatusCode::TOO_MANY_REQUESTS,
            Refusal::Failing(_) | Refusal::Void | Refusal::Stopping => StatusCode::SERVICE_UNAVAILABLE,
        };
        Problem { retry_after: Some(after), ..Self::new(status, refusal.to_string()) }
    }

    /// Who asks may not.
    pub fn denied(denied: Denied) -> Self {
        let status = match denied {
            Denied::Anonymous | Denied::Token | Denied::Signature => StatusCode::UNAUTHORIZED,
            Denied::OtherAgent | Denied::Impersonation | Denied::ReadOnly | Denied::WriteOnly => {
                StatusCode::FORBIDDEN
            }
        };
        let detail = match denied {
            Denied::Anonymous => {
                "a token is needed: send it as Authorization: Bearer TOKEN; bartizan token add makes one"
                    .to_owned()
            }
            denied => denied.to_string(),
        };
        Self::new(status, detail)
    }

    /// Its status code.
    pub fn status(&self) -> u16 {
        self.told.status
    }

    /// More is asked for than may be.
    pub fn wait(wait: Wait) -> Self {
        Self::busy(wait.to_string(), wait.0)
    }

    /// It may go after so long.
    #[must_use]
    pub fn after(self, after: Duration) -> Self {
        Problem { retry_after: Some(after), ..self }
    }

    /// It is of this element of an array.
    #[must_use]
    pub fn at(mut self, index: Option<usize>) -> Self {
        self.told.index = index;
        self
    }
}

/// The status of a reject: 403 if the actor may not, 409 if the state of things is against it, 422 if it contradicts itself or names what there is not.
#[rustfmt::skip]
pub fn status_of(reject: Reject) -> StatusCode {
    use Reject as R;
    match reject {
        R::NotAllowed => StatusCode::FORBIDDEN,
        R::IdReused | R::IdTooOld | R::NumberNotNext | R::MarketBehind | R::DifferentAssets |
        R::DebitAccountClosed | R::CreditAccountClosed | R::AccountClosed | R::AccountExists |
        R::BalanceNotZero | R::HoldsNotZero | R::AccountInUse | R::HoldPosted | R::HoldVoided |
        R::HoldExpired | R::PostTooLarge | R::AlreadyExpired | R::AlreadyReversed | R::NotReversible |
        R::NotIssuable | R::IssueAccount | R::CeilingInMarket | R::NoPriceBound | R::RoundNotOpen |
        R::RoundNotClosed | R::RoundEnded | R::TooLate | R::TooEarly | R::ItemOffered | R::NoProposal |
        R::AskTooHigh | R::NoMoney | R::MoneyTooFine | R::ProofTooLong | R::InsufficientFunds |
        R::CeilingExceeded | R::LimitTooTight | R::SupplyExceeded | R::Full | R::RoundFull | R::ShareFull |
        R::ProposalInvalid | R::ProposalNotProven | R::ProposalNotBetter => StatusCode::CONFLICT,
        R::IdMissing | R::UnknownActor | R::NameOutOfRange | R::ListOutOfRange | R::AmountZero |
        R::AmountTooLarge | R::LimitOutOfRange | R::ScaleOutOfRange | R::SameAccount | R::FeeOutOfRange |
        R::MarketRulesInvalid | R::SameAsset | R::RoundRulesInvalid | R::WantsInvalid | R::CostOutOfRange |
        R::UnknownAgent | R::UnknownAsset | R::UnknownAccount | R::UnknownDebitAccount |
        R::UnknownCreditAccount | R::UnknownHold | R::UnknownTransfer | R::UnknownMarket | R::UnknownRound |
        R::UnknownOffer | R::NoAccount | R::Book(_) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl From<Malformed> for Problem {
    fn from(malformed: Malformed) -> Self {
        let Malformed { line, column, cause } = malformed;
        Self::malformed(line, column, cause)
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> axum::response::Response {
        self.told.retry_after_ms = self.retry_after.map(|after| after.as_millis() as u64);
        let body = serde_json::to_vec(&self.told).expect("a problem is JSON");
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(self.told.status).expect("it came from one");
        if self.told.number.is_none() {
            // What the realm refuses is in its log.
            response.extensions_mut().insert(Why(self.told.detail.clone()));
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if self.told.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(after) = self.retry_after {
            // The header counts in seconds, and none is too soon.
            headers.insert(
                header::RETRY_AFTER,
                HeaderValue::from((after.as_millis() as u64).div_ceil(1_000).max(1)),
            );
        }
        response
    }
}
