/*-------------------------------------------------------------------------
 *
 * nested.h
 *	  The text of maps, rows and arrays, as several systems print them, to
 *	  JSON text.  Pure C.
 *
 * Text comes in an encoding whose quotes, commas and brackets are ASCII, with
 * any other bytes between them; those bytes come out as they were.  A
 * conversion takes time in proportion to the text (and to log n for the keys
 * of a map, and to the depth of a declared type), nests no deeper than
 * NESTED_MAX_DEPTH, and keeps nothing of the text.  On its way it calls
 * NestedPause, so that a long one can be given up.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_REPLAY_NESTED_H
#define CDC_REPLAY_NESTED_H

#include <stdbool.h>
#include <stddef.h>

/* Of maps and lists in Hive text, and of types in a list of fields. */
#define NESTED_MAX_DEPTH	100
/* Of the JSON text: what PostgreSQL takes as one value. */
#ifndef NESTED_MAX_OUTPUT
#define NESTED_MAX_OUTPUT	((size_t) 0x3fffffff - 1)
#endif
/* Of a row: what PostgreSQL lets a row type have. */
#define NESTED_MAX_FIELDS	1600

/* What the text of a column is written in; names as the option has them. */
typedef enum NestedEncoding
{
	NESTED_NONE = -1,			/* not said, not known */
	NESTED_JSON,				/* json: JSON text */
	NESTED_HSTORE,				/* hstore: "a"=>"1", "b"=>NULL */
	NESTED_ROW,					/* row: (1,"a b",) with declared fields */
	NESTED_ARRAY,				/* array: {1,2,NULL} */
	NESTED_HIVE,				/* hive: {a=1, b=[x, y]} */
	NESTED_HIVE_LAX				/* hive_lax: the same, else one string */
} NestedEncoding;

/* Its name in option "encoding"; NULL for NESTED_NONE. */
extern const char *nested_name(NestedEncoding encoding);

typedef enum NestedResult
{
	NESTED_OK,
	NESTED_CUT,					/* the text ends before its value does */
	NESTED_BAD,					/* it is not what it should be */
	NESTED_AMBIGUOUS,			/* it has more than one reading */
	NESTED_TOO_DEEP,
	NESTED_TOO_LONG,			/* the JSON text would be */
	NESTED_NO_MEMORY			/* resize gave none */
} NestedResult;

/*
 * realloc() with an argument of the caller's: old may be NULL, size 0 frees.
 * It may give NULL, or not return at all: everything that is held hangs on
 * the NestedWork and the NestedTypes.
 */
typedef void *(*NestedResize) (void *arg, void *old, size_t size);

/*
 * Called some thousand times a second, with the argument of the resize.  It
 * may not return, like that one.
 */
typedef void (*NestedPause) (void *arg);

typedef struct NestedBuf
{
	char	   *data;
	size_t		len;
	size_t		size;
} NestedBuf;

/* What a conversion works with, to be used again for the next one. */
typedef struct NestedWork
{
	NestedResize resize;
	NestedPause pause;			/* NULL: none */
	void	   *arg;
	NestedBuf	out;			/* the JSON text; a zero byte follows */
	NestedBuf	keys;			/* keys of the maps that are open */
	NestedBuf	sorted;			/* space for sorting them */
	NestedBuf	word;			/* a key or value without its quotes */
	size_t		items;			/* pairs and elements read, in all */
	/* after anything but NESTED_OK: */
	size_t		at;				/* where, as an offset in the text */
	const char *message;		/* what is wrong there; a constant */
} NestedWork;

/* Without a pause, which may be set then. */
extern void nested_init(NestedWork *w, NestedResize resize, void *arg);
/* Free the buffers; w may be used again. */
extern void nested_free(NestedWork *w);

/* ---- types of rows and arrays ---- */

typedef enum NestedKind
{
	NESTED_STRING,				/* its text becomes a JSON string */
	NESTED_LEAF,				/* NestedLeaf makes JSON of its text */
	NESTED_LIST,				/* PostgreSQL's array literal */
	NESTED_RECORD				/* PostgreSQL's row literal */
} NestedKind;

