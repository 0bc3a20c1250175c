/* launch.h: one job, or one roof, over the pool's threads. */
#ifndef RAMP_CPU_LAUNCH_H
#define RAMP_CPU_LAUNCH_H

#include "loops.h"

typedef struct cpu_device {
    const cpu_isa *isa;
    uint64_t cache_bytes; /* jobs that move more than this write past the caches */
} cpu_device;

ramp_status cpu_launch(void *self, const ramp_job *job);
ramp_status cpu_roof(void *self, ramp_roof roof, size_t bytes, void *dst, const void *a, const void *b);

#endif
