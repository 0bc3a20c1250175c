#include "program.h"

#include <stdio.h>
#include <stdlib.h>

#include "lookup.h"
#include "os.h"
#include "query.h"
#include "table.h"
#include "../../kernels/grid.h"

/* The fatbins: cmake/Cuda.cmake. */
extern const unsigned char ramp_cuda_f32[], ramp_cuda_f64[], ramp_cuda_f16[], ramp_cuda_bf16[];
static const unsigned char *const fatbins[CUDA_DTYPES] = {ramp_cuda_f32, ramp_cuda_f64, ramp_cuda_f16, ramp_cuda_bf16};
static const char *const dtype_names[CUDA_DTYPES] = {"f32", "f64", "f16", "bf16"};

/* Every context's program. One that only wrapped devices used stays here when the last of them closes: unloading it would wait for
 * the caller's stream, and to wrap a stream again then costs nothing. */
static cuda_program *programs;
static os_mutex programs_lock = OS_MUTEX_INIT;

static void unload(cuda_program *program) {
    int pushed;
    if (cuda_enter(program->context, &pushed) == RAMP_OK) {
        cuda_tables_free(program, 1);
        cuda_rows_free(program);
        for (int i = 0; i < CUDA_DTYPES; i++) {
            CUmodule module = atomic_load(&program->module[i]);
            if (module != NULL) CU_DROP(cuModuleUnload(module));
        }
        (void)cuda_leave(pushed, RAMP_OK);
    } else {
        cuda_tables_free(program, 0);
    }
    if (program->primary) CU_DROP(cuDevicePrimaryCtxRelease(program->device));
    free(program);
}

/* The kernels of one dtype. The program's context is current. Two threads may both load them: one of the two stays. */
static ramp_status get_module(cuda_program *program, int dtype, CUmodule *module) {
    CUmodule none = NULL;
    *module = atomic_load_explicit(&program->module[dtype], memory_order_acquire);
    if (*module != NULL) return RAMP_OK;
    ramp_status status = CU_TRY(cuModuleLoadData(module, fatbins[dtype]));
    if (status != RAMP_OK || atomic_compare_exchange_strong(&program->module[dtype], &none, *module)) return status;
    CU_DROP(cuModuleUnload(*module));
    *module = none; /* the other thread's */
    return RAMP_OK;
}

/* f32's, which have the roofs too. The other dtypes' are loaded when they are asked for: where none was built ahead for the device, its
 * driver compiles them, which takes seconds. */
static ramp_status load(cuda_program *program) {
    int pushed;
    CUmodule module;
    ramp_status status = cuda_enter(program->context, &pushed);
    if (status == RAMP_OK) status = get_module(program, 0, &module);
    return cuda_leave(pushed, status);
}

static ramp_status load_new(CUcontext context, unsigned long long id, CUdevice device, int primary, cuda_program **program) {
    cuda_program *made = calloc(1, sizeof *made); /* all zero: no handle yet */
    if (made == NULL) {
        if (primary) CU_DROP(cuDevicePrimaryCtxRelease(device));
        return ramp_error_set(RAMP_ERROR_MEMORY, "no memory for the CUDA backend's table of kernels");
    }
    made->context = context;
    made->id = id;
    made->device = device;
    made->primary = primary;
    made->tables = lookup_new(lookup_gpu_least, 1);
    ramp_status status = load(made);
    if (status != RAMP_OK) {
        unload(made);
        return status == RAMP_ERROR_DEVICE ? RAMP_ERROR_UNAVAILABLE : status; /* most likely an architecture that was not built for */
    }
    made->next = programs;
    programs = made;
    *program = made;
    return RAMP_OK;
}

ramp_status cuda_program_acquire(CUcontext context, CUdevice device, int primary, cuda_program **program) {
    unsigned long long id = 0;
    ramp_status status = cuda_driver.cuCtxGetId != NULL ? CU_TRY(cuCtxGetId(context, &id)) : RAMP_OK;
    if (status != RAMP_OK) {
        if (primary) CU_DROP(cuDevicePrimaryCtxRelease(device));
        return status;
    }
    os_mutex_lock(&programs_lock);
    cuda_program *known = programs;
    while (known != NULL && (known->context != context || known->id != id)) known = known->next;
    if (known != NULL) {
        if (primary) CU_DROP(cuDevicePrimaryCtxRelease(device)); /* it holds one already */
        *program = known;
    } else {
        status = load_new(context, id, device, primary, program);
    }
    if (status == RAMP_OK) (*program)->users++;
    os_mutex_unlock(&programs_lock);
    return status;
}