typedef struct NestedType
{
	NestedKind	kind;
	char	   *name;			/* the type's name as it was written; NULL for
								 * lists and records */
	void	   *leaf;			/* of a NESTED_LEAF: the caller's */
	char		delimiter;		/* of a NESTED_LIST, between elements */
	struct NestedType *element; /* of a NESTED_LIST */
	int			nfields;		/* of a NESTED_RECORD */
	struct NestedField *fields;
	NestedBuf	value;			/* its text, without quotes, while it is
								 * being converted */
} NestedType;

typedef struct NestedField
{
	char	   *name;
	size_t		name_len;
	NestedType *type;
} NestedField;

/*
 * The text of a NESTED_LEAF, a zero byte behind it, to JSON text that it adds
 * to w->out by nested_put.
 */
typedef NestedResult (*NestedLeaf) (void *leaf, NestedWork *w,
									const char *text, size_t len);

/* Add len bytes of JSON text to w->out. */
extern NestedResult nested_put(NestedWork *w, const char *text, size_t len);

/*
 * Read a list of fields, 'lat float8, pos (x int, y int)[]', to a
 * NESTED_RECORD; or one type, 'float8', 'text[]', '(x int, y int)'.  Names
 * stand as they are written; one in double quotes may hold anything.  Named
 * types are all of kind NESTED_LEAF.  *type is freed by nested_type_free,
 * also after a failure.
 */
extern NestedResult nested_read_fields(NestedWork *w, const char *text,
									   size_t len, NestedType **type);
extern NestedResult nested_read_type(NestedWork *w, const char *text,
									 size_t len, NestedType **type);
extern void nested_type_free(NestedWork *w, NestedType *type);

/* ---- conversions: each leaves its JSON text in w->out ---- */

extern NestedResult nested_hstore(NestedWork *w, const char *text, size_t len);
/* True if the text of an hstore ends inside of the word NULL. */
extern bool nested_hstore_is_cut(const char *text, size_t len);
/* type is a NESTED_RECORD. */
extern NestedResult nested_row(NestedWork *w, NestedType *type,
							   NestedLeaf leaf, const char *text, size_t len);
/* type is a NESTED_LIST. */
extern NestedResult nested_array(NestedWork *w, NestedType *type,
								 NestedLeaf leaf, const char *text,
								 size_t len);
/*
 * Java's display of maps, rows and lists, which quotes nothing.  It is read
 * if every { } [ ] = and comma can be structure: a separator, a pair's = or a
 * bracket in its place.  Where one would have to belong to a key or a string,
 * or a key or string is empty where that shows as nothing, starts or ends
 * with a blank, starts with a quote, or a map has a key twice, there is more
 * than one way to take the text: NESTED_AMBIGUOUS.
 */
extern NestedResult nested_hive(NestedWork *w, const char *text, size_t len);
/* The text as one JSON string. */
extern NestedResult nested_string(NestedWork *w, const char *text, size_t len);

/* ---- questions about texts ---- */

/*
 * Is it JSON text (NESTED_OK), the front part of one (NESTED_CUT), or neither?
 * *container tells whether it is an object or array that holds something.
 * It writes nothing.
 */
extern NestedResult nested_check_json(const char *text, size_t len,
									  bool *container);
/* Does the text end inside of a UTF-8 character? */
extern bool nested_utf8_is_cut(const char *text, size_t len);

typedef struct NestedText
{
	const char *data;
	size_t		len;
} NestedText;

/*
 * The encoding that surely fits all texts of a column: NESTED_JSON,
 * NESTED_HSTORE, NESTED_ARRAY or NESTED_HIVE; else NESTED_NONE.  It is sure
 * where every text reads so, as the system that writes this encoding would
 * have written it, where at least one of them has contents that ordinary text
 * would not have by chance (a non-empty JSON object or array, a pair of a map,
 * two elements of an array), and where none of the others fits all of them.
 * JSON prevails over Hive, which reads [1, 2] alike.  Leave out NULLs, and
 * texts that were cut because only a part of them was sampled.  What w->out
 * held is lost.  NESTED_NONE also where memory ran out.
 */
extern NestedEncoding nested_detect(NestedWork *w, const NestedText *texts,
									int ntexts);

#endif							/* CDC_REPLAY_NESTED_H */
