/*
 * launch.c: jobs and roofs become grids. The hot path: no allocation, no lock, no wait, no text.
 */
#include <assert.h>
#include <stdint.h>

#include "cuda_device.h"
#include "../../kernels/grid.h"

#define MAX_BLOCKS 0x7fffffffu /* of one grid */

/* What the kernels of a dtype take at a time, in elements. */
typedef struct share {
    unsigned vector, block; /* one vector; the vectors of one block */
} share;

#define SHARE(size, vectors)                                                                                                               \
    { RAMP_VECTOR_BYTES / (size), RAMP_VECTOR_BYTES / (size) * (vectors)*RAMP_BLOCK }
static const share shares[CUDA_DTYPES] = {SHARE(4, RAMP_VECTORS_F32), SHARE(8, RAMP_VECTORS_F64), SHARE(2, RAMP_VECTORS_F16),
                                          SHARE(2, RAMP_VECTORS_BF16)};

typedef union cuda_params {
    float f32[RAMP_MAX_PARAMS];
    double f64[RAMP_MAX_PARAMS];
} cuda_params; /* the kernels' ramp_params, of either dtype */

/* `first` is among the arguments: how many blocks were launched before. The kernel takes as many of the arguments as it has parameters. */
static ramp_status launch_blocks(CUfunction function, CUstream stream, uint64_t blocks, uint64_t *first, void **arguments) {
    ramp_status status = RAMP_OK;
    for (*first = 0; *first < blocks && status == RAMP_OK; *first += MAX_BLOCKS) {
        uint64_t left = blocks - *first;
        unsigned grid = left < MAX_BLOCKS ? (unsigned)left : MAX_BLOCKS;
        status = CU_TRY(cuLaunchKernel(function, grid, 1, 1, RAMP_BLOCK, 1, 1, 0, stream, arguments, NULL));
    }
    return status;
}

static uint64_t divide_up(uint64_t a, uint64_t b) { return a / b + (a % b != 0); }

static CUdeviceptr address_of(const ramp_operand *operand) { return (CUdeviceptr)(uintptr_t)operand->data + operand->byte_offset; }

ramp_status cuda_launch(void *self, const ramp_job *job) {
    const cuda_device *device = self;
    if (job->count == 0) return RAMP_OK;
    assert(job->dtype >= RAMP_F32 && job->dtype <= RAMP_BF16);
    const share *shared = &shares[job->dtype - RAMP_F32];
    int backward = job->pass == RAMP_BACKWARD;
    CUdeviceptr x = address_of(&job->x), dy = backward ? address_of(&job->dy) : x, y = address_of(&job->y);

    uint64_t first, count = job->count, head = 0, full = 0; /* elements before the first boundary; blocks that move vectors alone */
    if (((x ^ y) | (dy ^ y)) % RAMP_VECTOR_BYTES == 0) {
        head = (0 - y) % RAMP_VECTOR_BYTES * shared->vector / RAMP_VECTOR_BYTES;
        if (head > count) head = count;
        full = (count - head) / shared->block;
    }
    uint64_t blocks = full + divide_up(count - full * shared->block, (uint64_t)RAMP_BLOCK * shared->vector);

    cuda_params params;
    for (int i = 0; i < RAMP_MAX_PARAMS; i++) {
        if (job->dtype == RAMP_F64)
            params.f64[i] = job->param[i];
        else
            params.f32[i] = (float)job->param[i]; /* exact: it was rounded at the door */
    }
    void *forward_arguments[] = {&x, &y, &params, &count, &first, &head, &full};
    void *backward_arguments[] = {&x, &dy, &y, &params, &count, &first, &head, &full};

    int pushed;
    CUfunction function;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status == RAMP_OK)
        status = cuda_program_kernel(device->program, job->dtype, job->op, job->pass, backward ? 0 : job->variant, &function);
    if (status == RAMP_OK)
        status = launch_blocks(function, cuda_stream(device, job->own_queue ? NULL : &job->on), blocks, &first,
                               backward ? backward_arguments : forward_arguments);
    return cuda_leave(pushed, status);
}

/* CUDA loads a kernel's code when it is first used, which may not happen while a stream is captured. */
static ramp_status load_code(CUfunction function) {
    int registers;
    if (cuda_driver.cuFuncLoad != NULL) return CU_TRY(cuFuncLoad(function));
    return CU_TRY(cuFuncGetAttribute(&registers, CU_FUNC_ATTRIBUTE_NUM_REGS, function));
}

ramp_status cuda_prepare(void *self, ramp_op_id op, ramp_dtype dtype) {
    const cuda_device *device = self;
    int pushed;
    CUfunction function;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    for (int i = -1; i < cuda_program_variants(op) && status == RAMP_OK; i++) { /* -1: the backward pass */
        status = cuda_program_kernel(device->program, dtype, op, i < 0 ? RAMP_BACKWARD : RAMP_FORWARD, i < 0 ? 0 : i, &function);
        if (status == RAMP_OK) status = load_code(function);
    }
    return cuda_leave(pushed, status);
}

ramp_status cuda_roof(void *self, ramp_roof roof, size_t bytes, void *dst, const void *a, const void *b) {
    const cuda_device *device = self;
    CUdeviceptr y = (CUdeviceptr)(uintptr_t)dst, from = (CUdeviceptr)(uintptr_t)a, with = (CUdeviceptr)(uintptr_t)b;
    uint64_t vectors = bytes / RAMP_VECTOR_BYTES, first;
    void *copy_arguments[] = {&from, &y, &vectors, &first};
    void *add_arguments[] = {&from, &with, &y, &vectors, &first};
    if (vectors == 0) return RAMP_OK;

    int pushed;
    CUfunction function;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status == RAMP_OK && roof == RAMP_ROOF_VENDOR_COPY) {
        status = CU_TRY(cuMemcpyDtoDAsync(y, from, bytes, device->stream));
    } else if (status == RAMP_OK) {
        status = cuda_program_roof(device->program, roof, &function);
        if (status == RAMP_OK)
            status = launch_blocks(function, device->stream, divide_up(vectors, RAMP_BLOCK), &first,
                                   roof == RAMP_ROOF_COPY ? copy_arguments : add_arguments);
    }
    return cuda_leave(pushed, status);
}
