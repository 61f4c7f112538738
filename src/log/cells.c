/*-------------------------------------------------------------------------
 *
 * cells.c
 *	  Cells straight from where their fields stand, where an empty field is all
 *	  there is to know of NULL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "log/reader_state.h"

/* Which fields the columns asked for are. */
typedef struct CellPlan
{
	bool		simple;			/* cells_read() can */
	int		   *fields;			/* ascending; two columns may name one */
	int		   *cells;			/* of each of them */
	CsvField   *picked;
} CellPlan;

/* Does more than its field decide what a cell is? */
static bool
is_simple(const LogReader *r, const int *columns, int n)
{
	const LogConfig *c = r->config;

	if (r->layout == NULL || r->kind == LAYOUT_TXN || c->no_sup_value != NULL ||
		(c->null_value != NULL && c->null_value[0] != '\0'))
		return false;
	for (int i = 0; i < n; i++)
		if (r->layout->pos[columns[i]] < 0 || c->columns[columns[i]].keep_on_null)
			return false;
	return true;
}

static CellPlan *
make_plan(LogReader *r, const int *columns, int n)
{
	MemoryContext old = MemoryContextSwitchTo(r->ctx);
	CellPlan   *p = palloc0(sizeof(CellPlan));

	p->simple = is_simple(r, columns, n);
	p->fields = palloc(sizeof(int) * Max(n, 1));
	p->cells = palloc(sizeof(int) * Max(n, 1));
	p->picked = palloc(sizeof(CsvField) * Max(n, 1));
	for (int i = 0; p->simple && i < n; i++)
	{
		int			field = r->layout->pos[columns[i]];
		int			k = i;

		for (; k > 0 && p->fields[k - 1] > field; k--)
		{
			p->fields[k] = p->fields[k - 1];
			p->cells[k] = p->cells[k - 1];
		}
		p->fields[k] = field;
		p->cells[k] = i;
	}
	MemoryContextSwitchTo(old);
	return p;
}

bool
cells_read(LogReader *r, size_t i, const int *columns, int n, Cell *cells,
			 int64 *line)
{
	CellPlan   *p = r->plan;

	if (p == NULL)
		p = r->plan = make_plan(r, columns, n);
	i += r->header_held;
	if (!p->simple || !csv_pick(r->csv, i, p->fields, n, p->picked))
		return false;
	for (int k = 0; k < n; k++)
	{
		const CsvField *f = &p->picked[k];
		Cell	   *cell = &cells[p->cells[k]];
		bool		is_value = f->quoted || f->len > 0;

		cell->data = is_value ? f->data : NULL;
		cell->len = f->len;
		cell->state = is_value ? CELL_VALUE : CELL_NULL;
	}
	*line = csv_line(r->csv, i);
	return true;
}
