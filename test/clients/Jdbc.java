import java.sql.*;
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.util.*;

/** JDBC: pages of a cursor, prepared statements, metadata, options of the connection. */
public class Jdbc {
	static final String[] TABLES = { "hist.item", "hist.item_history", "hist.item_changes" };
	static final String AT_NOON = "as_of = '2024-01-02 12:00+00'";
	static final OffsetDateTime NOON = OffsetDateTime.parse("2024-01-02T12:00Z");
	static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS");

	static String form(ResultSet rows, int i) throws SQLException {
		switch (rows.getMetaData().getColumnTypeName(i)) {
			case "timestamptz":
				OffsetDateTime time = rows.getObject(i, OffsetDateTime.class);
				return time == null ? null : TIME.format(time.withOffsetSameInstant(ZoneOffset.UTC));
			case "timestamp":
				LocalDateTime local = rows.getObject(i, LocalDateTime.class);
				return local == null ? null : TIME.format(local);
			case "date":
				LocalDate date = rows.getObject(i, LocalDate.class);
				return date == null ? null : date.toString();
			case "bytea":
				byte[] bytes = rows.getBytes(i);
				return bytes == null ? null : HexFormat.of().formatHex(bytes);
			case "_int4":
			case "_text":
				// the driver writes one that came in binary form otherwise
				Array array = rows.getArray(i);
				if (array == null)
					return null;
				StringJoiner values = new StringJoiner(",", "{", "}");
				for (Object value : (Object[]) array.getArray())
					values.add(value == null ? "NULL" : value.toString());
				return values.toString();
			default:
				Object value = rows.getObject(i);
				return value == null ? null : value.toString();
		}
	}

	static String quote(String text) {
		return text == null ? "null" : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
	}

	static void show(String how, String table, ResultSet rows, String condition) throws SQLException {
		StringBuilder out = new StringBuilder("# " + how + "\t" + table + "\t" + condition + "\n");
		while (rows.next()) {
			List<String> values = new ArrayList<>();
			for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++)
				values.add(quote(form(rows, i)));
			out.append("[" + String.join(",", values) + "]\n");
		}
		System.out.print(out);
	}

	static List<String> tables(DatabaseMetaData meta, String schema, String... types) throws SQLException {
		List<String> found = new ArrayList<>();
		ResultSet rows = meta.getTables(null, schema, "%", types.length == 0 ? null : types);
		while (rows.next())
			found.add((rows.getString("TABLE_NAME") + " " + rows.getString("TABLE_TYPE") + " "
				+ Objects.toString(rows.getString("REMARKS"), "")).trim());
		return found;
	}

	static void check(boolean good, Object what) {
		if (!good)
			throw new AssertionError(what);
	}

	public static void main(String[] args) throws Exception {
		TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
		try (Connection conn = DriverManager.getConnection(args[0])) {
			conn.setAutoCommit(false); // without it the whole result is fetched at once
			for (String table : TABLES) {
				Statement all = conn.createStatement();
				show("a query", table, all.executeQuery("SELECT * FROM " + table), "");
				all.setFetchSize(40);
				show("pages", table, all.executeQuery("SELECT * FROM " + table), "");
			}
			// from its fifth run on it is prepared on the server, and binary
			PreparedStatement at = conn.prepareStatement("SELECT * FROM hist.item WHERE as_of = ?");
			for (int i = 0; i < 12; i++) {
				at.setObject(1, NOON);
				ResultSet rows = at.executeQuery();
				if (i == 11)
					show("a prepared statement", "hist.item", rows, AT_NOON);
			}
			check(at.unwrap(org.postgresql.PGStatement.class).isUseServerPrepare(), "not prepared on the server");

			// what is open for ever has a value of its own
			Statement open = conn.createStatement();
			open.execute("ALTER FOREIGN TABLE hist.item_history OPTIONS (ADD open_end 'infinity')");
			ResultSet end = open.executeQuery("SELECT max(valid_to) FROM hist.item_history");
			check(end.next() && end.getObject(1, OffsetDateTime.class).equals(OffsetDateTime.MAX), "the end");
			conn.rollback();

			DatabaseMetaData meta = conn.getMetaData();
			List<String> all = List.of("item FOREIGN TABLE what is sold", "item_changes FOREIGN TABLE what is sold",
				"item_history FOREIGN TABLE what is sold");
			check(tables(meta, "hist").equals(all), tables(meta, "hist"));
			check(tables(meta, "hist", "FOREIGN TABLE").equals(all), tables(meta, "hist", "FOREIGN TABLE"));
			// what tools ask for that do not know of foreign tables
			check(tables(meta, "hist", "TABLE", "VIEW").isEmpty(), tables(meta, "hist", "TABLE", "VIEW"));
			// so these have views
			List<String> views = List.of("item VIEW what is sold", "item_changes VIEW what is sold", "item_history VIEW what is sold");
			check(tables(meta, "bi", "TABLE", "VIEW").equals(views), tables(meta, "bi", "TABLE", "VIEW"));
			ResultSet shown = meta.getColumns(null, "bi", "item", "price");
			check(shown.next() && "without tax".equals(shown.getString("REMARKS")), "the comment of a column");
			PreparedStatement view = conn.prepareStatement("SELECT * FROM bi.item WHERE as_of = ?");
			view.setObject(1, NOON);
			show("a view", "hist.item", view.executeQuery(), AT_NOON);
			check(!meta.getPrimaryKeys(null, "hist", "item").next(), "a key");
			ResultSet columns = meta.getColumns(null, "hist", "item", "price");
			check(columns.next() && columns.getString("TYPE_NAME").equals("numeric")
				&& columns.getInt("COLUMN_SIZE") == 12 && columns.getInt("DECIMAL_DIGITS") == 2, "the columns");
		}
		String options = "&options=-c%20cdc_fdw.asof=2024-01-02T12:00Z";
		try (Connection conn = DriverManager.getConnection(args[0] + options)) {
			show("options", "hist.item", conn.createStatement().executeQuery("SELECT * FROM hist.item"), AT_NOON);
		}
	}
}
