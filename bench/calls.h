/*
 * calls.h: the words of ramp-calls.
 *
 *   part    what is measured of a device in a process of its own: a child, so that one that hangs or dies costs its own results alone
 *   sample  a number that a child found, under a name: "forward 8 bare", in nanoseconds; many of one name become a median
 *   bare    the driver's own call beside ramp's: a launch of an empty kernel
 *   bar     what issue and design promise: the most that a number may be
 */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include "bench.h"

enum { calls_elements = 16, calls_most_threads = 64, calls_most_widths = 8, calls_most_reps = 100000, calls_counted = 1000 };

typedef enum calls_part { PART_STEADY, PART_COUNTS, PART_GRAPH, PART_FIRST, PART_LOAD, calls_parts } calls_part;
extern const char *const calls_part_names[calls_parts];

/* How a first call is made: in a process that knows nothing yet; with the context made before; with the driver's cache of kernels filled; after
 * ramp_prepare. CONTEXT makes the context alone. */
typedef enum calls_start { START_COLD, START_WARM, START_PREPARED, START_INSIDE, START_CONTEXT, calls_starts } calls_start;
extern const char *const calls_start_names[calls_starts];

typedef struct calls_options {
    char **backend; /* selectors as given; none: one device of every backend */
    size_t backends;
    ramp_op op;
    char op_text[128];
    int part[calls_parts];
    int threads[calls_most_widths]; /* how many threads call at once, in turn */
    int widths;
    int calls, reps, starts; /* calls a thread and round; rounds; fresh processes */
    double timeout;          /* seconds a child */
    const char *json;        /* a file, "-", or NULL */
    int must_hold;           /* a bar that is missed is a failure */
    int list, quiet;
    calls_start start; /* of a child that measures a first call */
    int is_child;
} calls_options;

/* -1: go on with the options; else the exit code to end with, all having been said. */
int calls_options_parse(int argc, char **argv, calls_options *o);
void calls_options_free(calls_options *o);
extern const char *const calls_help[]; /* its pieces, and NULL */

#endif
