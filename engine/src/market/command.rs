//! What can be asked of a market. Orders follow FIX's names.

use serde::{Deserialize, Serialize};

use super::fees::FeeSchedule;
use super::units::MarketId;
use crate::book::{
    AccountId, Bands, ClientOrderId, Counts, GroupId, MatchId, NewOrder, OrdType, OrderId, PegReference,
    Phase, PostOnly, Price, Quantity, Replace, SelfTrade, Side, TickTable, Time, TimeInForce,
};
use crate::codec::{Codec, DecodeError, Mixer, Reader, choice, record};
use crate::layout::Layouts;
use crate::ledger::units::{AgentId, AssetId};

/// A market to be made. Its organiser is the actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateMarket {
    /// The number it is expected to get.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<MarketId>,
    /// What people call it, of 1 to [`crate::limits::MAX_NAME`] bytes.
    pub name: String,
    /// What is bought and sold.
    pub base: AssetId,
    /// What it is paid with.
    pub quote: AssetId,
    /// How many of the base's smallest units a lot is; orders (`order_qty`) count lots.
    #[serde(default = "one")]
    pub base_per_lot: u64,
    /// How many of the quote's smallest units a tick of the price is worth for a lot.
    #[serde(default = "one")]
    pub quote_per_tick: u64,
    /// Every quantity is a multiple of so many lots.
    #[serde(default = "one")]
    pub lot: u64,
    /// The prices that orders may name.
    #[serde(default)]
    pub ticks: TickTable,
    /// What trading costs.
    #[serde(default)]
    pub fees: FeeSchedule,
    /// Who gets the fees: this agent's account of the quote.
    pub fee_owner: AgentId,
    /// How orders meet.
    #[serde(default)]
    pub mechanism: Mechanism,
    /// Whether a client id must be unique among its agent's open orders.
    #[serde(default)]
    pub unique_client_ids: bool,
    /// Which market data is told.
    #[serde(default)]
    pub channels: Channels,
}

/// Which market data a market tells everybody; phases, indicative prices, auctions and busts it always tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Channels {
    /// The best bid and ask, and trades.
    pub l1: bool,
    /// Price levels.
    pub l2: bool,
    /// Single orders.
    pub l3: bool,
}

record!(Channels { l1, l2, l3 });

impl Default for Channels {
    /// All of it.
    fn default() -> Self {
        Channels { l1: true, l2: true, l3: true }
    }
}

fn one() -> u64 {
    1
}

/// How orders meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub enum Mechanism {
    /// As they come, in the phases that the organiser sets.
    #[default]
    Continuous,
    /// In call auctions, one at every multiple of so many nanoseconds of the log's time.
    FrequentCall {
        /// The time between two auctions.
        every: u64,
    },
}

choice!(Mechanism { 1 => Continuous, 2 => FrequentCall { every } });

/// Other rules for a market, for orders accepted from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AmendMarket {
    /// Which.
    pub market: MarketId,
    /// What trading costs from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fees: Option<FeeSchedule>,
    /// How orders meet from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mechanism: Option<Mechanism>,
}

/// A new order (FIX `D`). Its `account` is the agent whose order it is: 0 is the actor; operators may name another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PlaceOrder {
    /// In which market.
    pub market: MarketId,
    /// The order.
    pub order: NewOrder,
}

/// Cancels an order (FIX `F`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelOrder {
    /// In which market.
    pub market: MarketId,
    /// Whose order: 0 is the actor; operators may name another.
    #[serde(default)]
    pub account: AccountId,
    /// Which.
    pub order_id: OrderId,
}

/// Takes some of an order's open quantity away; it keeps its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReduceOrder {
    /// In which market.
    pub market: MarketId,
    /// Whose order: 0 is the actor; operators may name another.
    #[serde(default)]
    pub account: AccountId,
    /// Which.
    pub order_id: OrderId,
    /// How much less.
    pub by: Quantity,
}

/// Changes an order (FIX `G`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReplaceOrder {
    /// In which market.
    pub market: MarketId,
    /// How. Its `account` is the agent whose order it is: 0 is the actor.
    pub change: Replace,
}

