#include "program.h"

#include <stdio.h>
#include <stdlib.h>

#include "os.h"

extern const unsigned char ramp_cuda_f32[], ramp_cuda_f64[]; /* the fatbins: cmake/Cuda.cmake */

/* Every context's program. One that only wrapped devices used stays here when the last of them closes: unloading it would wait for
 * the caller's stream, and to wrap a stream again then costs nothing. */
static cuda_program *programs;
static os_mutex programs_lock = OS_MUTEX_INIT;

static void unload(cuda_program *program) {
    int pushed;
    if (cuda_enter(program->context, &pushed) == RAMP_OK) {
        for (int i = 0; i < CUDA_DTYPES; i++)
            if (program->module[i] != NULL) CU_DROP(cuModuleUnload(program->module[i]));
        (void)cuda_leave(pushed, RAMP_OK);
    }
    if (program->primary) CU_DROP(cuDevicePrimaryCtxRelease(program->device));
    free(program);
}

static ramp_status load(cuda_program *program) {
    int pushed;
    ramp_status status = cuda_enter(program->context, &pushed);
    if (status == RAMP_OK) status = CU_TRY(cuModuleLoadData(&program->module[0], ramp_cuda_f32));
    if (status == RAMP_OK) status = CU_TRY(cuModuleLoadData(&program->module[1], ramp_cuda_f64));
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
static ramp_status look_up(cuda_function *slot, CUmodule module, const char *name, CUfunction *function) {
    ramp_status status = CU_TRY(cuModuleGetFunction(function, module, name));
    if (status == RAMP_OK) atomic_store_explicit(slot, *function, memory_order_release);
    return status;
}

int cuda_program_variants(ramp_op_id op) {
    static const int variants[CUDA_OPS] = {
#define RAMP_OP(id, NAME, name, aliases, definition, limit, ...) [id] = RAMP_VARIANTS_##limit,
#include "ramp/ops.def"
#undef RAMP_OP
    };
    return variants[op];
}

ramp_status cuda_program_kernel(cuda_program *program, ramp_dtype dtype, ramp_op_id op, ramp_pass pass, cuda_form form, int variant,
                                CUfunction *function) {
    static const char *const op_name[CUDA_OPS] = {
#define RAMP_OP(id, NAME, name, ...) [id] = #name,
#include "ramp/ops.def"
#undef RAMP_OP
    };
    int wide = dtype == RAMP_F64;
    cuda_function *slot = &program->kernel[wide][op][pass][form][variant];
    *function = atomic_load_explicit(slot, memory_order_acquire);
    if (*function != NULL) return RAMP_OK;
    char name[128];
    snprintf(name, sizeof name, "ramp_%s_%s_%s_%s_%d", pass == RAMP_FORWARD ? "forward" : "backward", op_name[op], wide ? "f64" : "f32",
             form == CUDA_VECTOR ? "vector" : "scalar", variant);
    return look_up(slot, program->module[wide], name, function);
}

ramp_status cuda_program_roof(cuda_program *program, ramp_roof roof, CUfunction *function) {
    cuda_function *slot = &program->roof[roof];
    *function = atomic_load_explicit(slot, memory_order_acquire);
    if (*function != NULL) return RAMP_OK;
    return look_up(slot, program->module[0], roof == RAMP_ROOF_COPY ? "ramp_copy" : "ramp_add", function);
}
