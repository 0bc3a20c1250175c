/* program.c: programs, built when one of their kernels is first needed, and kept by the device. forms.c says which kernels are together. */
#include "opencl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { all_copies = kernel_copies + svm_copies };

/* ---- Building ---- */

static void free_kernel(opencl_kernel *kernel) {
    if (kernel == NULL) return;
    for (int i = 0; i < all_copies; i++) {
        if (kernel->copy[i].handle != NULL) (void)CL_STATUS(clReleaseKernel(kernel->copy[i].handle));
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

/* Those for SVM are made when they are needed: few programs use it. */
static ramp_status make_copies(const opencl_device *dev, const opencl_recipe *r, int part, opencl_kernel *kernel) {
    size_t largest = 0;
    for (int i = 0; i < kernel_copies; i++) {
        cl_int code;
        cl_kernel made;
        ramp_status status = CL_CREATE(made, code, clCreateKernel(kernel->program, r->part[part].kernel, &code));
        if (code == CL_INVALID_KERNEL_NAME || code == CL_INVALID_PROGRAM_EXECUTABLE)
            return ramp_error_set(RAMP_ERROR_UNAVAILABLE, "the OpenCL program of %s has no kernel '%s'%s", r->what, r->part[part].kernel,
                                  opencl_sources_are_files() ? ": look into the files in RAMP_OPENCL_KERNELS" : "");
        if (status != RAMP_OK) return status;
        kernel->copy[i].handle = made;
    }
    CL_TRY(clGetKernelWorkGroupInfo(kernel->copy[0].handle, dev->id, CL_KERNEL_WORK_GROUP_SIZE, sizeof largest, &largest, NULL));
    kernel->name = r->part[part].kernel;
    kernel->times = r->times;
    kernel->streams_above = r->streams_above;
    kernel->local = r->part[part].local_size;
    if (kernel->local > largest)
        kernel->local = largest > 0 ? largest : 1; /* not of those that require their size: a driver that builds them has room */
    return RAMP_OK;
}

static ramp_status make_kernel(const opencl_device *dev, const opencl_recipe *r, int part, cl_program program, opencl_kernel **made) {
    opencl_kernel *kernel = calloc(1, sizeof *kernel);
    if (kernel == NULL) return ramp_error_set(RAMP_ERROR_MEMORY, "no memory for a kernel of %zu bytes", sizeof *kernel);
    for (int i = 0; i < all_copies; i++) os_mutex_init(&kernel->copy[i].lock);
    ramp_status status = CL_STATUS(clRetainProgram(program));
    if (status == RAMP_OK) {
        kernel->program = program;
        status = make_copies(dev, r, part, kernel);
    }
    if (status == RAMP_OK)
        *made = kernel;
    else
        free_kernel(kernel);
    return status;
}

static ramp_status build_program(const opencl_device *dev, const opencl_recipe *r, cl_program *program) {
    opencl_sources sources;
    cl_int code;
    ramp_status status = opencl_sources_collect(&sources, r);
    if (status != RAMP_OK) return status;
    status = CL_CREATE(*program, code,
                       clCreateProgramWithSource(dev->context, sources.count, (const char **)sources.text, sources.length, &code));
    opencl_sources_free(&sources); /* the program has a copy */
    if (status != RAMP_OK) return status;
    status = CL_STATUS(clBuildProgram(*program, 1, &dev->id, r->options, NULL, NULL));
    if (status == RAMP_OK) return RAMP_OK;
    status = add_build_log(dev, *program, r->what, status);
    (void)ramp_cl.clReleaseProgram(*program);
    return status;
}

/* All of a recipe's kernels, or none. */
static ramp_status build(const opencl_device *dev, const opencl_recipe *r, opencl_kernel **made) {
    cl_program program;
    int n = 0;
    ramp_status status = build_program(dev, r, &program);
    if (status != RAMP_OK) return status;
    while (n < r->parts && (status = make_kernel(dev, r, n, program, &made[n])) == RAMP_OK) n++;
    (void)ramp_cl.clReleaseProgram(program);
    if (status == RAMP_OK) return RAMP_OK;
    while (n > 0) free_kernel(made[--n]);
    return status;
}

/* ---- Finding ---- */

typedef _Atomic(opencl_kernel *) kernel_slot;

static int formula_of(const opencl_which *which) {
    switch (which->kind) {
    case RAMP_KIND_FORWARD: return which->variant;
    case RAMP_KIND_FORWARD_MASK: return RAMP_MAX_VARIANTS + which->variant;
    default: return 2 * RAMP_MAX_VARIANTS + (int)which->kind - (int)RAMP_KIND_BACKWARD;
    }
}

/* A slot is filled once, under the lock, and then read without it. A build that failed is tried again by the next call. */
static ramp_status build_locked(opencl_device *dev, const opencl_which *which, kernel_slot *forms) {
    opencl_recipe r;
    opencl_kernel *made[form_count];
    if (atomic_load_explicit(&forms[which->form], memory_order_acquire) != NULL) return RAMP_OK;
    opencl_recipe_op(dev, which, &r);
    ramp_status status = build(dev, &r, made);
    for (int i = 0; i < r.parts && status == RAMP_OK; i++) atomic_store_explicit(&forms[r.part[i].form], made[i], memory_order_release);
    return status;
}

ramp_status opencl_kernel_get(opencl_device *dev, const opencl_which *which, opencl_kernel **kernel) {
    kernel_slot *forms = dev->kernels[which->op][which->dtype][formula_of(which)];
    ramp_status status = RAMP_OK;
    *kernel = atomic_load_explicit(&forms[which->form], memory_order_acquire);
    if (*kernel != NULL) return RAMP_OK;
    os_mutex_lock(&dev->building);
    status = build_locked(dev, which, forms);
    os_mutex_unlock(&dev->building);
    *kernel = atomic_load_explicit(&forms[which->form], memory_order_acquire);
    return status;
}

static ramp_status build_roofs_locked(opencl_device *dev) {
    opencl_recipe r;
    opencl_kernel *made[form_count];
    if (atomic_load_explicit(&dev->roofs[0], memory_order_acquire) != NULL) return RAMP_OK;
    opencl_recipe_roofs(dev, &r);
    ramp_status status = build(dev, &r, made);
    for (int i = 0; i < r.parts && status == RAMP_OK; i++) atomic_store_explicit(&dev->roofs[i], made[i], memory_order_release);
    return status;
}

ramp_status opencl_kernel_roof(opencl_device *dev, int is_add, opencl_kernel **kernel) {
    os_mutex_lock(&dev->building);
    ramp_status status = build_roofs_locked(dev);
    os_mutex_unlock(&dev->building);
    *kernel = atomic_load_explicit(&dev->roofs[is_add], memory_order_acquire);
    return status;
}

void opencl_kernels_free(opencl_device *dev) {
    for (int op = 0; op < op_ids; op++)
        for (int dtype = 0; dtype < dtype_slots; dtype++)
            for (int formula = 0; formula < formula_slots; formula++)
                for (int form = 0; form < form_count; form++) free_kernel(atomic_load(&dev->kernels[op][dtype][formula][form]));
    for (int i = 0; i < 2; i++) free_kernel(atomic_load(&dev->roofs[i]));
}

/* ---- Using a kernel ---- */

/* One that needs no renewal, if such a one is free. */
opencl_kernel_copy *opencl_kernel_lock(opencl_kernel *kernel, unsigned svm) {
    opencl_kernel_copy *copies = kernel->copy + (svm != 0 ? kernel_copies : 0);
    const int count = svm != 0 ? svm_copies : kernel_copies;
    int i = 0;
    while (i < count && !os_mutex_trylock(&copies[i].lock)) i++;
    if (i == count) os_mutex_lock(&copies[i = 0].lock);
    return &copies[i];
}

void opencl_kernel_unlock(opencl_kernel_copy *copy) { os_mutex_unlock(&copy->lock); }

/* What is queued keeps the old object. */
ramp_status opencl_kernel_renew(opencl_kernel *kernel, opencl_kernel_copy *copy) {
    cl_int code;
    cl_kernel made;
    ramp_status status = CL_CREATE(made, code, clCreateKernel(kernel->program, kernel->name, &code));
    if (status != RAMP_OK) return status;
    if (copy->handle != NULL) (void)CL_STATUS(clReleaseKernel(copy->handle));
    copy->handle = made;
    copy->svm = copy->kept = 0;
    return RAMP_OK;
}
