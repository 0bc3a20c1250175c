/*
 * plan.h: which form a strided job takes, and the struct that its kernel is given.
 */
#ifndef RAMP_CUDA_PLAN_H
#define RAMP_CUDA_PLAN_H

#include "launch.h"
#include "../../kernels/strided.h"

typedef struct cuda_plan {
    cuda_form form; /* not CUDA_FLAT */
    cuda_grid grid;
    union {
        ramp_gather gather; /* of CUDA_VECTORS too */
        ramp_tile tile;
    };
} cuda_plan;

/* The job is not flat. */
void cuda_plan_make(cuda_plan *plan, const ramp_job *job, const cuda_arguments *a);

#endif
