/* program.c: programs of one kernel each, built on first use and kept by the device: one for each op, dtype, pass, variant and form that was
 * asked for, and the roofs. One kernel each, because what a call does not need it should not wait for. */
#include "devices.h"
#include "opencl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *option;
} dtypes[dtype_slots] = {
    [RAMP_F32] = {"f32", "F32"},
    [RAMP_F64] = {"f64", "F64"},
    [RAMP_F16] = {"f16", "F16"},
    [RAMP_BF16] = {"bf16", "BF16"},
};

static const struct {
    const char *name;
    int elements; /* or vectors, of a work-item */
} forms[form_count] = {
    [FORM_VECTOR] = {"VECTORS", gpu_vectors},
    [FORM_SCALAR] = {"SCALARS", gpu_scalars},
    [FORM_RUN] = {"RUN", cpu_run},
};

/* The functions are named whole: an op's name alone may be a macro of the compiler's, as tanh is of PoCL's. */
static const struct {
    const char *name, *function[2];
    int variants;
} ops[op_slots] = {
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, ...)                                                          \
    [id] = {#name, {#name "_value", #name "_gradient"}, RAMP_VARIANTS_##limit},
#include <ramp/ops.def>
#undef RAMP_OP
};

int opencl_op_variants(ramp_op_id op) { return ops[op].variants; }

/* ---- Building ---- */

typedef struct recipe {
    ramp_status (*collect)(opencl_sources *sources);
    const char *kernel;
    char options[512];
    char what[64]; /* for people */
} recipe;

/* No option may let the compiler change a result. Double is exact as it is. */
static void write_options(const opencl_device *dev, ramp_dtype dtype, char *options, size_t capacity) {
    if (dtype == RAMP_F64)
        snprintf(options, capacity, "-cl-std=CL1.2");
    else
        snprintf(options, capacity, "-cl-std=CL1.2%s%s%s",
                 (dev->lacks & OPENCL_LACKS_DIVIDE) != 0 ? " -DRAMP_NO_DIVIDE" : " -cl-fp32-correctly-rounded-divide-sqrt",
                 (dev->lacks & OPENCL_LACKS_FMA) != 0 ? " -DRAMP_NO_FMA" : "",
                 (dev->lacks & OPENCL_LACKS_SUBNORMALS) != 0 ? " -cl-denorms-are-zero" : "");
}

static void free_kernel(opencl_kernel *kernel) {
    if (kernel == NULL) return;
    for (int i = 0; i < kernel_copies; i++) {
        if (kernel->copy[i].handle == NULL) continue;
        (void)CL_STATUS(clReleaseKernel(kernel->copy[i].handle));
        os_mutex_destroy(&kernel->copy[i].lock);
    }
    if (kernel->program != NULL) (void)CL_STATUS(clReleaseProgram(kernel->program));
    free(kernel);
}

/* Replace the error by one that holds the build log; the status stays. */
static ramp_status add_build_log(const opencl_device *dev, cl_program program, const char *what, ramp_status status) {
    size_t bytes = 0;
    char call[256];
    snprintf(call, sizeof call, "%s", ramp_last_error());
    (void)ramp_cl.clGetProgramBuildInfo(program, dev->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &bytes);
    char *log = bytes > 0 ? calloc(bytes + 1, 1) : NULL;
    if (log != NULL) (void)ramp_cl.clGetProgramBuildInfo(program, dev->id, CL_PROGRAM_BUILD_LOG, bytes, log, NULL);
    const char *text = log != NULL ? log + strspn(log, " \n") : "";
    status = ramp_error_set(status, "the OpenCL kernel of %s does not build on %s: %s; the build log:\n%s", what, dev->info.name, call,
                            text[0] != '\0' ? text : "(empty)");
    free(log);
    return status;
}

static ramp_status make_copies(const opencl_device *dev, const recipe *r, opencl_kernel *kernel) {
    size_t largest = 0;
    for (int i = 0; i < kernel_copies; i++) {
        cl_int code;
        cl_kernel made;
        ramp_status status = CL_CREATE(made, code, clCreateKernel(kernel->program, r->kernel, &code));
        if (code == CL_INVALID_KERNEL_NAME || code == CL_INVALID_PROGRAM_EXECUTABLE)
            return ramp_error_set(RAMP_ERROR_UNAVAILABLE, "the OpenCL program of %s has no kernel '%s'%s", r->what, r->kernel,
                                  opencl_sources_are_files() ? ": look into the files in RAMP_OPENCL_KERNELS" : "");
        if (status != RAMP_OK) return status;
        kernel->copy[i].handle = made;
        os_mutex_init(&kernel->copy[i].lock);
    }
    CL_TRY(clGetKernelWorkGroupInfo(kernel->copy[0].handle, dev->id, CL_KERNEL_WORK_GROUP_SIZE, sizeof largest, &largest, NULL));
    kernel->local = dev->is_cpu ? cpu_local_size : gpu_local_size;
    if (kernel->local > largest) kernel->local = largest > 0 ? largest : 1;
    return RAMP_OK;
}

