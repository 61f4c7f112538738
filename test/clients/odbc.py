"""psqlODBC by pyodbc: cursors, catalogue functions, settings of the connection."""
import os

import pyodbc
from form import AT_NOON, NOON, TABLES, show

SERVER = "Driver=%s;Servername=%s;Port=%s;Database=%s;UserName=%s;" % tuple(
    os.environ[name] for name in ("ODBC_DRIVER", "PGHOST", "PGPORT", "PGDATABASE", "PGUSER"))
# times arrive without their zone, as the session has them
UTC = "BoolsAsChar=0;ConnSettings=SET timezone TO UTC"


def rows(cursor):
    kinds = [column[1] for column in cursor.description]
    for row in cursor:
        yield [bool(v) if kind is bool and v is not None else v for kind, v in zip(kinds, row)]


conn = pyodbc.connect(SERVER + UTC)
paged = pyodbc.connect(SERVER + UTC + ";UseDeclareFetch=1;Fetch=40")
for table in TABLES:
    show("a cursor", table, rows(conn.execute("SELECT * FROM " + table)))
    show("a cursor on the server", table, rows(paged.execute("SELECT * FROM " + table)))
show("a parameter", "hist.item", rows(conn.execute("SELECT * FROM hist.item WHERE as_of = ?", NOON)), AT_NOON)

cur = conn.cursor()
listed = {"hist." + t.table_name: t.table_type for t in cur.tables(schema="hist", tableType="TABLE,VIEW")}
assert listed == {table: "FOREIGN TABLE" for table in TABLES}, listed
types = {c.column_name: c.type_name for c in cur.columns(schema="hist", table="item")}
assert types["price"] == "numeric" and types["as_of"] == "timestamptz", types

paged.close()  # and its locks
# what is open for ever ends with the year 9999
cur.execute("ALTER FOREIGN TABLE hist.item_history OPTIONS (ADD open_end 'infinity')")
end = cur.execute("SELECT max(valid_to) FROM hist.item_history").fetchone()[0]
assert str(end) == "9999-12-31 23:59:59", end
conn.rollback()

asof = pyodbc.connect(SERVER + UTC + "%3Bset cdc_fdw.asof to '2024-01-02T12:00Z'")
show("ConnSettings", "hist.item", rows(asof.execute("SELECT * FROM hist.item")), AT_NOON)
