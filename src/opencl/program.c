/* program.c: programs of one kernel each, built on first use and kept by the device: one for each op, dtype, kind, variant and form that was
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

/* The functions are named whole: an op's name alone may be a macro of the compiler's, as tanh is of PoCL's. */
static const struct {
    const char *text, *function[RAMP_KINDS], *mask;
    int variants;
} ops[op_slots] = {
#define RAMP_OP(id, NAME, name, aliases, definition, source, differs, limit, saves, ...)                                                   \
    [id] = {.text = #name,                                                                                                                 \
            .function = {[RAMP_KIND_FORWARD] = #name "_value",                                                                             \
                         [RAMP_KIND_BACKWARD] = #name "_gradient",                                                                         \
                         RAMP_IF_OUTPUT_##saves([RAMP_KIND_BACKWARD_OUTPUT] = #name "_output_gradient", )                                  \
                             RAMP_IF_MASK_##saves([RAMP_KIND_FORWARD_MASK] = #name "_value", [RAMP_KIND_BACKWARD_MASK] = #name "_slope")}, \
            RAMP_IF_MASK_##saves(.mask = #name "_mask", ).variants = RAMP_VARIANTS_##limit},
#include <ramp/ops.def>
#undef RAMP_OP
};

int opencl_op_variants(ramp_op_id op) { return ops[op].variants; }
int opencl_op_has(ramp_op_id op, ramp_kind kind) { return ops[op].function[kind] != NULL; }

/* ---- Building ---- */

typedef struct recipe {
    const char *kernel;
    opencl_form form;
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
    kernel->local = (size_t)opencl_forms[r->form].local_size;
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
    ramp_status status = opencl_sources_collect(&sources, r->kernel);
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

/* The form's own options: how much a work-item has. */
static void write_form(const opencl_form_info *form, ramp_dtype dtype, char *options, size_t capacity) {
    const int side = dtype == RAMP_F16 || dtype == RAMP_BF16 ? form->tile_16_bit : form->tile;
    int used = snprintf(options, capacity, " -DRAMP_LOCAL=%d", form->local_size);
    if (form->run > 0) used += snprintf(options + used, capacity - (size_t)used, " -DRAMP_RUN=%d", form->run);
    if (form->vectors > 0) used += snprintf(options + used, capacity - (size_t)used, " -DRAMP_VECTORS=%d", form->vectors);
    if (form->scalars > 0) used += snprintf(options + used, capacity - (size_t)used, " -DRAMP_SCALARS=%d", form->scalars);
    if (side > 0) snprintf(options + used, capacity - (size_t)used, " -DRAMP_TILE=%d", side);
}

static int formula_of(const opencl_which *which) {
    switch (which->kind) {
    case RAMP_KIND_FORWARD: return which->variant;
    case RAMP_KIND_FORWARD_MASK: return RAMP_MAX_VARIANTS + which->variant;
    default: return 2 * RAMP_MAX_VARIANTS + (int)which->kind - (int)RAMP_KIND_BACKWARD;
    }
}

static void write_recipe(const opencl_device *dev, const opencl_which *which, recipe *r) {
    const ramp_kind kind = which->kind;
    const int is_backward = kind != RAMP_KIND_FORWARD && kind != RAMP_KIND_FORWARD_MASK;
    r->form = which->form;
    r->kernel = opencl_forms[which->form].kernel;
    write_options(dev, which->dtype, r->options, sizeof r->options);
    size_t used = strlen(r->options);
    snprintf(r->options + used, sizeof r->options - used, " -DRAMP_DTYPE_%s -DRAMP_FUNCTION=%s -DRAMP_BACKWARD=%d -DRAMP_FROM_MASK=%d",
             dtypes[which->dtype].option, ops[which->op].function[kind], is_backward, kind == RAMP_KIND_BACKWARD_MASK);
    used = strlen(r->options);
    if (!is_backward) snprintf(r->options + used, sizeof r->options - used, " -DRAMP_VARIANT=%d", which->variant);
    used = strlen(r->options);
    if (kind == RAMP_KIND_FORWARD_MASK) snprintf(r->options + used, sizeof r->options - used, " -DRAMP_MASK_OF=%s", ops[which->op].mask);
    used = strlen(r->options);
    write_form(&opencl_forms[which->form], which->dtype, r->options + used, sizeof r->options - used);
    snprintf(r->what, sizeof r->what, "%s, %s, in %s", ops[which->op].text, is_backward ? "backward" : "forward",
             dtypes[which->dtype].name);
}

ramp_status opencl_kernel_get(opencl_device *dev, const opencl_which *which, opencl_kernel **kernel) {
    _Atomic(opencl_kernel *) *slot = &dev->kernels[which->op][which->dtype][formula_of(which)][which->form];
    *kernel = atomic_load_explicit(slot, memory_order_acquire);
    if (*kernel != NULL) return RAMP_OK;
    recipe r;
    write_recipe(dev, which, &r);
    return fill(dev, &r, slot, kernel);
}

ramp_status opencl_kernel_roof(opencl_device *dev, int is_add, opencl_kernel **kernel) {
    *kernel = atomic_load_explicit(&dev->roofs[is_add], memory_order_acquire);
    if (*kernel != NULL) return RAMP_OK;
    recipe r = {.kernel = is_add ? "add" : "copy", .form = dev->is_cpu ? FORM_RUN : FORM_VECTOR, .what = "the roofs"};
    write_options(dev, RAMP_F32, r.options, sizeof r.options);
    size_t used = strlen(r.options);
    write_form(&opencl_forms[r.form], RAMP_F32, r.options + used, sizeof r.options - used);
    return fill(dev, &r, &dev->roofs[is_add], kernel);
}

void opencl_kernels_free(opencl_device *dev) {
    for (int op = 0; op < op_slots; op++)
        for (int dtype = 0; dtype < dtype_slots; dtype++)
            for (int formula = 0; formula < formula_slots; formula++)
                for (int form = 0; form < form_count; form++) free_kernel(atomic_load(&dev->kernels[op][dtype][formula][form]));
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
