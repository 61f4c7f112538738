"""psycopg2: cursors here and on the server, COPY."""
import io

import psycopg2
from form import AT_NOON, NOON, TABLES, show

conn = psycopg2.connect("")
for table in TABLES:
    query = "SELECT * FROM " + table
    with conn, conn.cursor() as cur:
        cur.execute(query)
        show("a cursor", table, cur)
    with conn, conn.cursor("c") as cur:
        cur.itersize = 40
        cur.execute(query)
        show("a cursor on the server", table, cur)
with conn, conn.cursor() as cur:
    cur.execute("SELECT * FROM hist.item WHERE as_of = %s", [NOON])
    show("a parameter", "hist.item", cur, AT_NOON)
    noon = cur.execute("SELECT %s::timestamptz", [NOON]) or cur.fetchone()[0]
    cur.execute("SELECT * FROM hist.item WHERE as_of = %s", [noon])
    show("a parameter of type datetime", "hist.item", cur, AT_NOON)
    # what is open for ever ends with the year 9999
    cur.execute("ALTER FOREIGN TABLE hist.item_history OPTIONS (ADD open_end 'infinity')")
    cur.execute("SELECT max(valid_to) FROM hist.item_history")
    assert cur.fetchone()[0].isoformat() == "9999-12-31T23:59:59.999999+00:00"
    cur.execute("ALTER FOREIGN TABLE hist.item_history OPTIONS (DROP open_end)")
    copied = io.StringIO()
    cur.copy_expert("COPY (SELECT id, price FROM hist.item) TO STDOUT (FORMAT csv)", copied)
    cur.execute("SELECT id || ',' || coalesce(price::text, '') FROM hist.item")
    assert sorted(copied.getvalue().split()) == sorted(row[0] for row in cur)
conn.close()
with psycopg2.connect("options='-c cdc_fdw.asof=2024-01-02T12:00Z'") as conn, conn.cursor() as cur:
    cur.execute("SELECT * FROM hist.item")
    show("options", "hist.item", cur, AT_NOON)