void cuda_program_release(cuda_program *program, int may_wait) {
    os_mutex_lock(&programs_lock);
    /* Without an id, a context of the caller's own could be destroyed and its address used again: such a program cannot stay. */
    int stays = --program->users > 0 || (!may_wait && (program->primary || program->id != 0));
    if (!stays) {
        cuda_program **link = &programs;
        while (*link != program) link = &(*link)->next;
        *link = program->next;
        unload(program);
    }
    os_mutex_unlock(&programs_lock);
}

/* Two threads may both look a name up: each gets a good handle, and one of them stays. */
static ramp_status look_up(cuda_program *program, int dtype, cuda_function *slot, const char *name, CUfunction *function) {
    CUmodule module;
    ramp_status status = get_module(program, dtype, &module);
    if (status == RAMP_OK) status = CU_TRY(cuModuleGetFunction(function, module, name));
    if (status == RAMP_OK) atomic_store_explicit(slot, *function, memory_order_release);
    return status;
}

int cuda_program_variants(ramp_op_id op, ramp_kind kind) {
    static const unsigned char variants[op_ids][RAMP_KINDS] = {
        [RAMP_OP_NONE] = {[RAMP_KIND_FORWARD] = 1, [RAMP_KIND_FORWARD_MASK] = 1, [RAMP_KIND_BACKWARD] = 1},
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, saves, ...)                                                   \
    [id] = {[RAMP_KIND_FORWARD] = RAMP_VARIANTS(limit),                                                                                    \
            RAMP_IF_MASK_##saves([RAMP_KIND_FORWARD_MASK] = RAMP_VARIANTS(limit), [RAMP_KIND_BACKWARD_MASK] = 1, )                         \
                RAMP_IF_OUTPUT_##saves([RAMP_KIND_BACKWARD_OUTPUT] = 1, )[RAMP_KIND_BACKWARD] = 1},
#include "ramp/ops.def"
#undef RAMP_OP
    };
    return variants[op][kind];
}

int cuda_program_has(ramp_dtype dtype, ramp_op_id op, ramp_kind kind, cuda_form form) {
    const int has_mask = kind == RAMP_KIND_FORWARD_MASK || kind == RAMP_KIND_BACKWARD_MASK;
    if (form == CUDA_SPREAD) return !has_mask;
    return form != CUDA_FLAT || has_mask || op == RAMP_OP_NONE || !op_query_of(dtype)->is_brief(op);
}

static const char *const op_name[op_ids] = {
    [RAMP_OP_NONE] = "table",
#define RAMP_OP(id, NAME, name, ...) [id] = #name,
#include "ramp/ops.def"
#undef RAMP_OP
};

ramp_status cuda_program_kernel(cuda_program *program, ramp_dtype dtype, ramp_op_id op, ramp_kind kind, cuda_form form, int variant,
                                CUfunction *function) {
    static const char *const kind_name[RAMP_KINDS] = {"forward", "forward_mask", "backward", "backward_output", "backward_mask"};
    static const char *const form_name[CUDA_FORMS] = {"", "_spread", "_gather", "_vectors", "_tile"};
    int index = (int)dtype - RAMP_F32;
    cuda_function *slot = &program->kernel[index][op][kind][form][variant];
    *function = atomic_load_explicit(slot, memory_order_acquire);
    if (*function != NULL) return RAMP_OK;
    char name[128];
    snprintf(name, sizeof name, "ramp_%s%s_%s_%s_%d", kind_name[kind], form_name[form], op_name[op], dtype_names[index], variant);
    return look_up(program, index, slot, name, function);
}

ramp_status cuda_program_table_kernel(cuda_program *program, ramp_dtype dtype, ramp_op_id op, cuda_table_kernel kernel,
                                      CUfunction *function) {
    static const char *const kernel_name[CUDA_TABLE_KERNELS] = {"inputs", "forward_shared", "forward_mask_shared", "slopes",
                                                                "backward_mixed"};
    const int index = (int)dtype - RAMP_F32;
    cuda_function *slot = &program->table_kernel[dtype == RAMP_BF16][op][kernel];
    *function = atomic_load_explicit(slot, memory_order_acquire);
    if (*function != NULL) return RAMP_OK;
    char name[128];
    snprintf(name, sizeof name, "ramp_%s_%s_%s_0", kernel_name[kernel], op_name[op], dtype_names[index]);
    return look_up(program, index, slot, name, function);
}

ramp_status cuda_program_roof(cuda_program *program, ramp_roof roof, CUfunction *function) {
    cuda_function *slot = &program->roof[roof];
    *function = atomic_load_explicit(slot, memory_order_acquire);
    if (*function != NULL) return RAMP_OK;
    return look_up(program, 0, slot, roof == RAMP_ROOF_COPY ? "ramp_copy" : "ramp_add", function);
}
