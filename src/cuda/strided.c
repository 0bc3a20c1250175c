/*
 * strided.c: a job that is not flat: its plan goes to the kernel with it.
 */
#include <stdio.h>

#include "plan.h"

ramp_status cuda_launch_strided(cuda_program *program, CUstream stream, const ramp_job *job, cuda_arguments *a) {
    cuda_plan plan;
    CUfunction function;
    uint64_t first;
    cuda_plan_make(&plan, job, a);
    ramp_status status = cuda_program_kernel(program, job->dtype, a->op, a->kind, plan.form, a->variant, &function);
    if (status != RAMP_OK) return status;
    void *shape = plan.form == CUDA_TILE ? (void *)&plan.tile : (void *)&plan.gather;
    void *arguments[] = {&a->x, &a->dy, &a->y, &a->mask, &a->params, shape, &first};
    return cuda_launch_grid(function, stream, &plan.grid, &first, arguments);
}

/* To wait for a stream that is captured would spoil the capture. */
void cuda_describe_job(void *self, const ramp_job *job, char *text, size_t capacity, int *may_wait) {
    static const char *const name[CUDA_FORMS] = {"flat", "gather", "tile"};
    const cuda_device *device = self;
    cuda_plan plan = {.form = CUDA_FLAT};
    CUstreamCaptureStatus capture = CU_STREAM_CAPTURE_STATUS_NONE;
    int pushed;
    if (job->count > 0 && !ramp_job_is_flat(job)) cuda_plan_make(&plan, job, &cuda_shares[job->dtype - RAMP_F32]);
    snprintf(text, capacity, "%s", name[plan.form]);
    if (cuda_enter(device->program->context, &pushed) != RAMP_OK) {
        *may_wait = 0;
        return;
    }
    CUresult result = cuda_driver.cuStreamIsCapturing(cuda_stream(device, job->own_queue ? NULL : &job->on), &capture);
    if (result != CUDA_SUCCESS || capture != CU_STREAM_CAPTURE_STATUS_NONE) *may_wait = 0;
    (void)cuda_leave(pushed, RAMP_OK);
}
