"""Logs named by the clocks of time zones, and what must be read from them.

usage: zones.py FOLDER YEAR[-YEAR] ZONE...

Files around each change of the zones' clocks in those years, named by the clock,
with commit times and without; and for every zone one file a month.  Prints SQL
that makes the tables and fills expected(n, zone, what, at, result).  UTC times
are found by trying every offset, with Python's zoneinfo.
"""
import os
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

UTC = timezone.utc
QUARTER = timedelta(minutes=15)
HOURS = [-25, -23.5, -12, -1, -0.5, 0, 0.25, 0.5, 0.75, 1, 1.5, 2.5, 12, 24.5]


def readings(wall, zone):
    """The UTC instants at which the zone's clock shows wall."""
    offsets = (QUARTER * i for i in range(-64, 65))
    at = (wall.replace(tzinfo=UTC) - o for o in offsets)
    return sorted(t for t in at if t.astimezone(zone).replace(tzinfo=None) == wall)


def changes(zone, first, last):
    """The instants at which the zone's offset changes."""
    def offset(t):
        return t.astimezone(zone).utcoffset()

    t = datetime(first, 1, 1, tzinfo=UTC)
    while t.year <= last:
        day = t + timedelta(days=1)
        while offset(t) != offset(day):
            t += QUARTER
            if offset(t) != offset(t - QUARTER):
                yield t
        t = day


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


def literal(t):
    return t.strftime("%Y-%m-%d %H:%M:%S.%f+00")


def counted(files, t):
    """Rows at t on the file clock; NULL where it is an error."""
    if any(lo <= t < hi for _, lo, hi in files):
        return "NULL"
    return str(sum(lo <= t for _, lo, _ in files))


def named(wall):
    return wall.strftime("%Y%m%d-%H%M%S") + "%03d" % (wall.microsecond // 1000)


def log_of(folder, n, name, boundary):
    zone = ZoneInfo(name)
    before = (boundary - QUARTER).astimezone(zone).replace(tzinfo=None) + QUARTER
    walls = {before + timedelta(hours=h) for h in HOURS}
    walls |= {w - timedelta(milliseconds=1) for w in walls}
    files = []
    gap = None
    for wall in sorted(walls):
        found = readings(wall, zone)
        if not found:
            gap = wall
            continue
        files.append((wall, found[0], found[-1]))
    expected = []
    commits = []
    for i, (wall, lo, hi) in enumerate(files):
        # around midnight a folder's date may be that of the next day
        day = wall + timedelta(hours=2 if i % 2 else 0)
        key = day.strftime("%Y/%m/%d/") + named(wall) + ".csv"
        at = (hi if i % 3 else lo) - timedelta(seconds=30)
        commits.append(at)
        write(f"{folder}/f/{n}/{key}", f"I,{i},{named(wall)}\n")
        write(f"{folder}/c/{n}/{key}", f"I,{literal(at)[:-3]},{i},{named(wall)}\n")
        expected.append(("name", literal(lo), f"'{named(wall)}'"))
        if i % 3 and lo == hi:
            continue
        for t in (lo, hi, lo + timedelta(minutes=7), lo - timedelta(microseconds=1)):
            expected.append(("file clock", literal(t), counted(files, t)))
            since = counted(files, t - timedelta(microseconds=1))
            expected.append(("from", literal(t), since if since == "NULL" else str(len(files) - int(since))))
    for t in commits[::4]:
        expected.append(("commit clock", literal(t), str(sum(c <= t for c in commits))))
        expected.append(("commits from", literal(t), str(sum(c >= t for c in commits))))
    columns = "id int{}, v text, at timestamptz OPTIONS (role 'asof')"
    options = f"""OPTIONS (date_partition_timezone '{name}', date_partition_enabled 'true',
  before_base 'empty', prefix '{{}}/{n}'{{}})"""
    key = " OPTIONS (key 'true')"
    print(f"CREATE FOREIGN TABLE f{n} ({columns.format(key)}) SERVER log {options.format('f', '')};")
    print(f"CREATE FOREIGN TABLE n{n} ({columns.format('')}, named timestamptz OPTIONS (role 'file_time'))"
          f" SERVER log {options.format('f', ', mode $$changes$$').replace('$$', chr(39))};")
    print(f"CREATE FOREIGN TABLE c{n} ({columns.format(key)}) SERVER log "
          f"{options.format('c', ', timestamp_column_name $$ts$$').replace('$$', chr(39))};")
    print(f"CREATE FOREIGN TABLE m{n} ({columns.format('')}, committed timestamptz OPTIONS (role 'commit_time')) SERVER log "
          f"{options.format('c', ', mode $$changes$$, timestamp_column_name $$ts$$').replace('$$', chr(39))};")
    print("INSERT INTO expected VALUES")
    print(",\n".join(f"({n}, '{name}', '{what}', '{at}', {result})"
                     for what, at, result in sorted(set(expected))) + ";")
    if gap is not None:
        key = gap.strftime("%Y/%m/%d/") + named(gap) + ".csv"
        write(f"{folder}/g/{n}/{key}", "I,1,gap\n")
        print(f"CREATE FOREIGN TABLE g{n} ({columns.format('')}) SERVER log {options.format('g', '')};")
        print(f"INSERT INTO expected VALUES ({n}, '{name}', 'gap', '{literal(boundary)}', NULL);")


def months_of(folder, n, name, year):
    """What files named at noon of each first of the month are in UTC."""
    expected = []
    for month in range(1, 13):
        wall = datetime(year, month, 1, 12)
        write(f"{folder}/z/{wall.strftime('%Y/%m/%d')}/{named(wall)}.csv", f"I,{month},{named(wall)}\n")
        expected += [f"({n}, '{name}', 'name', '{literal(t)}', '{named(wall)}')" for t in readings(wall, ZoneInfo(name))]
    print(f"CREATE FOREIGN TABLE n{n} (id int, v text, named timestamptz OPTIONS (role 'file_time')) SERVER log "
          f"OPTIONS (date_partition_timezone '{name}', date_partition_enabled 'true', prefix 'z', mode 'changes');")
    print("INSERT INTO expected VALUES\n" + ",\n".join(expected) + ";")


folder, years, *zones = sys.argv[1:]
first, last = (int(y) for y in (years.split("-") * 2)[:2])
n = 0
seen = set()
for name in zones:
    n += 1
    months_of(folder, n, name, last)
    for boundary in changes(ZoneInfo(name), first, last):
        key = (boundary, (boundary - QUARTER).astimezone(ZoneInfo(name)).utcoffset(),
               boundary.astimezone(ZoneInfo(name)).utcoffset())
        # many zones share a clock: one of them is enough
        if key not in seen:
            seen.add(key)
            n += 1
            log_of(folder, n, name, boundary)
