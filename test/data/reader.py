import psycopg
from psycopg import sql
from psycopg.rows import dict_row

def table(connection, name, as_of):
    """The rows of a table as of an instant, as dictionaries, a thousand at a time."""
    query = sql.SQL("SELECT * FROM {} WHERE as_of = %s").format(sql.Identifier(*name.split(".")))
    with psycopg.connect(connection, row_factory=dict_row) as conn:
        with conn.cursor(name="rows") as cur:
            cur.itersize = 1000
            yield from cur.execute(query, [as_of])
