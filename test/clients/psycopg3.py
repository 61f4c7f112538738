"""psycopg 3: cursors of every kind, COPY, pipelines, prepared statements."""
import psycopg
from form import AT_NOON, NOON, TABLES, show

with psycopg.connect() as conn:
    for table in TABLES:
        query = "SELECT * FROM " + table
        show("a cursor", table, conn.execute(query))
        show("a binary cursor", table, conn.execute(query, binary=True))
        for binary in False, True:
            with conn.cursor(name="c", binary=binary) as cur:
                cur.itersize = 40
                show("a cursor on the server, binary %s" % binary, table, cur.execute(query))
        with conn.cursor(name="c", scrollable=True) as cur:
            cur.execute(query)
            last = cur.fetchall()
            cur.scroll(0, "absolute")
            assert cur.fetchall() == last
        with conn.cursor() as cur:
            types = [c.type_code for c in cur.execute(query + " LIMIT 0").description]
            for how in "text", "binary":
                with cur.copy("COPY (%s) TO STDOUT (FORMAT %s)" % (query, how)) as copy:
                    copy.set_types(types)
                    show("COPY as " + how, table, copy.rows())

    # an instant, as a parameter of a statement that is prepared and gets a generic plan
    query = "SELECT * FROM hist.item WHERE as_of = %s"
    for _ in range(7):
        rows = conn.execute(query, [NOON], prepare=True).fetchall()
    show("a prepared statement", "hist.item", rows, AT_NOON)
    assert conn.execute("SELECT max(generic_plans) FROM pg_prepared_statements").fetchone()[0] > 0

    # a row's own time, as Python has it, is the instant from which it was there
    sold = conn.execute("SELECT commit_time FROM hist.item WHERE id = 1").fetchone()[0]
    assert conn.execute("SELECT price FROM hist.item WHERE as_of = %s AND id = 1", [sold]).fetchone()[0] > 99
    with conn.pipeline():
        first = conn.execute(query, [NOON])
        second = conn.execute("SELECT * FROM hist.item")
    show("a pipeline", "hist.item", first, AT_NOON)
    show("a pipeline", "hist.item", second)

    # Python's times end with the year 9999
    conn.execute("ALTER FOREIGN TABLE hist.item_history OPTIONS (ADD open_end 'infinity')")
    try:
        conn.execute("SELECT valid_to FROM hist.item_history").fetchall()
        raise AssertionError("infinity fits")
    except psycopg.DataError as error:
        assert "too large" in str(error), error
    conn.rollback()
    with conn.transaction():
        conn.execute("SELECT set_config('cdc_fdw.asof', %s, true)", [NOON])
        show("SET LOCAL", "hist.item", conn.execute("SELECT * FROM hist.item"), AT_NOON)
    show("behind SET LOCAL", "hist.item", conn.execute("SELECT * FROM hist.item"))

with psycopg.connect(options="-c cdc_fdw.asof=2024-01-02T12:00Z -c timezone=Asia/Tokyo") as conn:
    show("options", "hist.item", conn.execute("SELECT * FROM hist.item"), AT_NOON)
