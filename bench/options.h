/* options.h: the command line of ramp-bench. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include "bench.h"

typedef struct bench_ops {
    ramp_op op;
    char text[128]; /* as ramp_op_format writes it */
} bench_ops;

typedef struct bench_options {
    char **backend; /* selectors as given, one device each; none: one device of every backend */
    size_t backends;
    bench_ops *op;
    size_t ops;
    bench_shape *shape; /* none: the default */
    size_t shapes;
    int pass[bench_passes];
    int saved[bench_saved_kinds], layout[bench_layouts];
    ramp_dtype dtype[choices_dtypes];
    size_t dtypes;
    int cache[bench_caches];
    int host; /* the host's memory too */
    bench_rounds rounds;
    uint64_t rotate;                    /* bytes; 0: the default */
    const char *json, *csv, *markdown;  /* a file, "-", or NULL */
    const char *plot;                   /* a file; NULL: none */
    const char *read, *compare, *torch; /* files; NULL: none */
    double tolerance;                   /* a share */
    int must_hold;                      /* a regression is a failure */
    int chooses;                        /* an option was given that says what to measure */
    int list, quiet;
} bench_options;

enum { bench_most_reps = 100000 };

/* -1: go on with the options; else the exit code to end with, all having been said. */
int options_parse(int argc, char **argv, bench_options *o);
void options_free(bench_options *o);

/* The text of --help. */
extern const char *const bench_help[]; /* its pieces, and NULL */

#endif
