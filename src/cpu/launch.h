/* launch.h: one job, or one roof, over the pool's threads. */
#ifndef RAMP_CPU_LAUNCH_H
#define RAMP_CPU_LAUNCH_H

#include "loops.h"
#include "../lookup.h"

typedef struct cpu_device {
    const cpu_isa *isa;
    lookup *tables;
    uint64_t cache_bytes; /* jobs that move more than this write past the caches */
} cpu_device;

/* Where an operand's first element lies. The sum is taken modulo 2^64: an offset may stand for a negative number. */
static inline char *cpu_address(const ramp_operand *operand) {
    return (char *)((uintptr_t)operand->data + (uintptr_t)operand->byte_offset);
}

/* Before an op's loops run: the rows that they read, if they do (../rows.h). MEMORY. */
ramp_status cpu_make_rows(ramp_op_id op, ramp_dtype dtype, ramp_pass pass);

/* The forward loop that f16 has, or bf16, for itself (loops.h); NULL: the job has none. */
cpu_forward_loop *cpu_short_forward(const cpu_isa *isa, const ramp_job *job);
cpu_forward_loop *cpu_pair_forward(const cpu_isa *isa, const ramp_job *job);

ramp_status cpu_launch(void *self, const ramp_job *job);
ramp_status cpu_roof(void *self, ramp_roof roof, size_t bytes, void *dst, const void *a, const void *b);

#endif
