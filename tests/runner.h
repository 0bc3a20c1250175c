/* runner.h: one case of test_ops: one forward or backward call on the backend under test, held against the oracle and the CPU backend. */
#ifndef RAMP_TESTS_RUNNER_H
#define RAMP_TESTS_RUNNER_H

#include "buffers.h"
#include "inputs.h"

typedef enum alias {
    ALIAS_NONE,
    ALIAS_X,
    ALIAS_DY,
    ALIAS_ALL,
    alias_count
} alias; /* the output is a memory of its own, x, dy, or all three are one */

typedef struct run_case {
    uint64_t id; /* of this op, dtype and pass: --case */
    size_t n;
    unsigned offset_x, offset_dy, offset_y; /* elements past an aligned address */
    alias in_place;
    input_kind input, gradient;
    uint64_t shift; /* where a cycle or a stride starts */
    size_t step;    /* inputs_fill's, of x; 0 stands for 1 */
    size_t every;   /* so many results that have the CPU backend's bits, and one of them is held against the oracle; 0 stands for 1 */
} run_case;

/* A verdict of the oracle, kept: in f64 it takes microseconds, and special values come again and again. */
typedef struct verdict {
    uint64_t x, dy, got;
    int known, holds;
} verdict;
enum { verdict_count = 16384 };

typedef struct session {
    const char *selector, *broken; /* the backend under test; --break's mode or NULL */
    ramp_device *device, *cpu;
    uint64_t seed;
    int full, fewer, sparse, expect_failure, oracle_only; /* fewer: --brief */
    int held;        /* ops.cpu holds the same cases against the oracle: all results that this one must have the bits of */
    uint64_t random; /* --random: so many random parameter sets, a few thousand values each */
    int one_case;    /* --case was given */
    uint64_t the_case;
    /* what the cases are of */
    ramp_op op;
    ramp_dtype dtype;
    int backward;
    int brief; /* fewer values: not one of the default ops, or --brief */
    unsigned long long cases;
    int printed; /* failures of this op */
    guarded x, dy, y;
    void *want; /* the CPU backend's result */
    size_t capacity;
    verdict *verdicts;  /* of this op, dtype and pass */
    char skipped[1024]; /* why a dtype was left out */
} session;

enum { failures_per_op = 10, largest_case = 1048576 + 3, sparse_share = 7 }; /* odd, so that a stride's low bits still vary */

/* Run it, unless --case names another one or this op has failed enough. */
void runner_run(session *s, const run_case *c);

/* Run all cases of s->op, s->dtype and pass: each value (cases_values), each shape or some (cases_shapes), a few of each (cases_random). Ids
 * go on from *id. */
void cases_values(session *s, uint64_t *id);
void cases_shapes(session *s, uint64_t *id, int all);
void cases_random(session *s, uint64_t *id);

#endif
