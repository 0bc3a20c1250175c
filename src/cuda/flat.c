/*
 * flat.c: a job whose operands are runs of neighbours: kernels/flat.cuh, and kernels/masked.cuh where there is a mask.
 */
#include "launch.h"

static int has_mask(ramp_kind kind) { return kind == RAMP_KIND_FORWARD_MASK || kind == RAMP_KIND_BACKWARD_MASK; }

/* Are all operands' 16-byte boundaries at the same elements? */
static int boundaries_meet(const cuda_arguments *a) {
    return ((a->x ^ a->y) | (a->kind != RAMP_KIND_FORWARD ? a->dy ^ a->y : 0)) % RAMP_VECTOR_BYTES == 0;
}

/* Where there are no vectors, the forward pass of the larger types is faster gathered, with more loads of a thread in flight. */
int cuda_flat_is_best(const ramp_job *job, const cuda_arguments *a) {
    const int gather_has_more = a->share->singles > RAMP_BLOCK * a->share->vector;
    return job->ndim == 0 || a->kind != RAMP_KIND_FORWARD || !gather_has_more || boundaries_meet(a);
}

/* Vectors from the first boundary on, if the operands' boundaries meet. */
static ramp_status launch_plain(CUfunction function, CUstream stream, uint64_t count, cuda_arguments *a) {
    const cuda_share *share = a->share;
    uint64_t first, head = 0, full = 0; /* elements before the first boundary; blocks that move vectors alone */
    const int backward = a->kind != RAMP_KIND_FORWARD;
    if (boundaries_meet(a)) {
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
    ramp_status status = cuda_program_kernel(program, job->dtype, job->op, a->kind, CUDA_FLAT, a->variant, &function);
    if (status != RAMP_OK) return status;
    return (has_mask(a->kind) ? launch_masked : launch_plain)(function, stream, job->count, a);
}
