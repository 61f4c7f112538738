/*-------------------------------------------------------------------------
 *
 * holds.c
 *	  What the values of a type may hold.
 *
 * An error may be caught without a subtransaction only where it leaves nothing
 * to be cleaned up, as it is with the input functions of plain types and their
 * arrays, which hold nothing but memory.  Domains, enums, composites, ranges
 * and types of extensions may run anything.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "replay/values/holds.h"

static int	holds_of(Oid typid, List **rows);

/*
 * Row types whose fields have row types are looked at once each: rows are those
 * that were.  Each may have two fields of the next one.
 */
static int
row_holds(Oid typid, List **rows)
{
	int			holds = HOLDS_ROWS | HOLDS_CODE | HOLDS_USER_CODE;
	TupleDesc	desc;

	CHECK_FOR_INTERRUPTS();
	if (list_member_oid(*rows, typid))
		return holds;
	*rows = lappend_oid(*rows, typid);
	desc = lookup_rowtype_tupdesc_copy(typid, -1);
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			holds |= holds_of(TupleDescAttr(desc, i)->atttypid, rows);
	FreeTupleDesc(desc);
	return holds;
}

static int
holds_of(Oid typid, List **rows)
{
	Oid			base = getBaseType(typid);
	Oid			inner;

	/* the checks of a domain may call anything */
	if (base != typid)
		return HOLDS_ANY | HOLDS_CODE | HOLDS_USER_CODE |
			holds_of(base, rows);
	switch (typid)
	{
		case BOOLOID:
		case CHAROID:
		case NAMEOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case BYTEAOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
		case UUIDOID:
		case JSONOID:
		case JSONBOID:
		case INETOID:
		case CIDROID:
		case MACADDROID:
		case MACADDR8OID:
		case BITOID:
		case VARBITOID:
			return 0;
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return HOLDS_DATES | HOLDS_TIMES;
		case TIMEOID:
			return HOLDS_TIMES;
		case TIMETZOID:
			return HOLDS_TIMES | HOLDS_TIMETZ;
		case INTERVALOID:
			return HOLDS_INTERVALS;
		case CASHOID:
			return HOLDS_MONEY | HOLDS_CODE;
		case REGPROCOID:
		case REGPROCEDUREOID:
		case REGOPEROID:
		case REGOPERATOROID:
		case REGCLASSOID:
		case REGCOLLATIONOID:
		case REGTYPEOID:
		case REGCONFIGOID:
		case REGDICTIONARYOID:
			return HOLDS_NAMES | HOLDS_CODE;
		default:
			break;
	}
	inner = get_element_type(typid);
	if (OidIsValid(inner))
		return HOLDS_ANY | holds_of(inner, rows);
	switch (get_typtype(typid))
	{
		case TYPTYPE_ENUM:
			return HOLDS_CODE;
		case TYPTYPE_COMPOSITE:
			return row_holds(typid, rows);
		case TYPTYPE_RANGE:
			return HOLDS_ANY | HOLDS_CODE |
				holds_of(get_range_subtype(typid), rows);
		case TYPTYPE_MULTIRANGE:
			return holds_of(get_multirange_range(typid), rows);
		default:
			return HOLDS_ANY | HOLDS_CODE;
	}
}

int
holds_of_type(Oid typid)
{
	List	   *rows = NIL;
	int			holds = holds_of(typid, &rows);

	list_free(rows);
	return holds;
}
