//! The canonical bytes of what books say: reports and market data.

use crate::book::{ExecType, MarketData, MarketEvent, OrdStatus, Reason, Report};
use crate::codec::{choice, record};

record!(Report {
    sequence,
    order,
    client,
    account,
    exec_type,
    ord_status,
    side,
    reason,
    price,
    quantity,
    leaves,
    cumulative
});
choice!(ExecType {
    0x30 => New, 0x34 => Canceled, 0x35 => Replaced, 0x38 => Rejected, 0x39 => CancelRejected, 0x43 => Expired, 0x44 => Restated, 0x46 => Trade,
    0x48 => TradeCancel, 0x4c => Triggered,
});
choice!(OrdStatus { 0x30 => New, 0x31 => PartiallyFilled, 0x32 => Filled, 0x34 => Canceled, 0x38 => Rejected, 0x43 => Expired });
choice!(Reason {
    0 => Requested, 1 => RemovedLiquidity, 2 => AddedLiquidity, 3 => AuctionBuy, 4 => AuctionSell, 5 => Replenished, 6 => NoLiquidity, 7 => NotFillable, 8 => MinimumNotMet, 9 => SelfTrade, 10 => TimeOver, 11 => MassCancel, 12 => GroupCancel, 13 => BandsMoved, 32 => NotTrading, 33 => NotInCall, 34 => WrongAuction, 35 => QuantityOutOfRange, 36 => NotInLots, 37 => PartLargerThanWhole, 38 => IncompatibleTerms, 39 => PriceOutOfRange, 40 => OffTick, 41 => OutsideBands, 42 => AlreadyExpired, 43 => DuplicateClientId, 44 => BookFull, 45 => NoReference, 46 => WouldTake, 47 => DisplayTooSmall, 64 => UnknownOrder, 65 => NotOwner, 66 => ReduceTooLarge, 67 => BelowExecuted, 68 => NotReplaceable, 96 => UnknownTrade, 97 => AlreadyBusted, 98 => WrongPhase, 99 => BandsCrossed,
});
record!(MarketEvent { sequence, data });
choice!(MarketData {
    1 => Added { order, side, price, quantity },
    2 => Executed { order, quantity, price, trade },
    3 => Reduced { order, by },
    4 => Deleted { order },
    5 => Level { side, price, quantity, count },
    6 => Top(top),
    7 => Traded { trade, price, quantity, aggressor },
    8 => Indicative(indicative),
    9 => Crossed { price, quantity },
    10 => Broken { trade },
    11 => PhaseChanged(phase),
});
