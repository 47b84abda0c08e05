"""The order book behind the protocol of PyPI's `tracebook-conformance`, which compares it event by event with its own.

Run as README.md beside it says. Prices become ticks and quantities billionths, a symbol is a book, and a replacement is a
cancel and a new order, as there. Pro rata is not what this book does, and is refused.
"""

import sys
from decimal import Decimal
from pathlib import Path

from tracebook.conformance import (
    BookSnapshot,
    BookState,
    EngineMetadata,
    Observation,
    Outcome,
    RestingOrder,
    TradeFill,
    canonical_decimal,
    serve_stdio,
)

sys.path.insert(0, str(Path(__file__).parents[1]))
from book import BUY, GTC, SELL, Book, load  # noqa: E402

LOTS = 10**9  # in one
TRADE = ord("F")
TERMS = {
    "LIMIT": {"ord_type": 1, "time_in_force": GTC},
    "MARKET": {"ord_type": 0, "time_in_force": GTC},
    "IOC": {"ord_type": 1, "time_in_force": ord("3")},
    "FOK": {"ord_type": 1, "time_in_force": ord("4")},
}
SELF_TRADE = {"NONE": 0, "CANCEL_INCOMING": 1, "CANCEL_RESTING": 2}


class Refused(Exception):
    """An event that cannot be applied: the reason as the protocol names it, and what happened."""


class Symbol:
    """One symbol's book. Its client ids are the source's order ids, its accounts the source's owners plus one."""

    def __init__(self, name, library, config):
        self.name, self.config = name, config
        self.tick = Decimal(canonical_decimal(config.tick_size))
        self.book = Book(library, index_client_ids=0, l1=0, l2=0, l3=0)
        self.live = {}  # the source's order id: the book's

    def quantity(self, lots):
        return canonical_decimal(Decimal(lots) / LOTS, self.config.quantity_decimal_places)

    def resting(self, side):
        return tuple(
            RestingOrder(order.client, canonical_decimal(order.price * self.tick), self.quantity(order.leaves), order.account - 1)
            for order in self.book.orders(side)
        )

    def snapshot(self):
        return BookSnapshot(self.name, self.resting(BUY), self.resting(SELL))

    def find(self, source):
        """A live order."""
        order = self.book.order(self.live.get(source, 0))
        if order is None:
            raise Refused("ORDER_NOT_ACTIVE", f"order {source} is not live")
        return order

    def enter(self, source, account, side, kind, price, lots):
        """A new order; gives its trades."""
        terms = {"kind": 0, "self_trade": SELF_TRADE[self.config.self_trade_policy.name], **TERMS[kind]}
        reports, _ = self.book.apply(
            0, account=account, client=source, side=side, price=price, quantity=lots, **terms
        )
        if reports[0].order == 0:
            raise Refused("INVALID_ORDER", f"the book rejects order {source} with reason {reports[0].reason}")
        self.live[source] = reports[0].order
        trades = [report for report in reports if report.exec_type == TRADE]
        pairs = zip(trades[::2], trades[1::2])  # the incoming order's report and the resting one's
        return tuple(self.fill(*(pair if side == BUY else reversed(pair))) for pair in pairs)

    def fill(self, bought, sold):
        price = canonical_decimal(bought.price * self.tick)
        return TradeFill(self.name, bought.client, sold.client, price, self.quantity(bought.quantity))

    def cancel(self, order):
        self.book.call("cancel", 0, order.account, order.order)

    def apply(self, event):
        """One event; gives its trades."""
        lots = None if event.quantity is None else Decimal(canonical_decimal(event.quantity)) * LOTS
        if lots is not None and lots != int(lots):
            raise Refused("INVALID_ORDER", f"{event.quantity} is no multiple of a billionth")
        price = None if event.price is None else round(event.price / self.config.tick_size)
        if event.op == "clear":
            for side in (BUY, SELL):
                for order in self.book.orders(side):
                    self.cancel(order)
            return ()
        if event.op == "new":
            if self.book.order(self.live.get(event.order_id, 0)) is not None:
                raise Refused("DUPLICATE_ORDER_ID", f"order {event.order_id} is live")
            side = BUY if event.side.name == "BUY" else SELL
            kind = event.order_type.name
            if kind != "MARKET" and price <= 0:
                raise Refused("INVALID_ORDER", "the price is less than half a tick")
            return self.enter(event.order_id, event.owner + 1, side, kind, price or 0, int(lots))
        order = self.find(event.order_id)
        if event.op == "cancel":
            self.cancel(order)
        elif event.op == "reduce":
            self.book.call("reduce", 0, order.account, order.order, min(int(lots), order.leaves))
        else:
            lots = order.leaves if lots is None else int(lots)
            price = order.price if price is None else price
            if price <= 0 or lots <= 0:
                raise Refused("INVALID_REPLACEMENT", "price and quantity must be positive")
            self.cancel(order)
            return self.enter(event.order_id, order.account, order.side, "LIMIT", price, lots)
        return ()


class Adapter:
    """What `serve_stdio` drives."""

    def __init__(self, library, config):
        if config.matching_algorithm != "fifo":
            raise ValueError("this book keeps price-time priority; it has no pro rata")
        self.library, self.config, self.symbols = library, config, {}
        self.metadata = EngineMetadata("bartizan", library.bartizan_version().decode(), "Rust")

    def apply(self, event, index):
        if event.symbol not in self.symbols and event.op in ("new", "clear"):
            self.symbols[event.symbol] = Symbol(event.symbol, self.library, self.config)
        outcome, trades = Outcome("applied"), ()
        try:
            if event.symbol not in self.symbols:
                raise Refused("ORDER_NOT_ACTIVE", f"order {event.order_id} is not live")
            trades = self.symbols[event.symbol].apply(event)
        except Refused as refused:
            outcome = Outcome("rejected", *refused.args)
        state = self.snapshot()
        return Observation(index, outcome, trades, state.digest(), state.order_count)

    def snapshot(self):
        return BookState(tuple(self.symbols[name].snapshot() for name in sorted(self.symbols)))

    def close(self):
        """Books are freed with their objects."""


if __name__ == "__main__":
    bartizan = load(sys.argv[1])
    sys.exit(serve_stdio(lambda config: Adapter(bartizan, config)))
