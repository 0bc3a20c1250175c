/* calls_count.h: what a thread's calls allocate, and which functions of a driver they call. malloc and its kin, and the dlsym that ramp calls, are this
 * program's own: calls_count.c. */
#ifndef BENCH_CALLS_COUNT_H
#define BENCH_CALLS_COUNT_H

enum { count_most_functions = 128 };

/* From now on ramp's look-ups in a driver are answered with functions that count and go on: before ramp opens a device. 0: it cannot be told here, for
 * the reason in *why. */
int calls_count_begin(const char **why);

/* Count, or no longer, what the calling thread does. */
void calls_count_here(int is_on);

/* What was counted since the last reset, of all threads. */
typedef struct calls_count {
    unsigned long long mallocs;        /* by ramp */
    unsigned long long driver_mallocs; /* by the driver, inside of the functions that ramp called */
    unsigned long long calls;          /* of the driver's functions */
} calls_count;
calls_count calls_count_get(void);
void calls_count_reset(void);

/* Each function that ramp has looked up, and how often it was called; NULL past the last. */
const char *calls_count_function(int index, unsigned long long *calls);

#endif
