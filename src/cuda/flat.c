/*
 * flat.c: a job whose operands are runs of neighbours: kernels/flat.cuh, and kernels/masked.cuh where there is a mask.
 */
#include "launch.h"

static int variant_of(const ramp_job *job) { return job->pass == RAMP_FORWARD ? job->variant : 0; }

/* Vectors from the first boundary on, if the operands' boundaries meet. */
static ramp_status launch_plain(CUfunction function, CUstream stream, uint64_t count, cuda_arguments *a) {
    const cuda_share *share = a->share;
    uint64_t first, head = 0, full = 0; /* elements before the first boundary; blocks that move vectors alone */
    const int backward = a->kind != RAMP_KIND_FORWARD;
    if (((a->x ^ a->y) | (backward ? a->dy ^ a->y : 0)) % RAMP_VECTOR_BYTES == 0) {
        head = (0 - a->y) % RAMP_VECTOR_BYTES * share->vector / RAMP_VECTOR_BYTES;
        if (head > count) head = count;
        full = (count - head) / share->vectors;
    }
    const cuda_grid grid = {.blocks = full + cuda_divide_up(count - full * share->vectors, (uint64_t)RAMP_BLOCK * share->vector),
                            .threads = RAMP_BLOCK};
    void *forward_arguments[] = {&a->x, &a->y, &a->params, &count, &first, &head, &full};
    void *backward_arguments[] = {&a->x, &a->dy, &a->y, &a->params, &count, &first, &head, &full};
    return cuda_launch_grid(function, stream, &grid, &first, backward ? backward_arguments : forward_arguments);
}

/* Vectors if every operand begins on a boundary: a byte of the mask must not be shared by two of them. */
static ramp_status launch_masked(CUfunction function, CUstream stream, uint64_t count, cuda_arguments *a) {
    const cuda_share *share = a->share;
    uint64_t first, full = (a->x | a->dy | a->y) % RAMP_VECTOR_BYTES == 0 ? count / share->vectors : 0;
    const cuda_grid grid = {.blocks = full + cuda_divide_up(count - full * share->vectors, share->singles), .threads = RAMP_BLOCK};
    void *arguments[] = {&a->x, &a->dy, &a->y, &a->mask, &a->params, &count, &first, &full};
    return cuda_launch_grid(function, stream, &grid, &first, arguments);
}

ramp_status cuda_launch_flat(cuda_program *program, CUstream stream, const ramp_job *job, cuda_arguments *a) {
    CUfunction function;
    ramp_status status = cuda_program_kernel(program, job->dtype, job->op, a->kind, CUDA_FLAT, variant_of(job), &function);
    if (status != RAMP_OK) return status;
    const int has_mask = a->kind == RAMP_KIND_FORWARD_MASK || a->kind == RAMP_KIND_BACKWARD_MASK;
    return (has_mask ? launch_masked : launch_plain)(function, stream, job->count, a);
}
