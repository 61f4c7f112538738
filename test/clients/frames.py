"""pandas: whole frames and frames in pieces, and their types."""
import pandas
import sqlalchemy as sa
from form import AT_NOON, NOON, TABLES, show


def rows(frame):
    # what pandas has for NULL, as None
    for row in frame.itertuples(index=False, name=None):
        yield [None if not isinstance(v, (list, dict)) and pandas.isna(v)
               else v.to_pydatetime() if isinstance(v, pandas.Timestamp) else v for v in row]


with sa.create_engine("postgresql+psycopg2://").connect() as conn:
    for table in TABLES:
        # numbers stay exact, and integers that can be NULL stay integers
        frame = pandas.read_sql("SELECT * FROM " + table, conn, coerce_float=False)
        show("a frame", table, rows(frame))
        streamed = conn.execution_options(stream_results=True, max_row_buffer=40)
        pieces = list(pandas.read_sql("SELECT * FROM " + table, streamed, coerce_float=False, chunksize=40))
        assert len(pieces) == -(-len(frame) // 40), len(pieces)
        show("frames in pieces", table, (row for piece in pieces for row in rows(piece)))
    noon = pandas.Timestamp(NOON)
    frame = pandas.read_sql(sa.text("SELECT * FROM hist.item WHERE as_of = :noon"), conn,
                            params={"noon": noon.to_pydatetime()}, coerce_float=False)
    show("a parameter", "hist.item", rows(frame), AT_NOON)

    # times of pandas end in the year 2262: with an earlier open_end a column of times is one
    types = {}
    for open_end in "9999-12-31", "2262-01-01":
        conn.execute(sa.text("ALTER FOREIGN TABLE hist.item_history OPTIONS (ADD open_end '%s')" % open_end))
        types[open_end] = str(pandas.read_sql("SELECT * FROM hist.item_history", conn)["valid_to"].dtype)
        conn.execute(sa.text("ALTER FOREIGN TABLE hist.item_history OPTIONS (DROP open_end)"))
    assert types == {"9999-12-31": "object", "2262-01-01": "datetime64[ns, UTC]"}, types
