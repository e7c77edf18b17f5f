"""Prints the summary of a demo run from the audit's JSON. Exits 1 where the audit does not hold."""
import json
import sys

with open(sys.argv[1]) as file:
    audit = json.load(file)
events_per_second = sys.argv[2]

print()
print("Usage by fate")
for fate, count in audit["fates"].items():
    print(f"  {fate:<34}{count:>12,}")
print(f"Invoices                            {audit['invoices']:>12,}")
for currency, total in audit["invoicedTotal"].items():
    print(f"Total billed, tax included          {total:>12} {currency}")
print(f"Usage events a second, raw to rated {int(events_per_second):>12,}")
print(f"Audit                               {'holds' if audit['holds'] else 'DOES NOT HOLD':>12}")
sys.exit(0 if audit["holds"] else 1)
