"""Compares an auction's outcome with the convex program of exchange markets (Devanur, Garg and Vegh, "A rational convex program for
linear Arrow-Debreu markets", 2016), solved by Clarabel: python3 convex.py OFFERS.csv OUT.json. Needs cvxpy and clarabel; exits with status 77 if
one of them is not there. The last line is for programs: the status, the optimum, by which share the outcome's volume differs from the program's, and the
prices.

Units are scaled by the outcome's prices, so that a right outcome is one at which the program's prices are all equal and its
optimum, which is 0, is reached. Where no offer stands between two rates the program may choose any in between."""

import csv
import json
import sys
import time

try:
    import clarabel  # noqa: F401
    import cvxpy
    import numpy
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)

offers = list(csv.DictReader(open(sys.argv[1])))
outcome = json.load(open(sys.argv[2]))
price = {row["asset"]: row["price"] * 10.0 ** row["decimals"] for row in outcome["prices"]}
number = {asset: index for index, asset in enumerate(price)}
sells = numpy.array([number[row["sells"]] for row in offers])
buys = numpy.array([number[row["buys"]] for row in offers])
offered = numpy.array([float(row["amount"]) * price[row["sells"]] for row in offers])
limit = numpy.array([float(row["at_least"]) * price[row["buys"]] for row in offers]) / offered
total = offered.sum()
offered = offered / total * len(offers)

p = cvxpy.Variable(len(price))
inverse_gain = cvxpy.Variable(len(offers))
kept = cvxpy.Variable(len(offers), nonneg=True)
spent = cvxpy.Variable(len(offers), nonneg=True)
worth = cvxpy.multiply(offered, p[sells])
constraints = [p >= 1, kept + spent == worth, cvxpy.multiply(limit, inverse_gain) <= p[sells], inverse_gain <= p[buys]]
for asset in range(len(price)):
    income = cvxpy.sum(kept[sells == asset]) + cvxpy.sum(spent[buys == asset])
    constraints.append(income == p[asset] * offered[sells == asset].sum())
entropy = cvxpy.sum(cvxpy.multiply(offered, cvxpy.rel_entr(p[sells], inverse_gain)))
problem = cvxpy.Problem(cvxpy.Minimize(entropy - kept @ numpy.log(limit)), constraints)
started = time.time()
problem.solve(solver=cvxpy.CLARABEL)
taken = time.time() - started

decimals = {row["asset"]: row["decimals"] for row in outcome["prices"]}
sold = sum(row["sold"] * 10.0 ** -decimals[row["sells"]] * price[row["sells"]] for row in outcome["fills"])
found = spent.value.sum() / p.value.mean()
stated = sold / total * len(offers)
print(f"{problem.status} in {taken:.2f} s, optimum {problem.value:.1e}")
print(f"volume {stated:.6f}, of the program {found:.6f}: {stated / found - 1:+.1e}")
print(f"prices differ by at most {p.value.max() / p.value.min() - 1:.1e}")
told = {"status": problem.status, "optimum": problem.value, "volume": stated / found - 1, "prices": p.value.max() / p.value.min() - 1}
print(json.dumps(told))
