/* accuracy.h: the worst errors that ramp-check found, from accuracy.csv (accuracy.py makes it from ramp-check --json). */
#ifndef DOCS_ACCURACY_H
#define DOCS_ACCURACY_H

#include <stddef.h>

typedef struct accuracy_row {
    char op[32], dtype[8], pass[16];
    char limit[16], worst[16]; /* ulp, or "bits": those of the f32 result, rounded once */
    char x[64], dy[40];        /* where the worst is, "" where that is nowhere in particular */
    char inputs[24];
} accuracy_row;

typedef struct accuracy {
    char source[512]; /* what was run, on what, when */
    accuracy_row *row;
    size_t count;
} accuracy;

/* 0: it cannot be read; a sentence is on stderr. */
int accuracy_read(const char *path, accuracy *a);
void accuracy_free(accuracy *a);

/* NULL where it was not measured. */
const accuracy_row *accuracy_find(const accuracy *a, const char *op, const char *dtype, const char *pass);

#endif
