/*
 * launch.h: what a job becomes, and how it is queued.
 */
#ifndef RAMP_CUDA_LAUNCH_H
#define RAMP_CUDA_LAUNCH_H

#include <stdint.h>

#include "cuda_device.h"
#include "../../kernels/grid.h"

/* What the kernels of a dtype take at a time. */
typedef struct cuda_share {
    unsigned vector;              /* elements a vector */
    unsigned vectors, singles;    /* elements a block: as vectors, as singles (with a mask, or gathered) */
    unsigned side, held, threads; /* of a tile: the square's side, elements a thread, threads a block */
    unsigned square;              /* bytes of a square in shared memory */
} cuda_share;

extern const cuda_share cuda_shares[CUDA_DTYPES];

typedef union cuda_params {
    struct {
        float param[RAMP_MAX_PARAMS];
        CUdeviceptr rows;
    } f32;
    struct {
        double param[RAMP_MAX_PARAMS];
        CUdeviceptr rows;
    } f64;
} cuda_params; /* the kernels' ramp_params, of either dtype */

/* A job's addresses (0: it has no such operand) and parameters, as kernels take them. */
typedef struct cuda_arguments {
    ramp_op_id op; /* RAMP_OP_NONE: looked up: table.h */
    ramp_kind kind;
    int variant, has_rows; /* query.h */
    const cuda_share *share;
    uint64_t vectors; /* elements of a block's vectors in the flat form without a mask; 0: brief, and always spread */
    CUdeviceptr x, dy, y, mask;
    cuda_params params;
} cuda_arguments;

/* A grid of blocks. The context is current. Where it takes more than one launch, *first is how many blocks were launched before; it is among the
 * kernel's arguments, of which a kernel takes as many as it has parameters. */
typedef struct cuda_grid {
    uint64_t blocks;
    unsigned threads, shared; /* a block's threads, and bytes of shared memory */
} cuda_grid;
ramp_status cuda_launch_grid(CUfunction function, CUstream stream, const cuda_grid *grid, unsigned long long *first, void **arguments);

/* A job without a mask in the flat form, and all its blocks. */
typedef struct cuda_runs {
    ramp_flat flat;
    cuda_grid grid;
} cuda_runs;
cuda_runs cuda_runs_of(const cuda_arguments *a, uint64_t count);

/* CUDA loads a kernel's code when it is first used, which may not happen while a stream is captured. */
ramp_status cuda_load_code(CUfunction function);

static inline uint64_t cuda_divide_up(uint64_t a, uint64_t b) { return a / b + (a % b != 0); }

/* A stream of one's own, so that a caller's that is captured does not take up what is queued; which is also why the mode is changed. */
typedef struct cuda_apart {
    CUstreamCaptureMode mode;
    CUstream stream;
} cuda_apart;
ramp_status cuda_apart_begin(cuda_apart *apart);
void cuda_apart_end(cuda_apart *apart);

/* flat.c, strided.c: a job's kernel, to the stream. The flat ones are for flat jobs that cuda_flat_is_best says yes to; the others take any job that
 * has dimensions. */
int cuda_flat_is_best(const ramp_job *job, const cuda_arguments *a);
int cuda_spreads(const cuda_arguments *a, uint64_t count); /* a flat job without a mask is for the spread form */
ramp_status cuda_launch_flat(cuda_program *program, CUstream stream, ramp_dtype dtype, uint64_t count, cuda_arguments *a);
ramp_status cuda_launch_runs(CUfunction function, CUstream stream, const cuda_runs *runs, cuda_arguments *a); /* without a mask */
ramp_status cuda_launch_strided(cuda_program *program, CUstream stream, const ramp_job *job, cuda_arguments *a);

#endif
