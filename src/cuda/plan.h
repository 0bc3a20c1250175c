/*
 * plan.h: which form a strided job takes, and the struct that its kernel is given.
 */
#ifndef RAMP_CUDA_PLAN_H
#define RAMP_CUDA_PLAN_H

#include "launch.h"
#include "../../kernels/strided.h"

typedef struct cuda_plan {
    cuda_form form; /* CUDA_GATHER or CUDA_TILE */
    cuda_grid grid;
    union {
        ramp_gather gather;
        ramp_tile tile;
    };
} cuda_plan;

/* The job is not flat. */
void cuda_plan_make(cuda_plan *plan, const ramp_job *job, const cuda_share *share);

#endif
