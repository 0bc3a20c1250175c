/* program.c: programs, built on first use and kept by the device: one per op and dtype, and one for the roofs. */
#include "opencl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Kernel names [is_cpu][pass][form]; NULL: the CPU's one form serves. */
typedef const char *const kernel_names[2][form_count];
static kernel_names elementwise_names[2] = {{{"forward_vector", "forward_scalar"}, {"backward_vector", "backward_scalar"}},
                                            {{"forward_run", NULL}, {"backward_run", NULL}}};
static kernel_names roof_names = {{"copy", NULL}, {"add", NULL}};

static const char *const op_names[op_slots] = {
#define RAMP_OP(id, NAME, name, ...) [id] = #name,
#include <ramp/ops.def>
#undef RAMP_OP
};

static const char *const op_options[op_slots] = {
#define RAMP_OP(id, NAME, name, ...) [id] = " -DRAMP_OP=" #name,
#include <ramp/ops.def>
#undef RAMP_OP
};

/* ---- Building ---- */

static void free_program(opencl_program *program) {
    if (program == NULL) return;
    for (int pass = 0; pass < 2; pass++)
        for (int form = 0; form < form_count; form++)
            for (int i = 0; i < kernel_copies; i++) {
                if (program->kernel[pass][form].copy[i].handle == NULL) continue;
                (void)CL_STATUS(clReleaseKernel(program->kernel[pass][form].copy[i].handle));
                os_mutex_destroy(&program->kernel[pass][form].copy[i].lock);
            }
    if (program->handle != NULL) (void)CL_STATUS(clReleaseProgram(program->handle));
    free(program);
}

/* Replace the error by one that holds the build log; the status stays. */
static ramp_status add_build_log(const opencl_device *dev, cl_program handle, const char *what, ramp_status status) {
    size_t bytes = 0;
    char call[256];
    snprintf(call, sizeof call, "%s", ramp_last_error());
    (void)ramp_cl.clGetProgramBuildInfo(handle, dev->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &bytes);
    char *log = bytes > 0 ? calloc(bytes + 1, 1) : NULL;
    if (log != NULL) (void)ramp_cl.clGetProgramBuildInfo(handle, dev->id, CL_PROGRAM_BUILD_LOG, bytes, log, NULL);
    const char *text = log != NULL ? log + strspn(log, " \n") : "";
    status = ramp_error_set(status, "the OpenCL kernels of %s do not build on %s: %s; the build log:\n%s", what, dev->info.name, call,
                            text[0] != '\0' ? text : "(empty)");
    free(log);
    return status;
}

static ramp_status make_kernel(const opencl_device *dev, cl_program handle, const char *name, opencl_kernel *kernel) {
    size_t largest = 0;
    for (int i = 0; i < kernel_copies; i++) {
        cl_int code;
        cl_kernel made;
        ramp_status status = CL_CREATE(made, code, clCreateKernel(handle, name, &code));
        if (status != RAMP_OK) return status;
        kernel->copy[i].handle = made;
        os_mutex_init(&kernel->copy[i].lock);
    }
    CL_TRY(clGetKernelWorkGroupInfo(kernel->copy[0].handle, dev->id, CL_KERNEL_WORK_GROUP_SIZE, sizeof largest, &largest, NULL));
    kernel->local = dev->is_cpu ? cpu_local_size : gpu_local_size;
    if (kernel->local > largest) kernel->local = largest > 0 ? largest : 1;
    return RAMP_OK;
}

static ramp_status build(const opencl_device *dev, const opencl_sources *sources, const char *options, const char *what, kernel_names names,
                         opencl_program **program) {
    cl_int code;
    opencl_program *p = calloc(1, sizeof *p);
    if (p == NULL) return ramp_error_set(RAMP_ERROR_MEMORY, "no memory for a program of %zu bytes", sizeof *p);
    ramp_status status = CL_CREATE(
        p->handle, code, clCreateProgramWithSource(dev->context, sources->count, (const char **)sources->text, sources->length, &code));
    if (status == RAMP_OK) {
        status = CL_STATUS(clBuildProgram(p->handle, 1, &dev->id, options, NULL, NULL));
        if (status != RAMP_OK) status = add_build_log(dev, p->handle, what, status);
    }
    for (int pass = 0; pass < 2; pass++)
        for (int form = 0; form < form_count; form++)
            if (status == RAMP_OK && names[pass][form] != NULL)
                status = make_kernel(dev, p->handle, names[pass][form], &p->kernel[pass][form]);
    if (status == RAMP_OK)
        *program = p;
    else
        free_program(p);
    return status;
}

