/* table.h: columns that line up, in plain text. */
#ifndef TOOLS_TABLE_H
#define TOOLS_TABLE_H

#include <stddef.h>
#include <stdio.h>

typedef struct table {
    const char *align; /* one letter a column: 'l' left, 'r' right */
    size_t cells, capacity;
    char **cell; /* row by row; the first row is the heading */
} table;

table table_new(const char *align);

/* The next cell; a full row starts the next. Control characters become spaces. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void table_cell(table *t, const char *format, ...);

/* Print with `indent` spaces before each row, and a rule under the heading. */
void table_print(const table *t, FILE *out, int indent);
void table_free(table *t);

#endif
