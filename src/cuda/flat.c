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

static unsigned head_of(const cuda_arguments *a, uint64_t count) {
    const uint64_t head = (0 - a->y) % RAMP_VECTOR_BYTES * a->share->vector / RAMP_VECTOR_BYTES;
    return (unsigned)(head < count ? head : count);
}

/* Vectors from the first boundary on, if the operands' boundaries meet. */
cuda_runs cuda_runs_of(const cuda_arguments *a, uint64_t count) {
    cuda_runs runs = {.flat.count = count, .grid.threads = RAMP_BLOCK};
    if (boundaries_meet(a)) {
        runs.flat.head = head_of(a, count);
        runs.flat.full = (count - runs.flat.head) / a->vectors;
    }
    runs.grid.blocks = runs.flat.full + cuda_divide_up(count - runs.flat.full * a->vectors, (uint64_t)RAMP_BLOCK * a->share->vector);
    return runs;
}

static cuda_runs spread_runs_of(const cuda_arguments *a, uint64_t count) {
    cuda_runs runs = {.flat = {.count = count, .is_single = count <= RAMP_SPREAD_ELEMENTS}, .grid.threads = RAMP_BLOCK};
    uint64_t threads = count;
    if (!runs.flat.is_single && boundaries_meet(a)) {
        runs.flat.head = head_of(a, count);
        runs.flat.full = (count - runs.flat.head) / a->share->vector;
        threads = count - runs.flat.full * (a->share->vector - 1);
    } else if (!runs.flat.is_single) {
        threads = cuda_divide_up(count, (uint64_t)RAMP_BLOCK * a->share->vector) * RAMP_BLOCK;
    }
    if (threads >= RAMP_SPREAD_LEAST) runs.grid.threads = RAMP_SPREAD_BLOCK;
    runs.grid.blocks = cuda_divide_up(threads, runs.grid.threads);
    return runs;
}

int cuda_spreads(const cuda_arguments *a, uint64_t count) {
    if (a->vectors == 0 || count <= RAMP_SPREAD_ELEMENTS) return 1;
    return count <= (uint64_t)RAMP_SPREAD_VECTORS * a->share->vector && boundaries_meet(a);
}

ramp_status cuda_launch_runs(CUfunction function, CUstream stream, const cuda_runs *runs, cuda_arguments *a) {
    ramp_flat flat = runs->flat;
    void *forward_arguments[] = {&a->x, &a->y, &flat, &a->params};
    void *backward_arguments[] = {&a->x, &a->dy, &a->y, &flat, &a->params};
    return cuda_launch_grid(function, stream, &runs->grid, &flat.first,
                            a->kind != RAMP_KIND_FORWARD ? backward_arguments : forward_arguments);
}

/* Vectors if every operand begins on a boundary: a byte of the mask must not be shared by two of them. */
static ramp_status launch_masked(CUfunction function, CUstream stream, uint64_t count, cuda_arguments *a) {
    const cuda_share *share = a->share;
    unsigned long long first;
    uint64_t full = (a->x | a->dy | a->y) % RAMP_VECTOR_BYTES == 0 ? count / share->vectors : 0;
    const cuda_grid grid = {.blocks = full + cuda_divide_up(count - full * share->vectors, share->singles), .threads = RAMP_BLOCK};
    void *arguments[] = {&a->x, &a->dy, &a->y, &a->mask, &a->params, &count, &first, &full};
    return cuda_launch_grid(function, stream, &grid, &first, arguments);
}

ramp_status cuda_launch_flat(cuda_program *program, CUstream stream, ramp_dtype dtype, uint64_t count, cuda_arguments *a) {
    CUfunction function;
    const int is_masked = has_mask(a->kind), spreads = !is_masked && cuda_spreads(a, count);
    ramp_status status = cuda_program_kernel(program, dtype, a->op, a->kind, spreads ? CUDA_SPREAD : CUDA_FLAT, a->variant, &function);
    if (status != RAMP_OK) return status;
    if (is_masked) return launch_masked(function, stream, count, a);
    const cuda_runs runs = spreads ? spread_runs_of(a, count) : cuda_runs_of(a, count);
    return cuda_launch_runs(function, stream, &runs, a);
}