/// Cancels an agent's orders (FIX `q`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MassCancelOrders {
    /// In which market.
    pub market: MarketId,
    /// Whose orders: 0 is the actor; operators may name another.
    #[serde(default)]
    pub account: AccountId,
    /// Of which side; none: of both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
}

/// An operator cancels a session's orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelOrderGroup {
    /// In which market.
    pub market: MarketId,
    /// Which group.
    pub group: GroupId,
}

/// The organiser moves a market into another phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetMarketPhase {
    /// Which.
    pub market: MarketId,
    /// The phase.
    pub phase: Phase,
}

/// The organiser sets the prices between which a market trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetMarketBands {
    /// Which.
    pub market: MarketId,
    /// The lowest and the highest, the lowest at least 1; none: any price from 1 on.
    #[serde(default)]
    pub bands: Option<Bands>,
}

/// The organiser sets a market's reference price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetMarketReference {
    /// Which.
    pub market: MarketId,
    /// The price.
    pub price: Price,
}

/// The organiser takes back a trade: what changed hands goes back, fees and all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BustTrade {
    /// In which market.
    pub market: MarketId,
    /// Which trade.
    pub trade: MatchId,
}

record!(CreateMarket {
    market,
    name,
    base,
    quote,
    base_per_lot,
    quote_per_tick,
    lot,
    ticks,
    fees,
    fee_owner,
    mechanism,
    unique_client_ids,
    channels,
});
record!(AmendMarket { market, fees, mechanism });
record!(PlaceOrder { market, order });
record!(CancelOrder { market, account, order_id });
record!(ReduceOrder { market, account, order_id, by });
record!(ReplaceOrder { market, change });
record!(MassCancelOrders { market, account, side });
record!(CancelOrderGroup { market, group });
record!(SetMarketPhase { market, phase });
record!(SetMarketBands { market, bands });
record!(SetMarketReference { market, price });
record!(BustTrade { market, trade });

record!(OrderId(0) ClientOrderId(0) AccountId(0) GroupId(0) MatchId(0) Price(0) Quantity(0) Time(0));
record!(NewOrder {
    client,
    ord_type,
    quantity,
    display,
    minimum,
    expires,
    account,
    group,
    side,
    time_in_force,
    self_trade,
    post_only,
});
record!(Replace { account, order, client, price, stop, quantity, counts });
record!(Bands { low, high });
choice!(Side { 0 => Buy, 1 => Sell });
choice!(OrdType {
    1 => Market,
    2 => Limit { price },
    3 => Stop { stop },
    4 => StopLimit { stop, price },
    5 => TrailingStop { offset },
    6 => MarketToLimit,
    7 => Pegged { reference, offset, limit },
});
choice!(PegReference { 2 => Midpoint, 4 => Market, 5 => Primary });
choice!(TimeInForce { 0x30 => Day, 0x31 => Gtc, 0x32 => AtOpening, 0x33 => Ioc, 0x34 => Fok, 0x36 => Gtd, 0x37 => AtClose });
choice!(SelfTrade { 0 => Allow, 1 => CancelNewest, 2 => CancelOldest, 3 => CancelBoth, 4 => Decrement });
choice!(PostOnly { 0 => No, 1 => Reject, 2 => Slide });
choice!(Counts { 0 => Whole, 1 => Open });
choice!(Phase { 0 => Closed, 1 => PreOpen, 2 => Continuous, 3 => PreClose, 4 => Halted, 5 => Reopening });

impl Codec for TickTable {
    fn encode(&self, bytes: &mut Vec<u8>) {
        Vec::<(Price, u64)>::from(self.clone()).encode(bytes);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let error = reader.error("a tick table");
        TickTable::new(Vec::decode(reader)?).map_err(|_| error)
    }

    fn mix(&self, mixer: &mut Mixer) {
        Vec::<(Price, u64)>::from(self.clone()).mix(mixer);
    }

    fn layout(all: &mut Layouts) -> String {
        Vec::<(Price, u64)>::layout(all)
    }
}
