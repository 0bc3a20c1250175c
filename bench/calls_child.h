/* calls_child.h: children: processes that measure one part of one device, and the samples that they give. */
#ifndef BENCH_CALLS_CHILD_H
#define BENCH_CALLS_CHILD_H

#include "calls.h"

typedef struct calls_samples {
    char name[64];
    double *value;
    size_t count, capacity;
} calls_samples;

/* What is not measured, and why. */
typedef struct calls_gap {
    calls_part part;
    int is_failure; /* or this machine has it not */
    char reason[1024];
} calls_gap;

/* A device's results. */
typedef struct calls_lane {
    ramp_device_info info;
    calls_samples *samples;
    size_t kinds;
    calls_gap *gap;
    size_t gaps;
} calls_lane;

/* To be called before anything opens a driver: children get the environment as it is then. Khronos' OpenCL loader cuts OCL_ICD_FILENAMES off after its first
 * library, where it lies, and a child that inherits that finds no other's devices. */
void calls_environment_keep(void);
void calls_environment_free(void);

/* Run a part, and add its samples, or the gap that it leaves. `cache`: the folder for kernels that drivers keep; NULL: theirs. 0 where it succeeded. */
int calls_child_run(calls_lane *lane, const calls_options *o, calls_part part, calls_start start, const char *cache);

/* The same for a first call whose samples nobody wants: what counts is what it leaves in the cache. */
int calls_child_fill(calls_lane *lane, const calls_options *o, calls_start start, const char *cache);

/* The median and what belongs to it of the samples of a name; NaN where there is none. */
bench_stats calls_stats(const calls_lane *lane, const char *name);

void calls_lane_free(calls_lane *lane);

/* Folders for caches: a new one, under a name that mkdtemp gives; and away with it and all that is in it. 0, or -1: it could not be made. */
int calls_folder_new(char path[64]);
void calls_folder_remove(const char *path);

#endif
