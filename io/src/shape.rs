//! What a realm holds, as JSON tells it: the one form of each thing, for `bartizan state --json` and for whoever asks over HTTP.

use bartizan_engine::authority::Roles;
use bartizan_engine::book::{
    AccountId as Trader, Bands, ClientOrderId, DepthLevel, OrderId, OrderView, Phase, Price, Quantity, Side,
    TickTable, TimeInForce,
};
use bartizan_engine::ledger::account::Account;
use bartizan_engine::ledger::asset::{Asset, AssetClass, SupplyRule};
use bartizan_engine::ledger::hold::Hold;
use bartizan_engine::ledger::units::{AccountId, AgentId, Amount, AssetId, HoldId};
use bartizan_engine::market::OrderBook;
use bartizan_engine::market::command::{Channels, Mechanism};
use bartizan_engine::market::fees::FeeSchedule;
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::agents::Agent;
use bartizan_engine::realm::ids::CommandId;
use bartizan_engine::rounds::offer::{Gives, Offer, Want};
use bartizan_engine::rounds::rules::Goal;
use bartizan_engine::rounds::state::{BarterRound, Stage};
use bartizan_engine::rounds::units::{OfferId, RoundId};
use schemars::JsonSchema;
use serde::Serialize;

/// Somebody who acts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Agent")]
pub struct AgentShape<'a> {
    /// Its number; 0 is the realm itself.
    pub agent: AgentId,
    /// What people call it.
    pub name: &'a str,
    /// What it may do beyond owning and giving.
    pub roles: Roles,
    /// The largest command id that it has used: every larger one is new. 0 if it has used none.
    pub highest_id: CommandId,
}

impl<'a> AgentShape<'a> {
    /// The agent of this number.
    pub fn of(realm: &Realm, id: AgentId, agent: &'a Agent) -> Self {
        let highest_id = realm.ids_used(id).map_or(CommandId(0), |used| used.highest);
        AgentShape { agent: id, name: &agent.name, roles: agent.roles, highest_id }
    }
}

/// Something that can be owned.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Asset")]
pub struct AssetShape<'a> {
    /// Its number.
    pub asset: AssetId,
    /// What people call it.
    pub name: &'a str,
    /// What kind of thing it is.
    pub class: AssetClass,
    /// How many digits of an amount stand behind the decimal point.
    pub scale: u8,
    /// How much of it there may be.
    pub supply: SupplyRule,
    /// Who makes it.
    pub issuer: AgentId,
    /// How much of it there is.
    pub outstanding: Amount,
}

impl<'a> AssetShape<'a> {
    /// The asset of this number.
    pub fn of(realm: &Realm, id: AssetId, asset: &'a Asset) -> Self {
        AssetShape {
            asset: id,
            name: &asset.name,
            class: asset.class,
            scale: asset.scale,
            supply: asset.supply,
            issuer: asset.issuer,
            outstanding: realm.ledger().outstanding(id),
        }
    }
}

/// What one agent has of one asset, in the asset's smallest unit.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Account")]
pub struct AccountShape {
    /// Its number.
    pub account: AccountId,
    /// Whose it is; of an asset's issue account the realm.
    pub owner: AgentId,
    /// Of what.
    pub asset: AssetId,
    /// Credits less debits, a whole number in a string; below zero only as far as the overdraft.
    pub balance: String,
    /// What holds will take, if posted.
    pub pending_out: String,
    /// What holds will bring, if posted.
    pub pending_in: String,
    /// How far below zero it may go.
    pub overdraft: Amount,
    /// How far above zero it may go, if there is an end to it.
    pub ceiling: Option<Amount>,
    /// Whether it takes part in anything any more.
    pub closed: bool,
}

