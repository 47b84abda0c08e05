"""A round of bundles by HiGHS's own MIP: the most of the first objective, stated anew from the JSON round.

Usage: highs.py ROUND.json...   The last line is a list of numbers, one a file. Exit status 77 when PyPI's `highspy` is not there.
"""

import json
import sys

try:
    import highspy
except ImportError:
    sys.exit(77)


def terms(entries):
    """Each term as (count, [(item, most, cost or None)])."""
    for entry in entries:
        if isinstance(entry, str):
            yield 1, [(entry, 1, None)]
        elif "item" in entry:
            yield entry.get("units", 1), [(entry["item"], entry.get("units", 1), entry.get("cost"))]
        else:
            of = [{"item": one} if isinstance(one, str) else one for one in entry["of"]]
            yield entry["any"], [(one["item"], one.get("units", entry["any"]), one.get("cost")) for one in of]


def best(document):
    users = {user["name"]: user for user in document.get("users", [])}
    items = {item["name"]: item for item in document["items"]}
    refused = {frozenset((name, other)) for name, user in users.items() for other in user.get("refuses", [])}
    exchanges = list(document.get("exchanges", []))
    for item in document["items"]:
        if item.get("wants"):
            exchanges.append({
                "name": item["name"], "user": item["user"], "gives": [item["name"]], "most": item.get("units", 1),
                "wants": [{"any": 1, "of": item["wants"]}],
            })

    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("mip_rel_gap", 0.0)
    model.setOptionValue("mip_abs_gap", 0.5)
    integer = highspy.HighsVarType.kInteger

    def column(most):
        return model.addVariable(lb=0, ub=most, type=integer)

    given = {name: [] for name in items}
    received = {name: [] for name in items}
    of_user = {name: {"given": [], "received": [], "touched": [], "times": [], "least": [], "most": []} for name in
               list(users) + [item["user"] for item in items.values()] + [own["user"] for own in exchanges]}
    times, cost = {}, []
    for own in exchanges:
        often = column(own.get("most", 1))
        times[own["name"]] = often
        user = of_user[own["user"]]
        user["times"].append(often)
        cost.append((own.get("cost", 0), often))
        pays = own.get("pays", {"least": 0, "most": 0})
        user["least"].append((pays["least"], often))
        user["most"].append((pays["most"], often))
        for field, moved, default in (("gives", given, 0), ("wants", received, 1)):
            for count, choices in terms(own.get(field, [])):
                units = []
                for item, most, own_cost in choices:
                    if field == "wants" and frozenset((own["user"], items[item]["user"])) in refused:
                        continue
                    amount = column(10**6)
                    model.addConstr(amount <= most * often)
                    units.append(amount)
                    moved[item].append(amount)
                    user["given" if field == "gives" else "received"].append(amount)
                    user["touched"].append((item, amount))
                    cost.append((default if own_cost is None else own_cost, amount))
                if units:
                    model.addConstr(sum(units) == count * often)
                else:
                    model.addConstr(often <= 0)

    def total(columns):
        return sum(columns) if columns else None

    for name, item in items.items():
        out, into = total(given[name]), total(received[name])
        if out is not None:
            model.addConstr(out <= item.get("units", 1))
        if out is not None and into is not None:
            model.addConstr(out - into == 0)
        elif (one := out if out is not None else into) is not None:
            model.addConstr(one <= 0)
    for name, user in users.items():
        for field, which in (("gives_most", "given"), ("receives_most", "received")):
            columns = total(of_user[name][which])
            if field in user and columns is not None:
                model.addConstr(columns <= user[field])
    for limit in document.get("limits", []):
        if "exchanges" in limit:
            columns = [times[name] for name in limit["exchanges"]]
        else:
            columns = [amount for item, amount in of_user[limit["user"]]["touched"] if item in limit["items"]]
        if columns:
            model.addConstr(sum(columns) <= limit["most"])
    # What everybody pays is a column of its own here, unlike in the program that is judged.
    paid = []
    for name, user in of_user.items():
        if any(amount for amount, _ in user["least"] + user["most"]):
            pays = model.addVariable(lb=-1e12, ub=min(1e12, users.get(name, {}).get("limit", 1e12)))
            model.addConstr(pays - sum(amount * often for amount, often in user["least"]) >= 0)
            model.addConstr(pays - sum(amount * often for amount, often in user["most"]) <= 0)
            paid.append(pays)
    if paid:
        model.addConstr(sum(paid) == 0)

    goal = document.get("objectives", ["items"])[0]
    if goal == "items":
        columns = [amount for moved in received.values() for amount in moved]
    elif goal == "users":
        columns = []
        for user in of_user.values():
            if user["times"]:
                trades = column(1)
                model.addConstr(trades - sum(user["times"]) <= 0)
                columns.append(trades)
    elif goal == "cost":
        columns = [-amount * own for amount, own in cost if amount]
    else:
        columns = of_user[goal["favor"]]["given"]
    if columns:
        model.maximize(sum(columns))
        assert model.getModelStatus() == highspy.HighsModelStatus.kOptimal, model.getModelStatus()
        value = round(model.getInfo().objective_function_value)
    else:
        value = 0
    return -value if goal == "cost" else value


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


print(json.dumps([best(read(path)) for path in sys.argv[1:]]))
