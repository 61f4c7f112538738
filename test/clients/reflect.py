"""SQLAlchemy: reflection, bound parameters, streamed results."""
import sqlalchemy as sa
import sqlalchemy.orm
from form import AT_NOON, NOON, TABLES, show

engine = sa.create_engine("postgresql+psycopg2://")
look = sa.inspect(engine)
# foreign tables are listed on their own, and have no keys
assert look.get_table_names("hist") == [], look.get_table_names("hist")
assert sorted("hist." + name for name in look.get_foreign_table_names("hist")) == sorted(TABLES)
assert look.get_pk_constraint("item", "hist")["constrained_columns"] == []
# the views beside them are listed, with their comments
assert sorted("hist." + name for name in look.get_view_names("bi")) == sorted(TABLES)
assert look.get_table_comment("item", "bi") == {"text": "what is sold"}, look.get_table_comment("item", "bi")
assert {c["name"]: c["comment"] for c in look.get_columns("item", "bi")}["price"] == "without tax"
with engine.connect() as conn:
    shown = sa.Table("item", sa.MetaData(), schema="bi", autoload_with=engine)
    show("a view", "hist.item", conn.execute(sa.select(shown).where(shown.c.as_of == NOON)), AT_NOON)
    for table in TABLES:
        reflected = sa.Table(table[5:], sa.MetaData(), schema="hist", autoload_with=engine)
        show("reflected", table, conn.execute(sa.select(reflected)))
        streamed = conn.execution_options(stream_results=True, max_row_buffer=40)
        show("streamed", table, streamed.execute(sa.select(reflected)))

# what maps rows to objects is told the key
item = sa.Table("item", sa.MetaData(), sa.Column("id", sa.BigInteger, primary_key=True),
                schema="hist", autoload_with=engine)
assert isinstance(item.c.price.type, sa.Numeric) and item.c.price.type.scale == 2
assert item.c.as_of.type.timezone


class Item:
    pass


sa.orm.registry().map_imperatively(Item, item)
with sa.orm.Session(engine) as session:
    at_noon = sa.select(Item).where(item.c.as_of == NOON)
    dear = session.execute(at_noon.where(Item.id == 1)).scalar_one()
    assert str(dear.price) == "99.99" and dear.as_of.day == 2, dear.price
    show("mapped", "hist.item", [[getattr(i, c.name) for c in item.c]
                                 for i in session.execute(at_noon).scalars()], AT_NOON)

    # one row is one object of the session, whatever the instant
    before = sa.select(Item).where(item.c.as_of == "2024-01-01 12:00+00", Item.id == 1)
    assert str(session.execute(before).scalar_one().price) == "99.99"
with sa.orm.Session(engine) as session:
    assert str(session.execute(before).scalar_one().price) == "1.50"

engine = sa.create_engine("postgresql+psycopg2://",
                          connect_args={"options": "-c cdc_fdw.asof=2024-01-02T12:00Z"})
with engine.connect() as conn:
    show("options", "hist.item", conn.execute(sa.text("SELECT * FROM hist.item")), AT_NOON)
