"""An outside solver of rounds of goods for goods: most trades, and of those the least cost, by the Hungarian method.

    python3 io/examples/solver.py http://localhost:7410/v1/realms/REALM ROUND AGENT [TOKEN]
"""
import json, sys, urllib.request
realm, number, agent = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
token = {"Authorization": f"Bearer {token}" for token in sys.argv[4:]}
def ask(path, body=None, headers={}):
    request = urllib.request.Request(realm + path, body and json.dumps(body).encode(), headers | token)
    try:
        return json.load(urllib.request.urlopen(request))
    except urllib.error.HTTPError as error:
        sys.exit(f"{path}: {error}: {json.load(error)['detail']}")

def assign(costs):
    """For each row its column, of least cost in all, and prices of columns that prove it."""
    size = len(costs) + 1
    rows, columns, row_of = [0] * size, [0] * size, [0] * size
    for row in range(1, size):
        row_of[0], column = row, 0
        least, came_from, done = [float("inf")] * size, [0] * size, [False] * size
        while row_of[column]:
            done[column], at = True, row_of[column]
            for other in (other for other in range(1, size) if not done[other]):
                slack = costs[at - 1][other - 1] - rows[at] - columns[other]
                if slack < least[other]:
                    least[other], came_from[other] = slack, column
            step, nearest = min((least[other], other) for other in range(1, size) if not done[other])
            for other in range(size):
                if done[other]:
                    rows[row_of[other]] += step
                    columns[other] -= step
                else:
                    least[other] -= step
            column = nearest
        while column:
            row_of[column], column = row_of[came_from[column]], came_from[column]
    return {row_of[column] - 1: column - 1 for column in range(1, size)}, [-price for price in columns[1:]]

frozen = ask(f"/rounds/{number}/frozen")
items, counts_only = frozen["items"], frozen["objectives"] == ["items"]
place = {item["name"]: at for at, item in enumerate(items)}
costs = [[0 if at == to else 10**12 for to in range(len(items))] for at in range(len(items))]
for at, item in enumerate(items):
    for want in (want if isinstance(want, dict) else {"item": want} for want in item["wants"]):
        if "price" not in want and "bid" not in item:
            costs[at][place[want["item"]]] = -1 if counts_only else want.get("cost", 1) - 10**6
takes, prices = assign(costs)
rings, left = [], {at for at, to in takes.items() if at != to}
while left:
    ring = [at := min(left)]
    while (at := takes[at]) != ring[0]:
        ring.append(at)
    left -= set(ring)
    rings.append([dict(user=items[at]["user"], item=items[at]["name"], receives_user=items[takes[at]]["user"],
                       receives_item=items[takes[at]]["name"]) for at in ring])
proof = {"proof": {"status": "optimal", "certificate": {"prices": [prices]}}} if counts_only else {}
outcome = {"format": "bartizan-outcome", "version": 1, "rings": rings, **proof}
ask(f"/rounds/{number}/outcome?actor={agent}", outcome, {"Idempotency-Key": str(10**6 + number)})  # Sent again it is proposed once.
print(f"round {number}: {sum(map(len, rings))} of {len(items)} items would trade")
