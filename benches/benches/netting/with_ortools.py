"""OR-Tools' SimpleMinCostFlow on obligations in CSV: prints the most that can be cleared, and how many seconds that took, once for every line on standard input.

Building the graph counts, reading the file does not. Needs PyPI's ortools and numpy; exits with status 77 if one of them is not there.
"""

import sys
import time

try:
    import numpy
    from ortools.graph.python import min_cost_flow
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)

rows = numpy.loadtxt(sys.argv[1], delimiter=",", skiprows=1, dtype=numpy.int64, ndmin=2)
firms = numpy.arange(rows[:, :2].max() + 1)
for _ in sys.stdin:
    started = time.perf_counter()
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(rows[:, 0], rows[:, 1], rows[:, 2], numpy.full(len(rows), -1))
    flow.set_nodes_supplies(firms, numpy.zeros_like(firms))
    assert flow.solve() == flow.OPTIMAL
    print(-flow.optimal_cost(), time.perf_counter() - started, flush=True)
