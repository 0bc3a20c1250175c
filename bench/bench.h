/*
 * bench.h: the words of ramp-bench.
 *
 *   lane    one device in the comparison, opened, with its buffers
 *   case    one op, pass, dtype, shape, layout and kind of saved tensor: what every lane is timed on, taking turns
 *   sample  a lane's time for one thing in one round
 *   set     a lane's buffers for a case: one, or so many that the caches hold none when its turn comes again
 *   row     a lane's result for a case
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "choices.h"
#include "clocks.h"

#include <stdio.h>

#include <ramp/ramp.h>

enum { bench_max_lanes = 16 };

typedef struct bench_shape {
    int ndim;
    int64_t size[RAMP_MAX_DIMS];
    uint64_t count; /* elements */
    char text[128]; /* "4096x393216" */
} bench_shape;

/* How the operands lie in memory: layout.h has the details, help.c the words for users. */
typedef enum bench_layout {
    LAYOUT_DENSE,      /* row-major */
    LAYOUT_TRANSPOSED, /* the last two dimensions of what is read are swapped in memory */
    LAYOUT_COLUMNS,    /* x is every second column of a tensor twice as wide */
    LAYOUT_BROADCAST,  /* x, or dy, has stride 0 in the first dimension */
    LAYOUT_ROWS,       /* a gap of one element after each row */
    bench_layouts
} bench_layout;

typedef enum bench_pass { PASS_FORWARD, PASS_BACKWARD, bench_passes } bench_pass;

enum { bench_saved_kinds = RAMP_SAVED_MASK + 1 };

/* What the caches hold when a call is timed. */
typedef enum bench_cache {
    CACHE_ANY,  /* what the roofs and the other lanes, timed on the same buffers, left there */
    CACHE_HOT,  /* what the same call, just made and not timed, left there */
    CACHE_COLD, /* other buffers: each call goes to the set that was longest unused */
    bench_caches
} bench_cache;

/* What is timed in a round; the roofs are by their own enum, one further on. */
enum { bench_op = 0, bench_first_roof = 1, bench_things = bench_first_roof + RAMP_ROOF_ADD + 1 };

/* Where the tensors of a case are: the device's memory; or the host's, from malloc or page-locked, and the call is ramp_forward_host or ramp_backward_host,
 * timed from end to end by the host's clock. */
typedef enum bench_memory { MEMORY_DEVICE, MEMORY_PINNED, MEMORY_PAGEABLE, bench_memories } bench_memory;

/* Buffers for one shape, dtype and layout. */
typedef struct bench_set {
    void *x, *dy, *y; /* y is also dx */
    void *saved;      /* the output or the mask, where the backward pass is given one */
} bench_set;

typedef struct bench_lane {
    ramp_device *device;
    ramp_device_info info;
    ramp_event *start, *stop;
    bench_set *set;
    size_t sets, at;         /* how many, and whose turn it is */
    bench_memory memory;     /* where those are */
    double up_gbs, down_gbs; /* the rates of the link to the device, the best that were measured; 0: none was */
    char absent[1024];       /* why it has none; "" when it has */
    bench_clocks clocks;
    bench_clock_check check;
} bench_lane;

typedef struct bench_case {
    ramp_op op;
    char op_text[128];
    bench_pass pass;
    ramp_dtype dtype;
    const bench_shape *shape;
    bench_layout layout;
    ramp_saved saved; /* what the backward pass is given; forward: MASK is written as well, the others are nothing to it */
    bench_cache cache;
    bench_memory memory;
} bench_case;

typedef struct bench_stats {
    double median, p25, p75; /* NaN where nothing was timed */
    double low, high;        /* the median's 95 % interval; NaN where there are fewer than stats_least samples */
} bench_stats;

enum { bench_patience = 10 }; /* rounds that do not settle end after so many times bench_rounds.seconds */
static const double bench_clock_tolerance = 0.05;

/* When the rounds of a case end. */
typedef struct bench_rounds {
    int most;
    double seconds; /* at least so long, unless there are `most` before */
    double spread;  /* then as soon as each median's interval is within this share of it; 0: only `most` ends them */
} bench_rounds;

typedef enum bench_state {
    BENCH_MEASURED, /* verified and timed */
    BENCH_WRONG,    /* verification found a wrong value: not timed */
    BENCH_SKIPPED,  /* does not fit the device, or is not served: nothing wrong */
    BENCH_FAILED    /* the device reported an error */
} bench_state;

typedef struct bench_row {
    const bench_case *what;
    const bench_lane *lane;
    bench_state state;
    char reason[1024]; /* unless MEASURED */
    int runs;
    bench_stats ms[bench_things];
    double x_first; /* this median over the first lane's; NaN where either is missing */
    double link_ms; /* of host memory: what the link needs for its bytes, both ways at once; NaN where that is not known */
} bench_row;

typedef struct bench_results {
    bench_row *row;
    size_t count, capacity;
} bench_results;

typedef struct bench_session {
    bench_lane lane[bench_max_lanes];
    size_t lanes;
    bench_results results;
    char **note; /* sentences for the reader: why this shape, what was left out */
    size_t notes;
    uint64_t rotate; /* --cold: bytes that the sets have together; 0: several times the last cache */
    int quiet;
    char date[32]; /* the host's clock at the start, UTC, ISO 8601 */
} bench_session;

/* Bytes that a case moves, by the formula that the report prints. */
uint64_t bench_bytes(const bench_case *c);

extern const char *const bench_pass_names[bench_passes], *const bench_saved_names[bench_saved_kinds];
const char *bench_cache_name(bench_cache cache);    /* "any", "hot", "cold" */
const char *bench_memory_name(bench_memory memory); /* "device", "pinned", "pageable" */

/* How a case differs from the default: the words for it, "" where it does not. */
typedef struct bench_words {
    const char *saved, *layout, *cache, *memory;
    int is_default;
} bench_words;
bench_words bench_variation(const bench_case *c);

/* "relu backward f32 4096x393216", and what is saved and the layout where they are not the default. */
const char *bench_case_text(const bench_case *c, char text[384]);

/* Whether the roof is a copy, which is the nearer to what the case moves, or else an add. */
int bench_roof_is_copy(const bench_case *c);

/* The milliseconds that the bytes of a row take at its roof's rate (of host memory: the link's), and which roof that is; NaN where none was timed. */
double bench_roof_ms(const bench_row *row, ramp_roof *which);

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void bench_note(bench_session *s, const char *format, ...);

#endif
