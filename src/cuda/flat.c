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
cuda_runs cuda_runs_of(const cuda_arguments *a, uint64_t count) {
    const cuda_share *share = a->share;
    const uint64_t vectors = a->vectors;
    cuda_runs runs = {0};
    if (boundaries_meet(a)) {
        runs.head = (0 - a->y) % RAMP_VECTOR_BYTES * share->vector / RAMP_VECTOR_BYTES;
        if (runs.head > count) runs.head = count;
        runs.full = (count - runs.head) / vectors;
    }
    runs.grid.blocks = runs.full + cuda_divide_up(count - runs.full * vectors, (uint64_t)RAMP_BLOCK * share->vector);
    runs.grid.threads = RAMP_BLOCK;
    return runs;
}

ramp_status cuda_launch_plain(CUfunction function, CUstream stream, uint64_t count, cuda_arguments *a) {
    cuda_runs runs = cuda_runs_of(a, count);
    uint64_t first;
    void *forward_arguments[] = {&a->x, &a->y, &count, &first, &runs.full, &runs.head, &a->params};
    void *backward_arguments[] = {&a->x, &a->dy, &a->y, &count, &first, &runs.full, &runs.head, &a->params};
    return cuda_launch_grid(function, stream, &runs.grid, &first, a->kind != RAMP_KIND_FORWARD ? backward_arguments : forward_arguments);
}

/* Vectors if every operand begins on a boundary: a byte of the mask must not be shared by two of them. */
static ramp_status launch_masked(CUfunction function, CUstream stream, uint64_t count, cuda_arguments *a) {
    const cuda_share *share = a->share;
    uint64_t first, full = (a->x | a->dy | a->y) % RAMP_VECTOR_BYTES == 0 ? count / share->vectors : 0;
    const cuda_grid grid = {.blocks = full + cuda_divide_up(count - full * share->vectors, share->singles), .threads = RAMP_BLOCK};
    void *arguments[] = {&a->x, &a->dy, &a->y, &a->mask, &a->params, &count, &first, &full};
    return cuda_launch_grid(function, stream, &grid, &first, arguments);
}

ramp_status cuda_launch_flat(cuda_program *program, CUstream stream, ramp_dtype dtype, uint64_t count, cuda_arguments *a) {
    CUfunction function;
    ramp_status status = cuda_program_kernel(program, dtype, a->op, a->kind, CUDA_FLAT, a->variant, &function);
    if (status != RAMP_OK) return status;
    return (has_mask(a->kind) ? launch_masked : cuda_launch_plain)(function, stream, count, a);
}