impl AccountShape {
    /// The account of this number.
    pub fn of(realm: &Realm, id: AccountId, account: &Account) -> Self {
        let limits = realm.ledger().limits_of(account);
        AccountShape {
            account: id,
            owner: account.owner,
            asset: account.asset,
            balance: account.balance.to_string(),
            pending_out: account.pending_out.to_string(),
            pending_in: account.pending_in.to_string(),
            overdraft: limits.overdraft,
            ceiling: limits.ceiling,
            closed: account.is_closed,
        }
    }
}

/// An amount on its way.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[schemars(rename = "OpenHold")]
pub struct HoldShape {
    /// Its number.
    pub hold: HoldId,
    /// From where, to where, how much, until when.
    pub terms: Hold,
}

impl HoldShape {
    /// The hold of this number.
    pub fn of(hold: HoldId, terms: Hold) -> Self {
        HoldShape { hold, terms }
    }
}

/// Where orders meet.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Market")]
pub struct MarketShape<'a> {
    /// Its number.
    pub market: MarketId,
    /// What people call it.
    pub name: &'a str,
    /// What is traded.
    pub base: AssetId,
    /// What it is paid with.
    pub quote: AssetId,
    /// Who runs it.
    pub organiser: AgentId,
    /// How many of the base's smallest units a lot is: quantities count lots.
    pub base_per_lot: u64,
    /// How many of the quote's smallest units a tick is worth for a lot: what is bought costs its price times its quantity times this.
    pub quote_per_tick: u64,
    /// Every quantity is a multiple of so many lots.
    pub lot: Quantity,
    /// The prices that orders may name, in ticks: from each first price on, multiples of an increment.
    pub ticks: &'a TickTable,
    /// The prices between which orders may be priced and trades may happen, if there are such.
    pub bands: Option<Bands>,
    /// How orders meet.
    pub mechanism: Mechanism,
    /// Which account gets the fees, and pays the rebates.
    pub fee_account: AccountId,
    /// Whether a client id must be unique among its agent's open orders.
    pub unique_client_ids: bool,
    /// Which market data is told.
    pub channels: Channels,
    /// Where it is in its day.
    pub phase: Phase,
    /// How many orders are live.
    pub open_orders: usize,
    /// The best bid, in ticks.
    pub best_bid: Option<Price>,
    /// The best ask, in ticks.
    pub best_ask: Option<Price>,
    /// The price of the last trade, in ticks.
    pub last_trade: Option<Price>,
    /// What trading costs.
    pub fees: FeeSchedule,
}

impl<'a> MarketShape<'a> {
    /// The market of this number.
    pub fn of(id: MarketId, market: &'a OrderBook) -> Self {
        let (book, top) = (market.book(), market.book().top());
        let ([base, quote], rules) = (market.assets(), book.rules());
        MarketShape {
            market: id,
            name: market.name(),
            base,
            quote,
            organiser: market.organiser(),
            base_per_lot: market.base_per_lot(),
            quote_per_tick: market.quote_per_tick(),
            lot: rules.lot,
            ticks: &rules.ticks,
            bands: book.bands(),
            mechanism: market.mechanism(),
            fee_account: market.fee_account(),
            unique_client_ids: rules.index_client_ids,
            channels: Channels { l1: rules.l1, l2: rules.l2, l3: rules.l3 },
            phase: book.phase(),
            open_orders: book.len(),
            best_bid: top.bid,
            best_ask: top.ask,
            last_trade: book.last_trade(),
            fees: market.fees(),
        }
    }
}

/// One price of a book.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Level")]
pub struct LevelShape {
    /// The price, in ticks.
    pub price: Price,
    /// Displayed quantity, in lots.
    pub quantity: Quantity,
    /// Displayed orders.
    pub orders: u32,
}

impl From<DepthLevel> for LevelShape {
    fn from(level: DepthLevel) -> Self {
        LevelShape { price: level.price, quantity: level.quantity, orders: level.count }
    }
}

