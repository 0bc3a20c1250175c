/* calls_cuda.c: CUDA's driver without ramp, with prototypes of its own, so that no machine needs CUDA to build this. */
#include "calls_driver.h"
#include "progress.h"

#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS(X)                                                                                                                       \
    X(cuInit, (unsigned))                                                                                                                  \
    X(cuGetErrorName, (int, const char **))                                                                                                \
    X(cuDeviceGet, (int *, int))                                                                                                           \
    X(cuDevicePrimaryCtxRetain, (void **, int))                                                                                            \
    X(cuDevicePrimaryCtxRelease_v2, (int))                                                                                                 \
    X(cuCtxSetCurrent, (void *))                                                                                                           \
    X(cuStreamCreate, (void **, unsigned))                                                                                                 \
    X(cuStreamDestroy_v2, (void *))                                                                                                        \
    X(cuStreamSynchronize, (void *))                                                                                                       \
    X(cuModuleLoadData, (void **, const void *))                                                                                           \
    X(cuModuleUnload, (void *))                                                                                                            \
    X(cuModuleGetFunction, (void **, void *, const char *))                                                                                \
    X(cuFuncGetAttribute, (int *, int, void *))                                                                                            \
    X(cuLaunchKernel, (void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *, void **, void **))            \
    X(cuEventCreate, (void **, unsigned))                                                                                                  \
    X(cuEventDestroy_v2, (void *))                                                                                                         \
    X(cuEventRecord, (void *, void *))                                                                                                     \
    X(cuEventElapsedTime, (float *, void *, void *))                                                                                       \
    X(cuStreamBeginCapture_v2, (void *, int))                                                                                              \
    X(cuStreamEndCapture, (void *, void **))                                                                                               \
    X(cuGraphInstantiateWithFlags, (void **, void *, unsigned long long))                                                                  \
    X(cuGraphLaunch, (void *, void *))                                                                                                     \
    X(cuGraphExecDestroy, (void *))                                                                                                        \
    X(cuGraphDestroy, (void *))

static struct {
#define X(name, arguments) int(*name) arguments;
    FUNCTIONS(X)
#undef X
    int device;
    void *context, *module, *empty[bench_passes], *copy, *start, *stop;
} cu;

enum { non_blocking = 1, capture_thread_local = 1, attribute_registers = 4, threads_a_block = 64 };

/* Compiled by the driver for whatever device it has. */
static const char ptx[] = ".version 6.0\n"
                          ".target sm_50\n"
                          ".address_size 64\n"
                          ".visible .entry empty_forward(.param .u64 x, .param .u64 y, .param .u64 n) { ret; }\n"
                          ".visible .entry empty_backward(.param .u64 x, .param .u64 dy, .param .u64 y, .param .u64 n) { ret; }\n"
                          ".visible .entry copy(.param .u64 x, .param .u64 y, .param .u64 n) {\n"
                          "  .reg .pred %p; .reg .u32 %i; .reg .u64 %x, %y, %n, %k; .reg .f32 %f;\n"
                          "  mov.u32 %i, %tid.x;\n"
                          "  cvt.u64.u32 %k, %i;\n"
                          "  ld.param.u64 %n, [n];\n"
                          "  setp.ge.u64 %p, %k, %n;\n"
                          "  @%p ret;\n"
                          "  ld.param.u64 %x, [x];\n"
                          "  ld.param.u64 %y, [y];\n"
                          "  shl.b64 %k, %k, 2;\n"
                          "  add.u64 %x, %x, %k;\n"
                          "  add.u64 %y, %y, %k;\n"
                          "  ld.global.f32 %f, [%x];\n"
                          "  st.global.f32 [%y], %f;\n"
                          "  ret;\n"
                          "}\n";

static int failed(char reason[512], const char *call, int code) {
    const char *name = NULL;
    if (cu.cuGetErrorName != NULL) cu.cuGetErrorName(code, &name);
    snprintf(reason, 512, "%s: %s (%d)", call, name != NULL ? name : "CUresult", code);
    return -1;
}

