"""The session of book.c from Python, with ctypes alone. Prints the same text.

    cargo build --release -p bartizan-capi
    python3 io/capi/examples/book.py target/release/libbartizan.so
"""

import ctypes
import sys
from ctypes import POINTER, Structure, byref, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32, c_uint64, c_void_p

BUY, SELL = 0, 1
DAY, GTC = ord("0"), ord("1")
NO_PRICE = -(2**63)


class Rules(Structure):
    """bartizan_rules"""

    _fields_ = [("tick_bands", c_void_p), ("tick_band_count", c_size_t), ("lot", c_uint64)]
    _fields_ += [(name, c_uint64) for name in ("max_open", "max_parts")]
    _fields_ += [(name, c_uint32) for name in ("max_orders", "expected_orders", "bustable_trades")]
    _fields_ += [(name, c_uint8) for name in ("index_client_ids", "l3", "l2", "l1")]


class Command(Structure):
    """bartizan_command"""

    _fields_ = [("order", c_uint64), ("client", c_uint64), ("price", c_int64), ("stop", c_int64)]
    _fields_ += [(name, c_uint64) for name in ("quantity", "display", "minimum", "offset", "expires")]
    _fields_ += [("account", c_uint32), ("group", c_uint32)]
    _fields_ += [(name, c_uint8) for name in ("kind", "ord_type", "side", "time_in_force", "self_trade")]
    _fields_ += [(name, c_uint8) for name in ("post_only", "peg_reference", "counts", "phase")]
    _fields_ += [("reserved", c_uint8 * 7)]


class Report(Structure):
    """bartizan_report"""

    _fields_ = [("sequence", c_uint64), ("order", c_uint64), ("client", c_uint64), ("account", c_uint32)]
    _fields_ += [(name, c_uint8) for name in ("exec_type", "ord_status", "side", "reason")]
    _fields_ += [("price", c_int64), ("quantity", c_uint64), ("leaves", c_uint64), ("cumulative", c_uint64)]


class Event(Structure):
    """bartizan_market_event"""

    _fields_ = [("sequence", c_uint64), ("order", c_uint64), ("trade", c_uint64), ("price", c_int64)]
    _fields_ += [("quantity", c_uint64), ("ask", c_int64), ("ask_quantity", c_uint64), ("imbalance", c_int64)]
    _fields_ += [("count", c_uint32), ("kind", c_uint8), ("side", c_uint8), ("phase", c_uint8), ("reserved", c_uint8)]


class Output(Structure):
    """bartizan_output"""

    _fields_ = [("reports", POINTER(Report)), ("report_count", c_size_t)]
    _fields_ += [("events", POINTER(Event)), ("event_count", c_size_t)]


class Level(Structure):
    """bartizan_level"""

    _fields_ = [("price", c_int64), ("quantity", c_uint64), ("count", c_uint64)]


class Order(Structure):
    """bartizan_order"""

    _fields_ = [("order", c_uint64), ("client", c_uint64), ("price", c_int64), ("displayed", c_uint64)]
    _fields_ += [("leaves", c_uint64), ("cumulative", c_uint64), ("stop", c_int64), ("offset", c_uint64)]
    _fields_ += [("display", c_uint64), ("expires", c_uint64), ("account", c_uint32), ("group", c_uint32)]
    _fields_ += [(name, c_uint8) for name in ("side", "place", "time_in_force")] + [("reserved", c_uint8 * 5)]


def load(path):
    """The library, its functions declared."""
    library = ctypes.CDLL(path)
    library.bartizan_rules_default.argtypes = []
    library.bartizan_rules_default.restype = Rules
    for name in ("status", "reason", "exec_type", "ord_status", "event_kind"):
        function = getattr(library, f"bartizan_{name}_name")
        function.argtypes, function.restype = [c_int32 if name == "status" else c_uint8], c_char_p
    library.bartizan_version.argtypes, library.bartizan_version.restype = [], c_char_p
    library.bartizan_book_free.argtypes, library.bartizan_book_free.restype = [c_void_p], None
    output = POINTER(Output)
    calls = {
        "new": [POINTER(Rules), POINTER(c_void_p)],
        "apply": [c_void_p, c_uint64, POINTER(Command), c_size_t, output],
        "limit": [c_void_p, c_uint64, c_uint32, c_uint64, c_uint8, c_uint8, c_uint64, c_int64, output],
        "cancel": [c_void_p, c_uint64, c_uint32, c_uint64, output],
        "reduce": [c_void_p, c_uint64, c_uint32, c_uint64, c_uint64, output],
        "depth": [c_void_p, c_uint8, POINTER(Level), c_size_t, POINTER(c_size_t)],
        "orders": [c_void_p, c_uint8, POINTER(Order), c_size_t, POINTER(c_size_t)],
        "order": [c_void_p, c_uint64, POINTER(Order)],
        "order_count": [c_void_p, POINTER(c_uint64)],
    }
    for name, arguments in calls.items():
        function = getattr(library, f"bartizan_book_{name}")
        function.argtypes, function.restype = arguments, c_int32
    return library


