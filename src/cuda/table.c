#include "table.h"

#include <string.h>

#include "lookup.h"
#include "query.h"

#define ENTRY_BLOCKS (RAMP_TABLE_ENTRIES / RAMP_BLOCK)
#define TABLE_BYTES  (RAMP_TABLE_ENTRIES * sizeof(uint16_t)) /* of a forward table */

_Static_assert(RAMP_TABLE_ENTRIES == lookup_entries, "kernels/grid.h and lookup.h speak of the same inputs");

int cuda_table_serves(const cuda_program *program, ramp_op_id op, ramp_dtype dtype, ramp_kind kind) {
    switch (kind) {
    case RAMP_KIND_FORWARD:
    case RAMP_KIND_FORWARD_MASK: return lookup_serves(program->tables, op, dtype, RAMP_FORWARD, RAMP_SAVED_INPUT);
    case RAMP_KIND_BACKWARD: return lookup_serves(program->tables, op, dtype, RAMP_BACKWARD, RAMP_SAVED_INPUT);
    default: return 0;
    }
}

/* ---- To make one ---- */

static ramp_status fill(cuda_program *program, const ramp_job *job, cuda_arguments a, CUstream stream, CUdeviceptr table) {
    const cuda_grid entries = {.blocks = ENTRY_BLOCKS, .threads = RAMP_BLOCK};
    CUfunction function;
    unsigned long long first;
    ramp_status status = a.has_rows ? cuda_rows_find(program, a.op, job->dtype, a.kind, &a.params.f32.rows) : RAMP_OK;
    if (status != RAMP_OK) return status;
    if (job->pass == RAMP_BACKWARD) {
        void *arguments[] = {&table, &a.params};
        status = cuda_program_table_kernel(program, job->dtype, job->op, CUDA_SLOPES, &function);
        return status == RAMP_OK ? cuda_launch_grid(function, stream, &entries, &first, arguments) : status;
    }
    void *arguments[] = {&table};
    status = cuda_program_table_kernel(program, job->dtype, RAMP_OP_NONE, CUDA_INPUTS, &function);
    if (status == RAMP_OK) status = cuda_launch_grid(function, stream, &entries, &first, arguments);
    a.kind = RAMP_KIND_FORWARD;
    a.x = a.y = table; /* in place */
    return status == RAMP_OK ? cuda_launch_flat(program, stream, job->dtype, RAMP_TABLE_ENTRIES, &a) : status;
}

static ramp_status make(cuda_program *program, const ramp_job *job, const cuda_arguments *a, CUdeviceptr *table) {
    cuda_apart apart;
    *table = 0;
    ramp_status status = cuda_apart_begin(&apart);
    if (status != RAMP_OK) return status;
    status = CU_TRY(cuMemAlloc(table, job->pass == RAMP_BACKWARD ? 2 * RAMP_TABLE_ENTRIES * sizeof(float) : TABLE_BYTES));
    if (status == RAMP_OK) status = fill(program, job, *a, apart.stream, *table);
    if (status == RAMP_OK) status = CU_TRY(cuStreamSynchronize(apart.stream));
    if (status != RAMP_OK && *table != 0) CU_DROP(cuMemFree(*table));
    cuda_apart_end(&apart);
    return status;
}

typedef struct asker {
    cuda_program *program;
    const cuda_arguments *a;
} asker;

/* Where it cannot be had the op's own kernels serve, or tell what is wrong. */
static void *make_for(void *context, const ramp_job *job) {
    const asker *by = context;
    CUdeviceptr table;
    return make(by->program, job, by->a, &table) == RAMP_OK ? (void *)(uintptr_t)table : NULL;
}

static int is_mixed(const ramp_job *job) { return job->pass == RAMP_BACKWARD && op_query_of(job->dtype)->is_mixed(job->op); }

/* What long jobs look up in part for want of time, those that are spread compute. */
CUdeviceptr cuda_table_for(cuda_program *program, const ramp_job *job, const cuda_arguments *a) {
    asker by = {program, a};
    if (!lookup_has(job->dtype) || (is_mixed(job) && ramp_job_is_flat(job) && cuda_spreads(a, job->count))) return 0;
    return (CUdeviceptr)(uintptr_t)lookup_find(program->tables, job, make_for, &by);
}

static void drop(void *context, void *entries) {
    (void)context;
    CU_DROP(cuMemFree((CUdeviceptr)(uintptr_t)entries));
}

void cuda_tables_free(cuda_program *program, int has_context) { lookup_free(program->tables, has_context ? drop : NULL, NULL); }

/* ---- To use one ---- */

static void give(cuda_arguments *a, CUdeviceptr table) {
    a->vectors = a->share->vectors;
    memcpy(&a->params.f32.param[2], &table, sizeof table);
}

void cuda_table_use(cuda_arguments *a, CUdeviceptr table) {
    a->op = RAMP_OP_NONE;
    a->variant = 0;
    give(a, table);
}

