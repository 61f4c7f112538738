/*-------------------------------------------------------------------------
 *
 * xml.h
 *	  Documents in XML, element by element, over expat.  Pure C.
 *
 * Nothing of a document is trusted: one with a document type, and with it
 * entities, is refused, and texts end where their buffer does.
 *
 *-------------------------------------------------------------------------
 */
#ifndef CDC_STORE_XML_H
#define CDC_STORE_XML_H

#include <stdbool.h>
#include <stddef.h>

typedef enum XmlStatus
{
	XML_READ_OK,
	XML_READ_BAD,				/* not well-formed, has a document type or a tag
								 * of over 64 kB, or was stopped */
	XML_READ_NO_MEMORY
} XmlStatus;

/* A document being read: the first member of a reader's own struct. */
typedef struct Xml
{
	/* Set by the reader.  name comes without the prefix of its namespace. */
	void		(*begin) (struct Xml *x, const char *name);
	void		(*end) (struct Xml *x); /* may be NULL */

	int			depth;			/* of what begins or ends; the root's is 0 */
	/* text of the element that xml_keep() was last called for */
	size_t		len;
	bool		cut;			/* it was longer than its buffer */

	/* private */
	char	   *text;
	size_t		cap;
	bool		stopped;
	long		fed;			/* bytes so far */
	void	   *parser;
} Xml;

/* A text that some element has. */
typedef struct XmlField
{
	const char *name;
	char	   *text;
	size_t		cap;
} XmlField;

/*
 * Starts to read a document; begin and end are set, all else is zero.  Returns
 * false when memory is out.  xml_close() frees what x holds, also after that.
 */
extern bool xml_open(Xml *x);
extern void xml_close(Xml *x);

/*
 * Reads len more bytes; last says that the document ends with them.  Any
 * status but XML_READ_OK is final.
 */
extern XmlStatus xml_feed(Xml *x, const char *buf, size_t len, bool last);

/* Opens, reads and closes a whole document, of 1 MiB at most. */
extern XmlStatus xml_read(Xml *x, const char *buf, size_t len);

/*
 * From begin: the element's text, up to the first element within it, goes to
 * text, cut to cap bytes with the zero byte behind it.
 */
extern void xml_keep(Xml *x, char *text, size_t cap);

/*
 * From begin: xml_keep() for the one of n fields that is called name, if any.
 * Of an element that comes twice the first one with a text counts.
 */
extern void xml_keep_field(Xml *x, const char *name, const XmlField *fields,
						   size_t n);

/* From begin or end: nothing more of the document is read. */
extern void xml_stop(Xml *x);

#endif							/* CDC_STORE_XML_H */
