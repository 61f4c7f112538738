"""The fingerprint of docs/reference.md, computed without PostgreSQL.

Reads JSON, a line each: the names of the columns, then rows as arrays of
texts and nulls in the same order.  Prints the fingerprint and the number of
rows.
"""
import json
import sys
from hashlib import sha256


def field(text):
    if text is None:
        return b"\xff\xff\xff\xff"
    data = text.encode("utf-8")
    return len(data).to_bytes(4, "big") + data


names = json.loads(sys.stdin.readline())
order = sorted(range(len(names)), key=lambda i: names[i].encode("utf-8"))
total = rows = 0
for line in sys.stdin:
    row = json.loads(line)
    digest = sha256(b"".join(field(row[i]) for i in order)).digest()
    total = (total + int.from_bytes(digest, "big")) % 2**256
    rows += 1
print(sha256(b"cdc_fdw fingerprint 1"
             + len(names).to_bytes(4, "big")
             + b"".join(field(names[i]) for i in order)
             + rows.to_bytes(8, "big")
             + total.to_bytes(32, "big")).hexdigest(), rows)
