"""Solves one round as an assignment, with OR-Tools' LinearSumAssignment; called by peers.py.

`assignment.py prepare LIST ARCS` turns a wants list, as `bartizan generate mathtrade` writes it, into a
file of (left, right, cost) triples of 32-bit integers. Left node i is item i taken for, right node i is
item i given. An item may keep itself at cost 1 (a dummy at 0); a want costs 0.

`assignment.py solve ARCS` solves it. The arcs are read in pieces, so that the peak memory is the solver's.

Both print one line of JSON.
"""

import json
import sys
import time

import numpy as np
from ortools.graph.python.linear_sum_assignment import SimpleLinearSumAssignment

ARCS_AT_ONCE = 1 << 20


def prepare(path, arcs):
    index, lists = {}, []
    for user, name, wants in read_lists(path):
        index[key(user, name)] = len(index)
        lists.append((user, wants))
    itself = np.arange(len(index), dtype=np.int32)
    keep_costs = np.array([not name.startswith("%") for _, name in index], dtype=np.int32)
    given = np.fromiter((index[key(user, want)] for user, wants in lists for want in wants), dtype=np.int32)
    taken = np.repeat(itself, [len(wants) for _, wants in lists])
    columns = [np.append(itself, taken), np.append(itself, given), np.append(keep_costs, np.zeros_like(given))]
    np.stack(columns, axis=1).tofile(arcs)
    return {"items": int(keep_costs.sum()), "wants": len(given)}


def read_lists(path):
    """The user, name and wants of each list."""
    with open(path) as lines:
        for line in lines:
            if line.startswith("("):
                head, wants = line.split(":", 1)
                yield *head.split(), wants.replace(";", " ").split()


def key(user, name):
    """A dummy is its user's own."""
    return (user if name.startswith("%") else "", name)


def solve(arcs):
    start = time.perf_counter()
    solver = SimpleLinearSumAssignment()
    keep_cost = 0
    with open(arcs, "rb") as pieces:
        while (piece := np.fromfile(pieces, dtype=np.int32, count=3 * ARCS_AT_ONCE)).size:
            left, right, cost = piece.reshape(-1, 3).T
            keep_cost += int(cost.sum())
            solver.add_arcs_with_cost(left.copy(), right.copy(), cost.astype(np.int64))
    built = time.perf_counter()
    status = solver.solve()
    solved = time.perf_counter()
    if status != solver.OPTIMAL:
        sys.exit(f"not solved: {status}")
    # Who stays pays 1; the rest of what all would have paid is the number of trades.
    traded = keep_cost - solver.optimal_cost()
    return {"traded": traded, "build_s": built - start, "solve_s": solved - built}


if __name__ == "__main__":
    print(json.dumps({"prepare": prepare, "solve": solve}[sys.argv[1]](*sys.argv[2:])))
