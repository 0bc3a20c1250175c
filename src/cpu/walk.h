/* walk.h: the elements of a job in its own order, whatever the strides: a block of them is gathered, or scattered, at a time. */
#ifndef RAMP_CPU_WALK_H
#define RAMP_CPU_WALK_H

#include <ramp/backend.h>

typedef struct cpu_walk {
    const ramp_job *job;
    int64_t index[RAMP_MAX_DIMS]; /* of the element that comes next */
} cpu_walk;

/* To element number `at` of the job, which has dimensions. */
cpu_walk cpu_walk_from(const ramp_job *job, uint64_t at);

/* The next n elements of an operand, of `size` bytes each, to a block, or from one. The walk stays where it is. */
void cpu_walk_gather(const cpu_walk *w, const ramp_operand *from, size_t size, void *block, size_t n);
void cpu_walk_scatter(const cpu_walk *w, const ramp_operand *to, size_t size, const void *block, size_t n);

void cpu_walk_advance(cpu_walk *w, size_t n);

#endif
