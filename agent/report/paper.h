/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A paper before it has a look: one JSON document, from which HTML, CSV and PDF are made.
 *
 *   {"paper":NAME,"title":{ja,en},"layout":"client"|"own","contract":{id,title,client,contractor},
 *    "range":{from,to},"lang","printed":TIME,
 *    "fields":[{"key","ja","en","value"}],
 *    "tables":[{"key","ja","en","columns":[{"key","ja","en"}],"rows":[[cell,…]],"print":N}],
 *        print: rows that pages show, all of them where it is missing
 *    "pictures":[{"key","ja","en","src"}],    src: a data: URI, null = an empty slot
 *    "notes":[{ja,en}],"missing":N,"content":SHA-256 of what the paper says,
 *    "blanks":[{"row","key","ja","en"}],      what a person may still fill in; row: "" or the row's id
 *    "confirmed":[{role,person,at,sha256}],"foot":{heads:[…],head,records,policy,verify}}
 *
 * A value or cell is a text (lines are parted by \n), or null: it was asked for and is not there
 * (未記入), unless a person has filled it in: for a field under its key, for a cell under ROW.COLUMN or
 * COLUMN (report_source.entries); "entered" lists what was. Nulls are counted in "missing". Columns' headings are those that the contracts name. */
#ifndef REPORT_PAPER_H
#define REPORT_PAPER_H

#include <jansson.h>
#include <sekisho/limits.h>
#include <stdbool.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "report/say.h"

#define REPORT_LEDGERS_MAX 64

struct report_source;

/* A heading or field with its stable name. */
struct report_column {
    const char *key;
    struct report_text text;
};

/* Built by one builder; the first failure is kept in err and everything after it does nothing. */
struct report_paper {
    json_t *document;
    bool japanese;
    json_t *row;   /* of report_row, being filled */
    char row_id[SK_ID_MAX + 1];
    const json_t *columns; /* of the table that is being filled */
    const json_t *entries; /* what a person filled in: {key: text}; NULL = nothing */
    int err;       /* 0 or -ENOMEM */
};

/* What a row of papers.c says about a paper. */
struct report_row {
    const char *name;              /* "copies", as people type it */
    struct report_text title;
    bool client_layout;            /* the contracts show the form; otherwise the layout is ours */
    bool wide;                     /* A4 across */
    const char *form;              /* template, "paper" unless the form has its own */
    bool accesses;                 /* it reads the records of accesses too */
    int (*build)(const struct report_source *source, struct report_paper *paper);
};
extern const struct report_row report_rows[]; /* ends with a row whose name is NULL */
const struct report_row *report_find(const char *name); /* NULL: there is none */

/* Build the paper of the row from the source. On 0 *ret is the caller's document. */
int report_build(const struct report_row *row, const struct report_source *source, bool japanese,
                 const char *printed, json_t **ret) SK_MUST_CHECK;

/* A line "name: value" above the tables. NULL and "" are missing. */
void report_field(struct report_paper *p, const struct report_column *name, const char *value);
void report_field_buf(struct report_paper *p, const struct report_column *name, const struct buf *value);

/* A table; the rows that follow are its. */
void report_table(struct report_paper *p, const struct report_column *name,
                  const struct report_column *columns, size_t count);
/* Pages show so many of its rows, and say that the others stand in csv and json. */
void report_prints(struct report_paper *p, size_t rows);
/* The cells of one row, in the order of the columns; NULL and "" are missing. */
void report_row_begin(struct report_paper *p);
/* The same; id is how a person names the row who fills in what is missing in it. */
void report_row_of(struct report_paper *p, const char *id);
void report_cell(struct report_paper *p, const char *text);
void report_cell_buf(struct report_paper *p, const struct buf *text);
void report_cell_text(struct report_paper *p, const struct report_text *text);
void report_row_end(struct report_paper *p);

/* Another title than the row's in papers.c. */
void report_title(struct report_paper *p, const char *ja, const char *en);
void report_note(struct report_paper *p, const char *ja, const char *en);
/* src is a data: URI, NULL = a slot that a person fills. */
void report_picture(struct report_paper *p, const struct report_column *name, const char *src);

/* The digest of what a paper says: all of it but when it was printed, who confirmed it, and the
 * ledger's state. 0 or -ENOMEM, SK_ERR_CRYPTO. */
int report_content(const json_t *document, char ret[static DIGEST_HEX_CAP]) SK_MUST_CHECK;

/* The line by which a printed paper is known again and made again, whatever its format:
 * "sekisho-paper: 1 NAME CONTRACT FROM TO LANG CONTENT PRINTED HEADS" (what is empty is "-"; HEADS: how many
 * records of each ledger it is made of, "812+1033"). */
void report_mark(const json_t *document, struct buf *out);

struct report_mark {
    char name[32], contract[129], from[16], to[16], lang[3], content[DIGEST_HEX_CAP], printed[CLOCK_TIME_CAP];
    uint64_t heads[REPORT_LEDGERS_MAX];
    size_t head_count;
};
/* The last such line in the bytes of a printed paper. 0 or SK_ERR_NOT_FOUND. */
int report_mark_read(const char *bytes, size_t len, struct report_mark *ret) SK_MUST_CHECK;

#endif
