/* calls_opencl.c: OpenCL without ramp, through the loader that ramp opens. Where ramp is built without OpenCL, there is none. */
#include "calls_driver.h"

#if defined(RAMP_HAVE_OPENCL)
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS(X)                                                                                                                       \
    X(clGetPlatformIDs)                                                                                                                    \
    X(clGetDeviceIDs)                                                                                                                      \
    X(clGetDeviceInfo)                                                                                                                     \
    X(clCreateContext)                                                                                                                     \
    X(clCreateCommandQueue)                                                                                                                \
    X(clCreateProgramWithSource)                                                                                                           \
    X(clBuildProgram)                                                                                                                      \
    X(clCreateKernel)                                                                                                                      \
    X(clSetKernelArg)                                                                                                                      \
    X(clEnqueueNDRangeKernel)                                                                                                              \
    X(clFinish)                                                                                                                            \
    X(clReleaseKernel)                                                                                                                     \
    X(clReleaseProgram)                                                                                                                    \
    X(clReleaseCommandQueue)                                                                                                               \
    X(clReleaseContext)

static struct {
#define X(name) __typeof__(name) *name;
    FUNCTIONS(X)
#undef X
    cl_device_id id;
    cl_context context;
    cl_program program;
    cl_kernel kernel[calls_most_threads][bench_passes]; /* arguments belong to the kernel object: one a thread */
    int is_set[calls_most_threads][bench_passes];
} cl;

static int failed(calls_driver *d, const char *call, cl_int code) {
    snprintf(d->reason, sizeof d->reason, "%s: %d", call, (int)code);
    return -1;
}