/* No option may let the compiler change a result. Division is correctly rounded in double as it is. */
static void write_options(const opencl_device *dev, char *options, size_t capacity, ramp_dtype dtype, const char *op_option, int variant) {
    int n = snprintf(options, capacity, "-cl-std=CL1.2 -cl-fp32-correctly-rounded-divide-sqrt");
    if (n > 0)
        n += dev->is_cpu
                 ? snprintf(options + n, capacity - (size_t)n, " -DRAMP_RUN=%d", (int)cpu_run)
                 : snprintf(options + n, capacity - (size_t)n, " -DRAMP_VECTORS=%d -DRAMP_SCALARS=%d", (int)gpu_vectors, (int)gpu_scalars);
    if (op_option != NULL && n > 0)
        snprintf(options + n, capacity - (size_t)n, " -DRAMP_DTYPE_%s%s -DRAMP_VARIANT=%d", dtype == RAMP_F64 ? "F64" : "F32", op_option,
                 variant);
}

static ramp_status build_elementwise(const opencl_device *dev, ramp_op_id op, ramp_dtype dtype, int variant, opencl_program **program) {
    opencl_sources sources;
    char options[512], what[64];
    ramp_status status = opencl_sources_elementwise(&sources);
    if (status != RAMP_OK) return status;
    write_options(dev, options, sizeof options, dtype, op_options[op], variant);
    snprintf(what, sizeof what, "%s in %s", op_names[op], dtype == RAMP_F64 ? "f64" : "f32");
    status = build(dev, &sources, options, what, elementwise_names[dev->is_cpu], program);
    opencl_sources_free(&sources);
    return status;
}

static ramp_status build_roofs(const opencl_device *dev, opencl_program **program) {
    opencl_sources sources;
    char options[512];
    ramp_status status = opencl_sources_roof(&sources);
    if (status != RAMP_OK) return status;
    write_options(dev, options, sizeof options, RAMP_F32, NULL, 0);
    status = build(dev, &sources, options, "the roofs", roof_names, program);
    opencl_sources_free(&sources);
    return status;
}

/* ---- Finding ---- */

/* A slot is filled once, under the lock, and then read without it. A build that failed is tried again by the next call. op NONE: the roofs.
 */
static ramp_status find(opencl_device *dev, _Atomic(opencl_program *) *slot, ramp_op_id op, ramp_dtype dtype, int variant,
                        opencl_program **program) {
    *program = atomic_load_explicit(slot, memory_order_acquire);
    if (*program != NULL) return RAMP_OK;
    ramp_status status = RAMP_OK;
    os_mutex_lock(&dev->building);
    *program = atomic_load_explicit(slot, memory_order_acquire);
    if (*program == NULL) {
        status = op != RAMP_OP_NONE ? build_elementwise(dev, op, dtype, variant, program) : build_roofs(dev, program);
        if (status == RAMP_OK) atomic_store_explicit(slot, *program, memory_order_release);
    }
    os_mutex_unlock(&dev->building);
    return status;
}

ramp_status opencl_program_get(opencl_device *dev, ramp_op_id op, ramp_dtype dtype, int variant, opencl_program **program) {
    return find(dev, &dev->programs[op][dtype == RAMP_F64][variant], op, dtype, variant, program);
}

int opencl_program_variants(ramp_op_id op) {
    static const int variants[op_slots] = {
#define RAMP_OP(id, NAME, name, aliases, definition, limit, ...) [id] = RAMP_VARIANTS_##limit,
#include <ramp/ops.def>
#undef RAMP_OP
    };
    return variants[op];
}

ramp_status opencl_program_roofs(opencl_device *dev, opencl_program **program) {
    return find(dev, &dev->roofs, RAMP_OP_NONE, RAMP_F32, 0, program);
}

void opencl_programs_free(opencl_device *dev) {
    for (int op = 0; op < op_slots; op++)
        for (int dtype = 0; dtype < dtype_slots; dtype++)
            for (int variant = 0; variant < RAMP_MAX_VARIANTS; variant++) free_program(atomic_load(&dev->programs[op][dtype][variant]));
    free_program(atomic_load(&dev->roofs));
}

/* ---- Using a kernel ---- */

void *opencl_kernel_lock(opencl_kernel *kernel, cl_kernel *handle) {
    int i = 0;
    while (i < kernel_copies && !os_mutex_trylock(&kernel->copy[i].lock)) i++;
    if (i == kernel_copies) os_mutex_lock(&kernel->copy[i = 0].lock);
    *handle = kernel->copy[i].handle;
    return &kernel->copy[i].lock;
}

void opencl_kernel_unlock(void *lock) { os_mutex_unlock(lock); }
