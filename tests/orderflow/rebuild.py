"""Rebuilds a book from a framed ITCH 5.0 file with PyPI's `itchfeed`, and prints it: `side price size orders` a line,
bids first, best first, then the letters of all messages with their counts. Exit status 77: itchfeed is not installed."""

import sys
from collections import Counter

try:
    from itch.parser import MessageParser
except ImportError:
    print("skipped: the Python package itchfeed is not installed", file=sys.stderr)
    sys.exit(77)


def main(path):
    orders, letters = {}, Counter()

    def less(order, shares):
        side, price, left = orders[order]
        assert shares <= left, f"order {order} has {left}, and {shares} are taken"
        if shares == left:
            del orders[order]
        else:
            orders[order] = (side, price, left - shares)

    with open(path, "rb") as file:
        for message in MessageParser().parse_file(file):
            letter = message.message_type.decode()
            letters[letter] += 1
            if letter in "AF":
                assert message.order_reference_number not in orders
                side = message.buy_sell_indicator.decode()
                orders[message.order_reference_number] = (side, message.price, message.shares)
            elif letter in "EC":
                less(message.order_reference_number, message.executed_shares)
            elif letter == "X":
                less(message.order_reference_number, message.cancelled_shares)
            elif letter == "D":
                del orders[message.order_reference_number]
            elif letter == "U":
                side, _, _ = orders.pop(message.order_reference_number)
                assert message.new_order_reference_number not in orders
                orders[message.new_order_reference_number] = (side, message.price, message.shares)
    levels = {}
    for side, price, left in orders.values():
        size, count = levels.get((side, price), (0, 0))
        levels[side, price] = (size + left, count + 1)
    for side, price in sorted(levels, key=lambda key: (key[0], -key[1] if key[0] == "B" else key[1])):
        print(side, price, *levels[side, price])
    print(*(f"{letter}={count}" for letter, count in sorted(letters.items())))


if __name__ == "__main__":
    main(sys.argv[1])