static ramp_status launch_mixed(cuda_program *program, CUstream stream, const ramp_job *job, cuda_arguments *a, CUdeviceptr table) {
    CUfunction function;
    ramp_status status = cuda_program_table_kernel(program, job->dtype, job->op, CUDA_BACKWARD_MIXED, &function);
    give(a, table);
    const cuda_runs runs = cuda_runs_of(a, job->count);
    return status == RAMP_OK ? cuda_launch_runs(function, stream, &runs, a) : status;
}

/* How many blocks can hold a table in shared memory at a time; 0: none can. Asked once. */
static unsigned shared_blocks(cuda_program *program, int has_mask, CUfunction function) {
    int known = atomic_load_explicit(&program->shared_blocks[has_mask], memory_order_relaxed), most = 0;
    if (known != 0) return known > 0 ? (unsigned)known : 0;
    known = -1;
    if (cuda_driver.cuDeviceGetAttribute(&most, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, program->device) == CUDA_SUCCESS &&
        most >= (int)TABLE_BYTES &&
        cuda_driver.cuFuncSetAttribute(function, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, (int)TABLE_BYTES) == CUDA_SUCCESS &&
        cuda_driver.cuDeviceGetAttribute(&known, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, program->device) != CUDA_SUCCESS)
        known = -1;
    atomic_store_explicit(&program->shared_blocks[has_mask], known, memory_order_relaxed);
    return known > 0 ? (unsigned)known : 0;
}

static cuda_table_kernel shared_kernel(int has_mask) { return has_mask ? CUDA_FORWARD_MASK_SHARED : CUDA_FORWARD_SHARED; }

static ramp_status launch_shared(cuda_program *program, CUstream stream, const ramp_job *job, cuda_arguments *a, CUdeviceptr table,
                                 int *is_done) {
    CUfunction function;
    const int has_mask = a->kind == RAMP_KIND_FORWARD_MASK;
    unsigned long long first;
    uint64_t count = job->count;
    cuda_runs runs = cuda_runs_of(a, count);
    *is_done = 0;
    if (job->dtype != RAMP_F16 || job->pass == RAMP_BACKWARD || count < lookup_near_least || runs.flat.full == 0) return RAMP_OK;
    if (has_mask && runs.flat.head != 0) return RAMP_OK; /* a byte of the mask must not be shared by two vectors */
    ramp_status status = cuda_program_table_kernel(program, job->dtype, RAMP_OP_NONE, shared_kernel(has_mask), &function);
    const cuda_grid grid = {
        .blocks = status == RAMP_OK ? shared_blocks(program, has_mask, function) : 0, .threads = RAMP_SHARED_BLOCK, .shared = TABLE_BYTES};
    void *plain_arguments[] = {&a->x, &a->y, &table, &count, &runs.flat.head};
    void *mask_arguments[] = {&a->x, &a->y, &a->mask, &table, &a->params, &count};
    *is_done = grid.blocks > 0;
    return *is_done ? cuda_launch_grid(function, stream, &grid, &first, has_mask ? mask_arguments : plain_arguments) : status;
}

ramp_status cuda_table_launch(cuda_program *program, CUstream stream, const ramp_job *job, cuda_arguments *a, CUdeviceptr table,
                              int *is_done) {
    *is_done = 0;
    if (!ramp_job_is_flat(job)) return RAMP_OK;
    if (!is_mixed(job)) return launch_shared(program, stream, job, a, table, is_done);
    *is_done = 1;
    return launch_mixed(program, stream, job, a, table);
}

static ramp_status prepare_kernel(cuda_program *program, ramp_op_id op, ramp_dtype dtype, cuda_table_kernel kernel, CUfunction *function) {
    const int is_of_op = kernel == CUDA_SLOPES || kernel == CUDA_BACKWARD_MIXED;
    ramp_status status = cuda_program_table_kernel(program, dtype, is_of_op ? op : RAMP_OP_NONE, kernel, function);
    return status == RAMP_OK ? cuda_load_code(*function) : status;
}

ramp_status cuda_table_prepare(cuda_program *program, ramp_op_id op, ramp_dtype dtype) {
    ramp_status status = RAMP_OK;
    CUfunction function;
    if (cuda_table_serves(program, op, dtype, RAMP_KIND_BACKWARD)) status = prepare_kernel(program, op, dtype, CUDA_SLOPES, &function);
    if (status == RAMP_OK && op_query_of(dtype)->is_mixed(op)) status = prepare_kernel(program, op, dtype, CUDA_BACKWARD_MIXED, &function);
    if (status != RAMP_OK || !cuda_table_serves(program, op, dtype, RAMP_KIND_FORWARD)) return status;
    status = prepare_kernel(program, op, dtype, CUDA_INPUTS, &function);
    for (int has_mask = 0; has_mask < 2 && status == RAMP_OK && dtype == RAMP_F16; has_mask++) {
        status = prepare_kernel(program, op, dtype, shared_kernel(has_mask), &function);
        if (status == RAMP_OK) (void)shared_blocks(program, has_mask, function);
    }
    return status;
}
