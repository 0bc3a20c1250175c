/*
 * lookup.h: for backends that look heavy ops of 16-bit types up: which jobs have a table, and where it is. A table holds what a pass gives for each of the
 * 65,536 inputs, and the op's own formulas make it, so that the bits are theirs; where there is none, they serve.
 */
#ifndef RAMP_LOOKUP_H
#define RAMP_LOOKUP_H

#include <ramp/backend.h>

enum {
    lookup_entries = 65536,
    lookup_gpu_least = 1 << 20, /* elements of a job from which on a table is worth making, where that is a launch and a wait */
    lookup_near_least = 1 << 24 /* and from which on each of a GPU's cores copies it, or its part, to its own memory first */
};

/* The tables of one device or program: for each op, dtype and pass those of the first few sets of parameters that large jobs come with. Found
 * without a lock; any thread may ask. */
typedef struct lookup lookup;

/* Make a job's table, which may take some tenths of a millisecond. Any thread may read it when this returns. NULL: it cannot be had; it is not asked for
 * again. */
typedef void *lookup_make(void *context, const ramp_job *job);

/* For jobs of `least` elements and more: below that, making a table costs more than it gives. has_short: formulas for 16-bit types may be
 * short (query.h), and then are not looked up. NULL: no memory; then nothing is. */
lookup *lookup_new(uint64_t least, int has_short);

/* Is any op of this type? Most calls know by that. */
static inline int lookup_has(ramp_dtype dtype) { return dtype == RAMP_F16 || dtype == RAMP_BF16; }

/* Is this pass of an op looked up, at any parameters? Forward is, with a mask or without; backward from the input (what). */
int lookup_serves(const lookup *tables, ramp_op_id op, ramp_dtype dtype, ramp_pass pass, ramp_saved what);

/* The job's table, made now if it is the first to ask; NULL: it has none, or another thread is making one. */
void *lookup_find(lookup *tables, const ramp_job *job, lookup_make *make, void *context);

/* Each table to `drop`, unless that is NULL: then they are gone already. */
void lookup_free(lookup *tables, void (*drop)(void *context, void *entries), void *context);

#endif
