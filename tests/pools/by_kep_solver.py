"""Pools in the UK's JSON cleared by kep_solver, whose integer program has a column for every ring and chain.

Usage: by_kep_solver.py MAX_RING MAX_CHAIN POOL.json...   The last line is a list, one entry a file: the most transplants, and the greatest sum of
scores, which are whole numbers. Exit status 77 when PyPI's `kep_solver` is not there.

Its conventions are others than Bartizan's. Its cap on chains counts donors, the altruist among them, so one more than MAX_CHAIN, which counts the
pairs reached. It counts the last donation of each chain as a transplant, and lets an altruist without a chain give that alone: so each altruist adds one
whatever is chosen, which is taken off here. It has no objective of scores alone (the UK's adds points for ages), so that one is stated here.
"""

import json
import sys

try:
    from kep_solver.fileio import read_json
    from kep_solver.model import CycleAndChainModel, Objective, Sense, TransplantCount
except ImportError:
    sys.exit(77)


class Scores(Objective):
    """The sum of scores; a last donation has none."""

    def __init__(self):
        pass

    def value(self, graph, exchange):
        return sum(edge.getProperty("weight") for edge in graph.exchangeEdges(exchange))

    def describe(self):
        return "Sum of scores"

    @property
    def sense(self):
        return Sense.MAX


def best(path, objective, max_ring, max_chain):
    model = CycleAndChainModel(
        read_json(path), [objective], maxCycleLength=max_ring, maxChainLength=max_chain + 1
    )
    exchanges, _, _ = model.solve()
    return sum(objective.value(model.graph, exchange) for exchange in exchanges)


def both(path, max_ring, max_chain):
    altruists = sum(donor.NDD for donor in read_json(path).allDonors())
    transplants = best(path, TransplantCount(), max_ring, max_chain) - altruists
    return [round(transplants), round(best(path, Scores(), max_ring, max_chain))]


ring, chain = map(int, sys.argv[1:3])
print(json.dumps([both(path, ring, chain) for path in sys.argv[3:]]))
