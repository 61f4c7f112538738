"""Prints what a client read, for test/t/CdcClients.pm to compare."""
import datetime
import json

TABLES = ["hist.item", "hist.item_history", "hist.item_changes"]
NOON = "2024-01-02 12:00+00"
AT_NOON = "as_of = '" + NOON + "'"


def time(value):
    if value.tzinfo is not None:
        value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return value.isoformat(timespec="microseconds")


def form(value):
    if value is None or isinstance(value, (str, list, dict)):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.datetime):
        return time(value)
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    if hasattr(value, "upper_inc"):
        return "[" + time(value.lower) + "," + time(value.upper) + ")"
    return str(value)


def show(how, table, rows, condition=""):
    print("# " + "\t".join([how, table, condition]))
    for row in rows:
        print(json.dumps([form(value) for value in row]))
