/*
 * strided.c: a job that is not flat: its plan goes to the kernel with it.
 */
#include "plan.h"

ramp_status cuda_launch_strided(cuda_program *program, CUstream stream, const ramp_job *job, cuda_arguments *a) {
    cuda_plan plan;
    CUfunction function;
    unsigned long long first;
    cuda_plan_make(&plan, job, a);
    ramp_status status = cuda_program_kernel(program, job->dtype, a->op, a->kind, plan.form, a->variant, &function);
    if (status != RAMP_OK) return status;
    void *shape = plan.form == CUDA_TILE ? (void *)&plan.tile : (void *)&plan.gather;
    void *arguments[] = {&a->x, &a->dy, &a->y, &a->mask, &a->params, shape, &first};
    return cuda_launch_grid(function, stream, &plan.grid, &first, arguments);
}