/* Go on only where the driver's call succeeds. */
#define TRY(reason, name, arguments)                                                                                                       \
    do {                                                                                                                                   \
        const int result = cu.name arguments;                                                                                              \
        if (result != 0) return failed(reason, #name, result);                                                                             \
    } while (0)

static int open_library(char reason[512]) {
    void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        snprintf(reason, 512, "%s", dlerror());
        return -1;
    }
#define X(name, arguments)                                                                                                                 \
    {                                                                                                                                      \
        void *address = dlsym(library, #name);                                                                                             \
        memcpy(&cu.name, &address, sizeof address);                                                                                        \
        if (address == NULL) {                                                                                                             \
            snprintf(reason, 512, "libcuda.so.1 has no %s", #name);                                                                        \
            return -1;                                                                                                                     \
        }                                                                                                                                  \
    }
    FUNCTIONS(X)
#undef X
    return 0;
}

static int ordinal_of(const ramp_device_info *info) {
    const char *colon = strchr(info->selector, ':');
    return colon != NULL ? atoi(colon + 1) : 0;
}

static int make_context(int ordinal, char reason[512]) {
    if (open_library(reason) != 0) return -1;
    TRY(reason, cuInit, (0));
    TRY(reason, cuDeviceGet, (&cu.device, ordinal));
    TRY(reason, cuDevicePrimaryCtxRetain, (&cu.context, cu.device));
    return 0;
}

int calls_cuda_context(const ramp_device_info *info, double *milliseconds, char reason[512]) {
    const double begin = progress_clock();
    const int code = make_context(ordinal_of(info), reason);
    *milliseconds = (progress_clock() - begin) * 1e3;
    return code;
}

static int make_current(calls_driver *d, int is_current) {
    TRY(d->reason, cuCtxSetCurrent, (is_current ? cu.context : NULL));
    return 0;
}

static int launch(calls_driver *d, void *queue, int thread, bench_pass pass, const calls_memory *m) {
    unsigned long long x = (unsigned long long)(size_t)m->x, dy = (unsigned long long)(size_t)m->dy, y = (unsigned long long)(size_t)m->y,
                       n = calls_elements;
    void *forward[] = {&x, &y, &n}, *backward[] = {&x, &dy, &y, &n};
    (void)thread;
    TRY(d->reason, cuLaunchKernel,
        (cu.empty[pass], 1, 1, 1, threads_a_block, 1, 1, 0, queue, pass == PASS_FORWARD ? forward : backward, NULL));
    return 0;
}

static int copy(calls_driver *d, const calls_memory *m) {
    unsigned long long x = (unsigned long long)(size_t)m->x, y = (unsigned long long)(size_t)m->y, n = calls_elements;
    void *arguments[] = {&x, &y, &n};
    TRY(d->reason, cuLaunchKernel, (cu.copy, 1, 1, 1, threads_a_block, 1, 1, 0, d->queue, arguments, NULL));
    return 0;
}

static int wait_for_all(calls_driver *d) {
    if (make_current(d, 1) != 0) return -1; /* a thread that was to call without one may ask */
    TRY(d->reason, cuStreamSynchronize, (d->queue));
    for (int i = 0; i < calls_most_threads && d->own[i] != NULL; i++) TRY(d->reason, cuStreamSynchronize, (d->own[i]));
    return 0;
}

static int make_queues(calls_driver *d, int threads) {
    if (make_current(d, 1) != 0) return -1;
    for (int i = 0; i < threads; i++)
        if (d->own[i] == NULL) TRY(d->reason, cuStreamCreate, (&d->own[i], non_blocking));
    return 0;
}

/* ---- Graphs ---- */

static int graph_make(calls_driver *d, int nodes, int (*call)(void *context), void *context, const calls_memory *m, void **graph) {
    void *captured = NULL;
    int code = 0;
    *graph = NULL;
    TRY(d->reason, cuStreamBeginCapture_v2, (d->queue, capture_thread_local));
    for (int i = 0; i < nodes && code == 0; i++) code = call != NULL ? call(context) : copy(d, m);
    const int ended = cu.cuStreamEndCapture(d->queue, &captured); /* also after a failure: the stream is to be used again */
    if (code != 0) {
        if (ended == 0 && captured != NULL) cu.cuGraphDestroy(captured);
        return code;
    }
    if (ended != 0) return failed(d->reason, "cuStreamEndCapture", ended);
    code = cu.cuGraphInstantiateWithFlags(graph, captured, 0);
    cu.cuGraphDestroy(captured);
    return code != 0 ? failed(d->reason, "cuGraphInstantiateWithFlags", code) : 0;
}

static int graph_run(calls_driver *d, void *graph, int nodes, double *microseconds) {
    float milliseconds = NAN;
    TRY(d->reason, cuEventRecord, (cu.start, d->queue));
    TRY(d->reason, cuGraphLaunch, (graph, d->queue));
    TRY(d->reason, cuEventRecord, (cu.stop, d->queue));
    TRY(d->reason, cuStreamSynchronize, (d->queue));
    TRY(d->reason, cuEventElapsedTime, (&milliseconds, cu.start, cu.stop));
    *microseconds = (double)milliseconds * 1e3 / nodes;
    return 0;
}

static void graph_free(calls_driver *d, void *graph) {
    (void)d;
    if (graph != NULL) cu.cuGraphExecDestroy(graph);
}

/* ---- Opening ---- */

static void close_driver(calls_driver *d) {
    if (cu.start != NULL) cu.cuEventDestroy_v2(cu.start);
    if (cu.stop != NULL) cu.cuEventDestroy_v2(cu.stop);
    for (int i = 0; i < calls_most_threads && d->own[i] != NULL; i++) cu.cuStreamDestroy_v2(d->own[i]);
    if (d->queue != NULL) cu.cuStreamDestroy_v2(d->queue);
    if (cu.module != NULL) cu.cuModuleUnload(cu.module);
    if (cu.context != NULL) cu.cuDevicePrimaryCtxRelease_v2(cu.device);
}

int calls_cuda_open(calls_driver *d, const ramp_device_info *info) {
    int registers;
    *d = (calls_driver){.backend = "cuda",
                        .ordinal = ordinal_of(info),
                        .has_contexts = 1,
                        .queues = make_queues,
                        .launch = launch,
                        .make_current = make_current,
                        .wait = wait_for_all,
                        .graph_make = graph_make,
                        .graph_run = graph_run,
                        .graph_free = graph_free,
                        .close = close_driver};
    if (make_context(d->ordinal, d->reason) != 0 || make_current(d, 1) != 0) return -1;
    TRY(d->reason, cuStreamCreate, (&d->queue, non_blocking));
    TRY(d->reason, cuEventCreate, (&cu.start, 0));
    TRY(d->reason, cuEventCreate, (&cu.stop, 0));
    TRY(d->reason, cuModuleLoadData, (&cu.module, ptx));
    TRY(d->reason, cuModuleGetFunction, (&cu.empty[PASS_FORWARD], cu.module, "empty_forward"));
    TRY(d->reason, cuModuleGetFunction, (&cu.empty[PASS_BACKWARD], cu.module, "empty_backward"));
    TRY(d->reason, cuModuleGetFunction, (&cu.copy, cu.module, "copy"));
    TRY(d->reason, cuFuncGetAttribute, (&registers, attribute_registers, cu.copy)); /* its code is loaded: a capture is no time for it */
    return 0;
}
