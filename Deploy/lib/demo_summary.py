"""Prints the summary of a demo run from the audit's JSON. Exits 1 where the audit does not hold."""
import json
import sys
from decimal import Decimal


def plain(amount):
    """At least two decimals, all that there are: 1309772.7 is 1309772.70."""
    number = Decimal(amount)
    return str(number.quantize(Decimal("0.01")) if number.as_tuple().exponent > -2 else number)


with open(sys.argv[1]) as file:
    audit = json.load(file)
usage = audit["usage"]

print()
print("Usage by fate")
for fate in ("received", "rated", "duplicate", "rejected", "suspended", "recycled"):
    print(f"  {fate:<34}{usage[fate]:>12,}")
for entry in audit["suspended"]:
    print(f"    {entry['reason']:<32}{entry['open']:>12,} open")
print(f"Invoices                            {audit['invoices']:>12,}")
for sums in audit["sums"]:
    print(f"Total billed, tax included          {plain(sums['invoicedTotal']):>12} {sums['currency']}")
print(f"Usage events a second, raw to rated {int(sys.argv[2]):>12,}")
print(f"Audit                               {'holds' if audit['holds'] else 'DOES NOT HOLD':>12}")
sys.exit(0 if audit["holds"] else 1)
