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
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "replay/values/holds.h"

static int
row_holds(Oid typid)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(typid, -1);
	int			holds = HOLDS_ROWS | HOLDS_CODE | HOLDS_USER_CODE;

	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			holds |= holds_of_type(TupleDescAttr(desc, i)->atttypid);
	ReleaseTupleDesc(desc);
	return holds;
}

int
holds_of_type(Oid typid)
{
	Oid			base = getBaseType(typid);
	Oid			inner;

	/* the checks of a domain may call anything */
	if (base != typid)
		return HOLDS_ANY | HOLDS_CODE | HOLDS_USER_CODE |
			holds_of_type(base);
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
		return HOLDS_ANY | holds_of_type(inner);
	switch (get_typtype(typid))
	{
		case TYPTYPE_ENUM:
			return HOLDS_CODE;
		case TYPTYPE_COMPOSITE:
			return row_holds(typid);
		case TYPTYPE_RANGE:
			return HOLDS_ANY | HOLDS_CODE |
				holds_of_type(get_range_subtype(typid));
		case TYPTYPE_MULTIRANGE:
			return holds_of_type(get_multirange_range(typid));
		default:
			return HOLDS_ANY | HOLDS_CODE;
	}
}
