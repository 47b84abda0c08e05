"""Optima by others, for networks that stand one a line on standard input, as JSON; one line of JSON for each on standard output.

    {"nodes": 3, "arcs": [[tail, head, most, worth of a unit], ...]}
        the greatest worth of a circulation, by OR-Tools' SimpleMinCostFlow
    {"nodes": 3, "lines": [[from, to, limit, cost of a unit], ...], "ends": [0, 2]}
        [the most that can move from end to end, what that costs at least], by networkx
    {..., "steps": 3}
        the most that can move along paths of so many lines at most, in whole amounts, by HiGHS

Needs PyPI's ortools, networkx, and scipy (which has HiGHS); exits with status 77 if one of them is not there.
"""

import json
import sys

try:
    import networkx
    from ortools.graph.python import min_cost_flow
    from scipy.optimize import Bounds, LinearConstraint, milp
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)


def circulation(network):
    flow = min_cost_flow.SimpleMinCostFlow()
    for tail, head, most, worth in network["arcs"]:
        flow.add_arc_with_capacity_and_unit_cost(tail, head, most, -worth)
    for node in range(network["nodes"]):
        flow.set_node_supply(node, 0)
    assert flow.solve() == flow.OPTIMAL
    return -flow.optimal_cost()


def graph(network):
    lines = networkx.MultiDiGraph()
    lines.add_nodes_from(range(network["nodes"]))
    for number, (start, end, limit, cost) in enumerate(network["lines"]):
        lines.add_edge(start, end, key=number, capacity=limit, weight=cost)
    return lines


def moved(network):
    # networkx wants one arc between two nodes: each line has a node of its own in its middle.
    flow = networkx.DiGraph()
    flow.add_nodes_from(range(network["nodes"]))
    for number, (start, end, limit, cost) in enumerate(network["lines"]):
        flow.add_edge(start, ("line", number), capacity=limit, weight=cost)
        flow.add_edge(("line", number), end, capacity=limit, weight=0)
    start, end = network["ends"]
    found = networkx.max_flow_min_cost(flow, start, end)
    most = sum(found[start].values()) - sum(found[node].get(start, 0) for node in found)
    return [most, networkx.cost_of_flow(flow, found)]


def moved_within(network):
    start, end = network["ends"]
    paths = [
        [number for _, _, number in path]
        for path in networkx.all_simple_edge_paths(graph(network), start, end, cutoff=network["steps"])
    ]
    if not paths:
        return 0
    rows = [[path.count(number) for path in paths] for number in range(len(network["lines"]))]
    limits = [line[2] for line in network["lines"]]
    found = milp(
        [-1] * len(paths),
        constraints=LinearConstraint(rows, ub=limits),
        integrality=[1] * len(paths),
        bounds=Bounds(lb=0),
        options={"mip_rel_gap": 0},
    )
    assert found.status == 0, found.message
    return round(-found.fun)


for line in sys.stdin:
    network = json.loads(line)
    if "arcs" in network:
        answer = circulation(network)
    else:
        answer = moved_within(network) if "steps" in network else moved(network)
    print(json.dumps(answer))
