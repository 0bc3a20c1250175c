/* campaign.h: many millions of inputs through one op and pass, all of them checked, on several threads: test_fullrange's work. */
#ifndef RAMP_TESTS_CAMPAIGN_H
#define RAMP_TESTS_CAMPAIGN_H

#include <ramp/ramp.h>

typedef enum campaign_pass { PASS_FORWARD, PASS_BACKWARD, PASS_MIXED } campaign_pass; /* MIXED: backward, with every kind of dy */

typedef struct campaign {
    ramp_device *device;
    ramp_device *cpu; /* NULL, or the CPU backend, whose bits are what is asked for, in place of the oracle */
    ramp_op op;
    ramp_dtype dtype;
    campaign_pass pass;
    uint64_t from, to; /* f32: the patterns of x; f64: numbers of inputs in an endless list of strata */
    uint64_t step;     /* f32: only every so many patterns */
    int threads;
    int hash_only; /* nothing is asked for */
} campaign;

/* What was found. The inputs are given by their patterns. */
typedef struct findings {
    unsigned long long checked, wrong, falls; /* falls: neighbouring results that are not in order, of an op that never falls */
    uint64_t hash;                            /* of x and result bits, NaNs made one; the same on every machine that gives the same bits */
    double worst, limit;                      /* error in ulps, and what it may be at most */
    uint64_t worst_x, worst_dy, worst_got;
    uint64_t wrong_x, wrong_dy, wrong_got, fall_x; /* the first of each kind, by input */
    double seconds, check_seconds;                 /* passed; of processors, in checking */
} findings;

/* RAMP_OK, or the call's status that failed. */
ramp_status campaign_run(const campaign *c, findings *found);

#endif
