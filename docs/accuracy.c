#include "accuracy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The next cell of a line, cut out of it. */
static const char *cell(char **line) {
    char *begin = *line, *end = begin + strcspn(begin, ",\n");
    *line = *end == ',' ? end + 1 : end;
    *end = '\0';
    return begin;
}

static int parse(char *line, accuracy_row *row) {
    const struct {
        char *text;
        size_t size;
    } columns[] = {{row->op, sizeof row->op},       {row->dtype, sizeof row->dtype},  {row->pass, sizeof row->pass},
                   {row->limit, sizeof row->limit}, {row->worst, sizeof row->worst},  {row->x, sizeof row->x},
                   {row->dy, sizeof row->dy},       {row->inputs, sizeof row->inputs}};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if ((size_t)snprintf(columns[i].text, columns[i].size, "%s", cell(&line)) >= columns[i].size) return 0;
    return row->op[0] != '\0' && row->inputs[0] != '\0';
}

int accuracy_read(const char *path, accuracy *a) {
    char line[512];
    FILE *file = fopen(path, "r");
    *a = (accuracy){.row = NULL};
    if (file == NULL) {
        fprintf(stderr, "ops_table: %s: %s\n", path, strerror(errno));
        return 0;
    }
    int good = 1;
    for (int number = 1; good && fgets(line, sizeof line, file) != NULL; number++) {
        accuracy_row row;
        if (strncmp(line, "# ", 2) == 0) snprintf(a->source, sizeof a->source, "%.*s", (int)strcspn(line + 2, "\n"), line + 2);
        if (line[0] == '#' || strncmp(line, "op,", 3) == 0) continue;
        accuracy_row *grown = parse(line, &row) ? realloc(a->row, (a->count + 1) * sizeof row) : NULL;
        good = grown != NULL;
        if (!good)
            fprintf(stderr, "ops_table: %s: line %d is no row of eight cells\n", path, number);
        else {
            a->row = grown;
            a->row[a->count++] = row;
        }
    }
    fclose(file);
    return good;
}

void accuracy_free(accuracy *a) {
    free(a->row);
    *a = (accuracy){.row = NULL};
}

const accuracy_row *accuracy_find(const accuracy *a, const char *op, const char *dtype, const char *pass) {
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->row[i].op, op) == 0 && strcmp(a->row[i].dtype, dtype) == 0 && strcmp(a->row[i].pass, pass) == 0) return &a->row[i];
    return NULL;
}
