/*
 * launch.c: jobs and roofs become grids. The hot path: no allocation, no lock, no wait, no text, but where
 * a table is made (table.h), or rows come to the device (rows.c).
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "plan.h"
#include "query.h"
#include "table.h"

#define MAX_BLOCKS 0x7fffffffu /* of one grid */

#define SHARE(size, dtype)                                                                                                                 \
    {                                                                                                                                      \
        .vector = RAMP_VECTOR_BYTES / (size), .vectors = RAMP_VECTOR_BYTES / (size)*RAMP_VECTORS_##dtype * RAMP_BLOCK,                     \
        .singles = RAMP_SINGLES_##dtype * RAMP_BLOCK, .side = RAMP_SIDE_##dtype,                                                           \
        .held = RAMP_SIDE_##dtype * RAMP_SIDE_##dtype >> RAMP_TILE_BLOCK_LOG2_##dtype, .threads = 1u << RAMP_TILE_BLOCK_LOG2_##dtype,      \
        .square = RAMP_SIDE_##dtype * RAMP_PITCH(RAMP_SIDE_##dtype, size) * (size)                                                         \
    }
const cuda_share cuda_shares[CUDA_DTYPES] = {SHARE(4, F32), SHARE(8, F64), SHARE(2, F16), SHARE(2, BF16)};

ramp_status cuda_launch_grid(CUfunction function, CUstream stream, const cuda_grid *grid, unsigned long long *first, void **arguments) {
    ramp_status status = RAMP_OK;
    for (*first = 0; *first < grid->blocks && status == RAMP_OK; *first += MAX_BLOCKS) {
        uint64_t left = grid->blocks - *first;
        unsigned blocks = left < MAX_BLOCKS ? (unsigned)left : MAX_BLOCKS;
        status = CU_TRY(cuLaunchKernel(function, blocks, 1, 1, grid->threads, 1, 1, grid->shared, stream, arguments, NULL));
    }
    return status;
}

ramp_status cuda_apart_begin(cuda_apart *apart) {
    *apart = (cuda_apart){.mode = CU_STREAM_CAPTURE_MODE_RELAXED};
    ramp_status status = CU_TRY(cuThreadExchangeStreamCaptureMode(&apart->mode));
    if (status != RAMP_OK) return status;
    status = CU_TRY(cuStreamCreate(&apart->stream, CU_STREAM_NON_BLOCKING));
    if (status != RAMP_OK) CU_DROP(cuThreadExchangeStreamCaptureMode(&apart->mode));
    return status;
}

void cuda_apart_end(cuda_apart *apart) {
    CU_DROP(cuStreamDestroy(apart->stream));
    CU_DROP(cuThreadExchangeStreamCaptureMode(&apart->mode));
}

static ramp_kind kind_of(const ramp_job *job) {
    if (job->pass == RAMP_FORWARD) return job->mask.data != NULL ? RAMP_KIND_FORWARD_MASK : RAMP_KIND_FORWARD;
    switch (job->saved) {
    case RAMP_SAVED_MASK: return RAMP_KIND_BACKWARD_MASK;
    case RAMP_SAVED_OUTPUT: return RAMP_KIND_BACKWARD_OUTPUT;
    default: return RAMP_KIND_BACKWARD;
    }
}

static CUdeviceptr address_of(const ramp_operand *operand) {
    return operand->data == NULL ? 0 : (CUdeviceptr)(uintptr_t)operand->data + operand->byte_offset;
}

static uint64_t vectors_of(const ramp_job *job, const cuda_share *share) {
    const op_query *query = op_query_of(job->dtype);
    return query->is_brief(job->op) ? 0 : (uint64_t)share->vectors * (uint64_t)query->times(job->op, kind_of(job));
}

static cuda_params params_of(const ramp_job *job) {
    cuda_params params;
    if (job->dtype == RAMP_F64) {
        memcpy(params.f64.param, job->param, sizeof params.f64.param);
        params.f64.rows = 0;
    } else {
        for (int i = 0; i < RAMP_MAX_PARAMS; i++) params.f32.param[i] = (float)job->param[i]; /* exact: it was rounded at the door */
        params.f32.rows = 0;
    }
    return params;
}

static cuda_arguments arguments_of(const ramp_job *job) {
    const cuda_share *share = &cuda_shares[job->dtype - RAMP_F32];
    const ramp_kind kind = kind_of(job);
    return (cuda_arguments){.op = job->op,
                            .kind = kind,
                            .variant = job->pass == RAMP_FORWARD ? job->variant : 0,
                            .has_rows = op_query_of(job->dtype)->has_rows(job->op, kind),
                            .share = share,
                            .vectors = vectors_of(job, share),
                            .x = address_of(&job->x),
                            .dy = address_of(&job->dy),
                            .y = address_of(&job->y),
                            .mask = address_of(&job->mask),
                            .params = params_of(job)};
}

static int is_flat(const ramp_job *job, const cuda_arguments *a) { return ramp_job_is_flat(job) && cuda_flat_is_best(job, a); }

static ramp_status launch(cuda_program *program, CUstream stream, const ramp_job *job, cuda_arguments *a) {
    const CUdeviceptr table = cuda_table_for(program, job, a);
    ramp_status status = RAMP_OK;
    if (table != 0) {
        int is_done;
        status = cuda_table_launch(program, stream, job, a, table, &is_done);
        if (status != RAMP_OK || is_done) return status;
        cuda_table_use(a, table);
    } else if (a->has_rows) {
        status = cuda_rows_find(program, a->op, job->dtype, a->kind, job->dtype == RAMP_F64 ? &a->params.f64.rows : &a->params.f32.rows);
        if (status != RAMP_OK) return status;
    }
    if (is_flat(job, a)) return cuda_launch_flat(program, stream, job->dtype, job->count, a);
    return cuda_launch_strided(program, stream, job, a);
}