static ramp_status build_from(const opencl_device *dev, const recipe *r, const opencl_sources *sources, opencl_kernel *kernel) {
    cl_int code;
    ramp_status status =
        CL_CREATE(kernel->program, code,
                  clCreateProgramWithSource(dev->context, sources->count, (const char **)sources->text, sources->length, &code));
    if (status != RAMP_OK) return status;
    status = CL_STATUS(clBuildProgram(kernel->program, 1, &dev->id, r->options, NULL, NULL));
    if (status != RAMP_OK) return add_build_log(dev, kernel->program, r->what, status);
    return make_copies(dev, r, kernel);
}

static ramp_status build(const opencl_device *dev, const recipe *r, opencl_kernel **made) {
    opencl_sources sources;
    ramp_status status = r->collect(&sources);
    if (status != RAMP_OK) return status;
    opencl_kernel *kernel = calloc(1, sizeof *kernel);
    if (kernel != NULL)
        status = build_from(dev, r, &sources, kernel);
    else
        status = ramp_error_set(RAMP_ERROR_MEMORY, "no memory for a kernel of %zu bytes", sizeof *kernel);
    opencl_sources_free(&sources);
    if (status == RAMP_OK)
        *made = kernel;
    else
        free_kernel(kernel);
    return status;
}

/* ---- Finding ---- */

/* A slot is filled once, under the lock, and then read without it. A build that failed is tried again by the next call. */
static ramp_status fill(opencl_device *dev, const recipe *r, _Atomic(opencl_kernel *) *slot, opencl_kernel **kernel) {
    ramp_status status = RAMP_OK;
    os_mutex_lock(&dev->building);
    *kernel = atomic_load_explicit(slot, memory_order_acquire);
    if (*kernel == NULL) {
        status = build(dev, r, kernel);
        if (status == RAMP_OK) atomic_store_explicit(slot, *kernel, memory_order_release);
    }
    os_mutex_unlock(&dev->building);
    return status;
}

ramp_status opencl_kernel_get(opencl_device *dev, const opencl_which *which, opencl_kernel **kernel) {
    const int is_backward = which->pass == RAMP_BACKWARD, formula = is_backward ? RAMP_MAX_VARIANTS : which->variant;
    _Atomic(opencl_kernel *) *slot = &dev->elementwise[which->op][which->dtype][formula][which->form];
    *kernel = atomic_load_explicit(slot, memory_order_acquire);
    if (*kernel != NULL) return RAMP_OK;
    recipe r = {.collect = opencl_sources_elementwise, .kernel = "elementwise"};
    write_options(dev, which->dtype, r.options, sizeof r.options);
    size_t used = strlen(r.options);
    snprintf(r.options + used, sizeof r.options - used,
             " -DRAMP_DTYPE_%s -DRAMP_FUNCTION=%s -DRAMP_BACKWARD=%d -DRAMP_VARIANT=%d -DRAMP_%s=%d", dtypes[which->dtype].option,
             ops[which->op].function[is_backward], is_backward, is_backward ? 0 : which->variant, forms[which->form].name,
             forms[which->form].elements);
    snprintf(r.what, sizeof r.what, "%s, %s, in %s", ops[which->op].name, is_backward ? "backward" : "forward", dtypes[which->dtype].name);
    return fill(dev, &r, slot, kernel);
}

ramp_status opencl_kernel_roof(opencl_device *dev, int is_add, opencl_kernel **kernel) {
    *kernel = atomic_load_explicit(&dev->roofs[is_add], memory_order_acquire);
    if (*kernel != NULL) return RAMP_OK;
    recipe r = {.collect = opencl_sources_roof, .kernel = is_add ? "add" : "copy", .what = "the roofs"};
    write_options(dev, RAMP_F32, r.options, sizeof r.options);
    size_t used = strlen(r.options);
    const opencl_form form = dev->is_cpu ? FORM_RUN : FORM_VECTOR;
    snprintf(r.options + used, sizeof r.options - used, " -DRAMP_%s=%d", forms[form].name, forms[form].elements);
    return fill(dev, &r, &dev->roofs[is_add], kernel);
}

void opencl_kernels_free(opencl_device *dev) {
    for (int op = 0; op < op_slots; op++)
        for (int dtype = 0; dtype < dtype_slots; dtype++)
            for (int formula = 0; formula < formula_slots; formula++)
                for (int form = 0; form < form_count; form++) free_kernel(atomic_load(&dev->elementwise[op][dtype][formula][form]));
    for (int i = 0; i < 2; i++) free_kernel(atomic_load(&dev->roofs[i]));
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
