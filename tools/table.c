#include "table.h"
#include "program.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

table table_new(const char *align) { return (table){.align = align}; }

void table_cell(table *t, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *c = text; *c != '\0'; c++)
        if (iscntrl((unsigned char)*c)) *c = ' ';
    if (t->cells == t->capacity) {
        t->capacity = t->capacity > 0 ? 2 * t->capacity : 64;
        t->cell = program_resize(t->cell, t->capacity, sizeof *t->cell);
    }
    char *copy = program_resize(NULL, strlen(text) + 1, 1);
    t->cell[t->cells++] = strcpy(copy, text);
}

/* One row; the last column is not padded on its right, so that lines end where their text ends. */
static void print_row(const table *t, size_t row, const size_t *width, FILE *out, int indent) {
    size_t columns = strlen(t->align);
    fprintf(out, "%*s", indent, "");
    for (size_t c = 0; c < columns; c++) {
        size_t at = row * columns + c;
        const char *text = at < t->cells ? t->cell[at] : "";
        int pad = (int)(width[c] - strlen(text));
        if (t->align[c] == 'r') fprintf(out, "%*s", pad, "");
        fputs(text, out);
        if (c + 1 < columns) fprintf(out, "%*s  ", t->align[c] == 'l' ? pad : 0, "");
    }
    putc('\n', out);
}

void table_print(const table *t, FILE *out, int indent) {
    size_t columns = strlen(t->align), rows = (t->cells + columns - 1) / columns;
    size_t *width = program_resize(NULL, columns, sizeof *width);
    memset(width, 0, columns * sizeof *width);
    for (size_t i = 0; i < t->cells; i++) {
        size_t length = strlen(t->cell[i]);
        if (length > width[i % columns]) width[i % columns] = length;
    }
    for (size_t r = 0; r < rows; r++) {
        print_row(t, r, width, out, indent);
        if (r > 0) continue;
        fprintf(out, "%*s", indent, "");
        for (size_t c = 0; c < columns; c++) {
            for (size_t i = 0; i < width[c]; i++) putc('-', out);
            fputs(c + 1 < columns ? "  " : "\n", out);
        }
    }
    free(width);
}

void table_free(table *t) {
    for (size_t i = 0; i < t->cells; i++) free(t->cell[i]);
    free(t->cell);
    *t = table_new(t->align);
}