/// A live order.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Order")]
pub struct OrderShape {
    /// Its number in the market.
    pub order: OrderId,
    /// The owner's own id of it.
    pub client: ClientOrderId,
    /// The number of the agent whose it is.
    pub account: Trader,
    /// Bid or ask.
    pub side: Side,
    /// Limit price; of a stop without one its stop price.
    pub price: Price,
    /// What is displayed.
    pub displayed: Quantity,
    /// What is open, reserve included.
    pub leaves: Quantity,
    /// What has traded.
    pub cumulative: Quantity,
    /// Where it is: `Displayed`, `Stop`, `Elected`, `Pegged`, `Auction` or `Close`.
    pub place: String,
    /// Of a stop that waits, its stop price.
    pub stop: Price,
    /// How long it stays.
    pub time_in_force: TimeInForce,
    /// When it expires, in nanoseconds; 0: never.
    pub expires: u64,
}

impl From<OrderView> for OrderShape {
    fn from(view: OrderView) -> Self {
        OrderShape {
            order: view.order,
            client: view.client,
            account: view.account,
            side: view.side,
            price: view.price,
            displayed: view.displayed,
            leaves: view.leaves,
            cumulative: view.cumulative,
            place: format!("{:?}", view.place),
            stop: view.stop,
            time_in_force: view.time_in_force,
            expires: view.expires.0,
        }
    }
}

/// Whose proposal is the best so far.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Best")]
pub struct BestShape {
    /// Whose.
    pub solver: AgentId,
    /// Whether nothing better exists, by its proof.
    pub optimal: bool,
}

/// A round of barter.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Round")]
pub struct RoundShape<'a> {
    /// Its number.
    pub round: RoundId,
    /// What people call it.
    pub name: &'a str,
    /// Who runs it.
    pub organiser: AgentId,
    /// How far it is: `open`, `closed`, `settled` or `cancelled`.
    pub stage: &'static str,
    /// Of a closed one, until when it takes proposals, in nanoseconds.
    pub until: Option<u64>,
    /// The numbers of its offers.
    pub offers: Vec<OfferId>,
    /// The best proposal so far.
    pub best: Option<BestShape>,
}

impl<'a> RoundShape<'a> {
    /// The round of this number.
    pub fn of(id: RoundId, round: &'a BarterRound) -> Self {
        let (stage, until) = stage(round.stage);
        RoundShape {
            round: id,
            name: &round.name,
            organiser: round.organiser,
            stage,
            until,
            offers: round.offers().map(|(id, _)| id).collect(),
            best: round.best().map(|best| BestShape { solver: best.solver, optimal: best.is_optimal() }),
        }
    }
}

/// How far a round is, and until when it takes proposals.
pub fn stage(stage: Stage) -> (&'static str, Option<u64>) {
    match stage {
        Stage::Open => ("open", None),
        Stage::Closed { until } => ("closed", Some(until)),
        Stage::Settled => ("settled", None),
        Stage::Cancelled => ("cancelled", None),
    }
}

/// An offer of a round.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Offer")]
pub struct OfferShape<'a> {
    /// Its number in the round.
    pub offer: OfferId,
    /// Whose it is.
    pub owner: AgentId,
    /// What it gives.
    pub gives: Gives,
    /// What it would take: alternatives, in their order.
    pub wants: &'a [Want],
}

impl<'a> OfferShape<'a> {
    /// The offer of this number.
    pub fn of(id: OfferId, offer: &'a Offer) -> Self {
        OfferShape { offer: id, owner: offer.owner, gives: offer.gives, wants: &offer.wants }
    }
}

/// A round of barter, with what it is cleared for and with offers.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "RoundDetail")]
pub struct RoundDetail<'a> {
    /// The round.
    #[serde(flatten)]
    pub round: RoundShape<'a>,
    /// What it is cleared for, most important first.
    pub objectives: &'a [Goal],
    /// The asset of its money, if it has any.
    pub money: Option<AssetId>,
    /// Those of its offers that one may see: one's own, or all.
    pub seen: Vec<OfferShape<'a>>,
}