class Book:
    """A book of the library, freed with this object."""

    def __init__(self, library, **rules):
        self.library, self.pointer = library, c_void_p()
        given = library.bartizan_rules_default()
        for name, value in rules.items():
            setattr(given, name, value)
        self._must(library.bartizan_book_new(byref(given), byref(self.pointer)))

    def __del__(self):
        self.library.bartizan_book_free(self.pointer)

    def _must(self, status):
        if status != 0:
            raise RuntimeError(self.library.bartizan_status_name(status).decode())

    def call(self, name, *arguments):
        """Calls bartizan_book_<name>, and gives its reports and events, copied: they outlive the next call."""
        answer = Output()
        self._must(getattr(self.library, f"bartizan_book_{name}")(self.pointer, *arguments, byref(answer)))
        reports = [Report.from_buffer_copy(answer.reports[i]) for i in range(answer.report_count)]
        return reports, [Event.from_buffer_copy(answer.events[i]) for i in range(answer.event_count)]

    def apply(self, now, **command):
        """Applies one command, given by the fields of bartizan_command."""
        return self.call("apply", now, byref(Command(**command)), 1)

    def _list(self, name, kind, side, room):
        items, count = (kind * room)(), c_size_t()
        self._must(getattr(self.library, f"bartizan_book_{name}")(self.pointer, side, items, room, byref(count)))
        return items[: count.value]

    def depth(self, side, levels):
        """The best prices of a side."""
        return self._list("depth", Level, side, levels)

    def orders(self, side):
        """The displayed orders of a side in the order they would trade in."""
        count = c_uint64()
        self._must(self.library.bartizan_book_order_count(self.pointer, byref(count)))
        return self._list("orders", Order, side, count.value)

    def order(self, order):
        """A live order, or None."""
        found = Order()
        status = self.library.bartizan_book_order(self.pointer, order, byref(found))
        if status == 3:
            return None
        self._must(status)
        return found


def main():
    """The session."""
    if len(sys.argv) != 2:
        sys.exit("usage: book.py LIBRARY, such as target/release/libbartizan.so")
    library = load(sys.argv[1])
    book, (alice, bob) = Book(library), (1, 2)

    def tell(what, reports):
        print(what)
        for report in reports:
            names = library.bartizan_exec_type_name(report.exec_type), library.bartizan_reason_name(report.reason)
            price = "" if report.price == NO_PRICE else f" at {report.price}"
            print(
                f"  {report.sequence:2} client {report.client}: {names[0].decode()} ({names[1].decode()}), "
                f"{report.quantity}{price}, {report.leaves} open, {report.cumulative} traded"
            )

    def show():
        print("The book")
        for name, side in (("ask", SELL), ("bid", BUY)):
            for level in book.depth(side, 10):
                print(f"  {name} {level.quantity} at {level.price} in {level.count}")

    tell("Alice offers 5 at 101", book.call("limit", 1, alice, 11, SELL, GTC, 5, 101)[0])
    reports = book.call("limit", 2, alice, 12, SELL, GTC, 5, 102)[0]
    tell("Alice offers 5 at 102", reports)
    second = reports[0].order
    tell("Bob bids 7 at 101", book.call("limit", 3, bob, 21, BUY, GTC, 7, 101)[0])
    show()
    tell("Bob cancels Alice's order", book.call("cancel", 4, bob, second)[0])
    tell("Alice cancels it", book.call("cancel", 5, alice, second)[0])
    terms = {"kind": 0, "ord_type": 1, "time_in_force": DAY, "side": SELL, "price": 103, "quantity": 100, "display": 10}
    reports, events = book.apply(6, account=alice, client=13, **terms)
    tell("Alice offers 100 at 103, showing 10", reports)
    for event in events:
        print(f"  market data {event.sequence}: {library.bartizan_event_kind_name(event.kind).decode()}")
    show()


if __name__ == "__main__":
    main()