ramp_status cuda_launch(void *self, const ramp_job *job) {
    const cuda_device *device = self;
    if (job->count == 0) return RAMP_OK;
    assert(job->dtype >= RAMP_F32 && job->dtype <= RAMP_BF16);
    cuda_arguments arguments = arguments_of(job);
    CUstream stream = cuda_stream(device, job->own_queue ? NULL : &job->on);
    int pushed;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status == RAMP_OK) status = launch(device->program, stream, job, &arguments);
    return cuda_leave(pushed, status);
}

/* To wait for a stream that is captured would spoil the capture. */
void cuda_describe_job(void *self, const ramp_job *job, char *text, size_t capacity, int *may_wait) {
    static const char *const name[CUDA_FORMS] = {"flat", "spread", "gather", "vectors", "tile"};
    const cuda_device *device = self;
    const cuda_arguments arguments = arguments_of(job);
    cuda_plan plan = {.form = CUDA_FLAT};
    CUstreamCaptureStatus capture = CU_STREAM_CAPTURE_STATUS_NONE;
    int pushed;
    if (job->count > 0 && !is_flat(job, &arguments)) cuda_plan_make(&plan, job, &arguments);
    snprintf(text, capacity, "%s", name[plan.form]);
    if (cuda_enter(device->program->context, &pushed) != RAMP_OK) {
        *may_wait = 0;
        return;
    }
    if (job->count > 0 && cuda_table_for(device->program, job, &arguments) != 0) snprintf(text, capacity, "%s_table", name[plan.form]);
    CUresult result = cuda_driver.cuStreamIsCapturing(cuda_stream(device, job->own_queue ? NULL : &job->on), &capture);
    if (result != CUDA_SUCCESS || capture != CU_STREAM_CAPTURE_STATUS_NONE) *may_wait = 0;
    (void)cuda_leave(pushed, RAMP_OK);
}

ramp_status cuda_load_code(CUfunction function) {
    int registers;
    if (cuda_driver.cuFuncLoad != NULL) return CU_TRY(cuFuncLoad(function));
    return CU_TRY(cuFuncGetAttribute(&registers, CU_FUNC_ATTRIBUTE_NUM_REGS, function));
}

static ramp_status prepare_kind(cuda_program *program, ramp_op_id op, ramp_dtype dtype, ramp_kind kind) {
    CUfunction function;
    ramp_status status = RAMP_OK;
    for (int variant = 0; variant < cuda_program_variants(op, kind); variant++)
        for (cuda_form form = 0; form < CUDA_FORMS && status == RAMP_OK; form++) {
            if (!cuda_program_has(dtype, op, kind, form)) continue;
            status = cuda_program_kernel(program, dtype, op, kind, form, variant, &function);
            if (status == RAMP_OK) status = cuda_load_code(function);
        }
    return status;
}

ramp_status cuda_prepare(void *self, ramp_op_id op, ramp_dtype dtype) {
    const cuda_device *device = self;
    int pushed;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    for (ramp_kind kind = 0; kind < RAMP_KINDS && status == RAMP_OK; kind++) {
        CUdeviceptr rows;
        status = prepare_kind(device->program, op, dtype, kind);
        if (status == RAMP_OK && op_query_of(dtype)->has_rows(op, kind)) status = cuda_rows_find(device->program, op, dtype, kind, &rows);
        if (status == RAMP_OK && cuda_table_serves(device->program, op, dtype, kind))
            status = prepare_kind(device->program, RAMP_OP_NONE, dtype, kind);
    }
    if (status == RAMP_OK) status = cuda_table_prepare(device->program, op, dtype);
    return cuda_leave(pushed, status);
}

ramp_status cuda_roof(void *self, ramp_roof roof, size_t bytes, void *dst, const void *a, const void *b) {
    const cuda_device *device = self;
    CUdeviceptr y = (CUdeviceptr)(uintptr_t)dst, from = (CUdeviceptr)(uintptr_t)a, with = (CUdeviceptr)(uintptr_t)b;
    uint64_t vectors = bytes / RAMP_VECTOR_BYTES;
    unsigned long long first;
    void *copy_arguments[] = {&from, &y, &vectors, &first};
    void *add_arguments[] = {&from, &with, &y, &vectors, &first};
    if (vectors == 0) return RAMP_OK;

    int pushed;
    CUfunction function;
    ramp_status status = cuda_enter(device->program->context, &pushed);
    if (status == RAMP_OK && roof == RAMP_ROOF_VENDOR_COPY) {
        status = CU_TRY(cuMemcpyDtoDAsync(y, from, bytes, device->stream));
    } else if (status == RAMP_OK) {
        const cuda_grid grid = {.blocks = cuda_divide_up(vectors, RAMP_SPREAD_BLOCK), .threads = RAMP_SPREAD_BLOCK};
        status = cuda_program_roof(device->program, roof, &function);
        if (status == RAMP_OK)
            status = cuda_launch_grid(function, device->stream, &grid, &first, roof == RAMP_ROOF_COPY ? copy_arguments : add_arguments);
    }
    return cuda_leave(pushed, status);
}