#define TRY(d, name, arguments)                                                                                                            \
    do {                                                                                                                                   \
        const cl_int result = cl.name arguments;                                                                                           \
        if (result != CL_SUCCESS) return failed(d, #name, result);                                                                         \
    } while (0)

static int open_library(calls_driver *d) {
    void *library = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        snprintf(d->reason, sizeof d->reason, "%s", dlerror());
        return -1;
    }
#define X(name)                                                                                                                            \
    {                                                                                                                                      \
        void *address = dlsym(library, #name);                                                                                             \
        memcpy(&cl.name, &address, sizeof address);                                                                                        \
        if (address == NULL) {                                                                                                             \
            snprintf(d->reason, sizeof d->reason, "libOpenCL.so.1 has no %s", #name);                                                      \
            return -1;                                                                                                                     \
        }                                                                                                                                  \
    }
    FUNCTIONS(X)
#undef X
    return 0;
}

/* The first device that has this name and driver. */
static int find_device(calls_driver *d, const ramp_device_info *info) {
    enum { most = 64 };
    cl_platform_id platform[most];
    cl_device_id device[most];
    cl_uint platforms = 0, devices = 0;
    TRY(d, clGetPlatformIDs, (most, platform, &platforms));
    for (cl_uint p = 0; p < platforms && p < most; p++) {
        if (cl.clGetDeviceIDs(platform[p], CL_DEVICE_TYPE_ALL, most, device, &devices) != CL_SUCCESS) continue;
        for (cl_uint i = 0; i < devices && i < most; i++) {
            char name[1024] = "", driver[1024] = "";
            cl.clGetDeviceInfo(device[i], CL_DEVICE_NAME, sizeof name, name, NULL);
            cl.clGetDeviceInfo(device[i], CL_DRIVER_VERSION, sizeof driver, driver, NULL);
            cl.id = device[i];
            if (strncmp(name, info->name, sizeof info->name - 1) == 0 && strncmp(driver, info->driver, sizeof info->driver - 1) == 0)
                return 0;
        }
    }
    snprintf(d->reason, sizeof d->reason, "%.200s is not among OpenCL's devices", info->name);
    return -1;
}

static int set_arguments(calls_driver *d, cl_kernel kernel, bench_pass pass, const calls_memory *m) {
    const cl_ulong n = calls_elements;
    const void *const memory[] = {&m->x, pass == PASS_FORWARD ? &m->y : &m->dy, &m->y};
    const cl_uint buffers = pass == PASS_FORWARD ? 2 : 3;
    for (cl_uint i = 0; i < buffers; i++) TRY(d, clSetKernelArg, (kernel, i, sizeof(cl_mem), memory[i]));
    TRY(d, clSetKernelArg, (kernel, buffers, sizeof n, &n));
    return 0;
}

static int enqueue(calls_driver *d, cl_command_queue queue, cl_kernel kernel) {
    const size_t items = 1; /* the fewest: what a bare enqueue costs */
    TRY(d, clEnqueueNDRangeKernel, (queue, kernel, 1, NULL, &items, &items, 0, NULL, NULL));
    return 0;
}

static int launch(calls_driver *d, void *queue, int thread, bench_pass pass, const calls_memory *m) {
    cl_kernel kernel = cl.kernel[thread][pass];
    if (!cl.is_set[thread][pass] && set_arguments(d, kernel, pass, m) != 0) return -1;
    cl.is_set[thread][pass] = 1;
    return enqueue(d, queue, kernel);
}

static int launch_arguments(calls_driver *d, void *queue, int thread, bench_pass pass, const calls_memory *m) {
    cl_kernel kernel = cl.kernel[thread][pass];
    return set_arguments(d, kernel, pass, m) != 0 ? -1 : enqueue(d, queue, kernel);
}

static int wait_for_all(calls_driver *d) {
    TRY(d, clFinish, (d->queue));
    for (int i = 0; i < calls_most_threads && d->own[i] != NULL; i++) TRY(d, clFinish, (d->own[i]));
    return 0;
}

static int make_queue(calls_driver *d, void **queue) {
    cl_int code;
    *queue = cl.clCreateCommandQueue(cl.context, cl.id, CL_QUEUE_PROFILING_ENABLE, &code);
    return code == CL_SUCCESS ? 0 : failed(d, "clCreateCommandQueue", code);
}

static int make_queues(calls_driver *d, int threads) {
    for (int i = 0; i < threads; i++)
        if (d->own[i] == NULL && make_queue(d, &d->own[i]) != 0) return -1;
    return 0;
}

static void close_driver(calls_driver *d) {
    for (int thread = 0; thread < calls_most_threads; thread++)
        for (int pass = 0; pass < bench_passes; pass++)
            if (cl.kernel[thread][pass] != NULL) cl.clReleaseKernel(cl.kernel[thread][pass]);
    if (cl.program != NULL) cl.clReleaseProgram(cl.program);
    for (int i = 0; i < calls_most_threads && d->own[i] != NULL; i++) cl.clReleaseCommandQueue(d->own[i]);
    if (d->queue != NULL) cl.clReleaseCommandQueue(d->queue);
    if (cl.context != NULL) cl.clReleaseContext(cl.context);
}

static int make_kernels(calls_driver *d) {
    static const char *text = "kernel void empty_forward(global const float *x, global float *y, ulong n) {}\n"
                              "kernel void empty_backward(global const float *x, global const float *dy, global float *y, ulong n) {}\n";
    static const char *const name[bench_passes] = {"empty_forward", "empty_backward"};
    cl_int code;
    cl.program = cl.clCreateProgramWithSource(cl.context, 1, &text, NULL, &code);
    if (code != CL_SUCCESS) return failed(d, "clCreateProgramWithSource", code);
    TRY(d, clBuildProgram, (cl.program, 1, &cl.id, "-cl-std=CL1.2", NULL, NULL));
    for (int thread = 0; thread < calls_most_threads; thread++)
        for (int pass = 0; pass < bench_passes; pass++) {
            cl.kernel[thread][pass] = cl.clCreateKernel(cl.program, name[pass], &code);
            if (code != CL_SUCCESS) return failed(d, "clCreateKernel", code);
        }
    return 0;
}

int calls_opencl_open(calls_driver *d, const ramp_device_info *info) {
    cl_int code;
    *d = (calls_driver){.backend = "opencl",
                        .has_arguments = 1,
                        .queues = make_queues,
                        .launch = launch,
                        .launch_arguments = launch_arguments,
                        .wait = wait_for_all,
                        .close = close_driver};
    if (open_library(d) != 0 || find_device(d, info) != 0) return -1;
    cl.context = cl.clCreateContext(NULL, 1, &cl.id, NULL, NULL, &code);
    if (code != CL_SUCCESS) return failed(d, "clCreateContext", code);
    return make_queue(d, &d->queue) == 0 ? make_kernels(d) : -1;
}

#else

int calls_opencl_open(calls_driver *d, const ramp_device_info *info) {
    *d = (calls_driver){.backend = "opencl"};
    snprintf(d->reason, sizeof d->reason, "%s: ramp-calls was built without OpenCL", info->selector);
    return -1;
}

#endif
