/*
 * test_queue_cuda.c: the caller's own CUDA streams: wrapped, given for one call, captured into a graph; and the caller's current context,
 * which every call leaves as it was. The driver is opened as the library opens it, with prototypes of its own, so that no machine needs
 * CUDA to build this.
 */
#include "check.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTIONS(X)                                                                                                                       \
    X(cuInit, (unsigned))                                                                                                                  \
    X(cuDevicePrimaryCtxRetain, (void **, int))                                                                                            \
    X(cuDevicePrimaryCtxRelease_v2, (int))                                                                                                 \
    X(cuCtxSetCurrent, (void *))                                                                                                           \
    X(cuCtxGetCurrent, (void **))                                                                                                          \
    X(cuStreamCreate, (void **, unsigned))                                                                                                 \
    X(cuStreamDestroy_v2, (void *))                                                                                                        \
    X(cuStreamSynchronize, (void *))                                                                                                       \
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
} cu;

enum { count = 4099 };

static int open_driver(void) {
    void *library = dlopen("libcuda.so.1", RTLD_NOW);
    if (library == NULL) return 0;
#define X(name, arguments)                                                                                                                 \
    {                                                                                                                                      \
        void *address = dlsym(library, #name);                                                                                             \
        if (address == NULL) return 0;                                                                                                     \
        memcpy(&cu.name, &address, sizeof address);                                                                                        \
    }
    FUNCTIONS(X)
#undef X
    return 1;
}

static void fill(float *in) {
    for (int i = 0; i < count; i++) in[i] = (float)(i - count / 2) / 512.0f;
}

static void check_clamped(ramp_device *dev, const void *y, const float *in, const char *what) {
    float out[count];
    if (!CHECK_STATUS(ramp_memory_download(dev, out, y, 0, sizeof out), RAMP_OK)) return;
    int wrong = 0;
    for (int i = 0; i < count; i++) wrong += out[i] != (in[i] < -1.0f ? -1.0f : in[i] > 1.0f ? 1.0f : in[i]);
    CHECK(wrong == 0, "%s: %d of %d elements", what, wrong, count);
}

static void check_stream(ramp_device *dev, void *stream, void *context) {
    const ramp_op op = ramp_op_default(RAMP_HARDTANH);
    const int64_t shape = count;
    float in[count], zeros[count] = {0};
    void *x = NULL, *y = NULL, *current = NULL, *graph = NULL, *exec = NULL, *event = NULL;
    fill(in);
    CHECK_STATUS(ramp_memory_alloc(dev, sizeof in, &x), RAMP_OK);
    CHECK_STATUS(ramp_memory_alloc(dev, sizeof in, &y), RAMP_OK);
    CHECK_STATUS(ramp_memory_upload(dev, x, 0, in, sizeof in), RAMP_OK);
    const ramp_tensor tx = ramp_tensor_dense(x, RAMP_F32, 1, &shape), ty = ramp_tensor_dense(y, RAMP_F32, 1, &shape);

    CHECK_STATUS(ramp_forward(dev, &op, &tx, &ty, NULL), RAMP_OK);
    CHECK(cu.cuStreamSynchronize(stream) == 0, "stream");
    check_clamped(dev, y, in, "the device's queue");

    CHECK_STATUS(ramp_memory_upload(dev, y, 0, zeros, sizeof zeros), RAMP_OK);
    const ramp_submit on = {.queue = stream}, legacy = {.queue = NULL}, waits = {.queue = stream, .done = &event};
    CHECK_STATUS(ramp_forward_on(dev, &on, &op, &tx, &ty, NULL), RAMP_OK);
    CHECK(cu.cuStreamSynchronize(stream) == 0, "stream");
    check_clamped(dev, y, in, "a stream for one call");
    CHECK_STATUS(ramp_forward_on(dev, &legacy, &op, &tx, &ty, NULL), RAMP_OK);
    CHECK_STATUS(ramp_forward_on(dev, &waits, &op, &tx, &ty, NULL), RAMP_ERROR_ARGUMENT);

    CHECK_STATUS(ramp_prepare(dev, &op, RAMP_F32), RAMP_OK);
    CHECK_STATUS(ramp_memory_upload(dev, y, 0, zeros, sizeof zeros), RAMP_OK);
    CHECK(cu.cuStreamBeginCapture_v2(stream, 0) == 0, "capture");
    CHECK_STATUS(ramp_forward_on(dev, &on, &op, &tx, &ty, NULL), RAMP_OK);
    CHECK(cu.cuStreamEndCapture(stream, &graph) == 0 && graph != NULL, "end of the capture");
    CHECK(cu.cuGraphInstantiateWithFlags(&exec, graph, 0) == 0, "graph");
    CHECK(cu.cuGraphLaunch(exec, stream) == 0 && cu.cuStreamSynchronize(stream) == 0, "replay");
    check_clamped(dev, y, in, "a replayed graph");
    cu.cuGraphExecDestroy(exec);
    cu.cuGraphDestroy(graph);

    CHECK(cu.cuCtxGetCurrent(&current) == 0 && current == context, "the caller's current context changed");
    ramp_memory_free(dev, x);
    ramp_memory_free(dev, y);
}

/* f16 has a kernel with its table in shared memory, which must be allowed for that very kernel, whatever dtype was prepared first. */
static void check_tables(ramp_device *dev) {
    enum { half = 0x3800 };
    const ramp_op op = ramp_op_default(RAMP_SIGMOID);
    const int64_t shape = 1 << 24;
    const size_t bytes = (size_t)shape * sizeof(uint16_t);
    uint16_t *values = calloc(1, bytes);
    void *x = NULL;
    size_t wrong = 0;
    if (!CHECK(values != NULL, "no memory")) return;
    CHECK_STATUS(ramp_prepare(dev, &op, RAMP_BF16), RAMP_OK);
    CHECK_STATUS(ramp_memory_alloc(dev, bytes, &x), RAMP_OK);
    CHECK_STATUS(ramp_memory_upload(dev, x, 0, values, bytes), RAMP_OK);
    const ramp_tensor tx = ramp_tensor_dense(x, RAMP_F16, 1, &shape);
    CHECK_STATUS(ramp_forward(dev, &op, &tx, &tx, NULL), RAMP_OK);
    CHECK_STATUS(ramp_memory_download(dev, values, x, 0, bytes), RAMP_OK);
    for (int64_t i = 0; i < shape; i++) wrong += values[i] != half;
    CHECK(wrong == 0, "%zu of sigmoid(0) in f16 are not 1/2", wrong);
    ramp_memory_free(dev, x);
    free(values);
}

int main(void) {
    void *context = NULL, *stream = NULL, *current = &stream;
    ramp_device *dev = NULL;
    ramp_status status = ramp_device_open(&dev, "cuda");
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    CHECK_STATUS(status, RAMP_OK);
    if (!CHECK(open_driver() && cu.cuInit(0) == 0, "the driver that ramp opened")) return check_finish("test_queue_cuda");
    CHECK(cu.cuCtxGetCurrent(&current) == 0 && current == NULL, "opening left a context current");
    if (!CHECK(cu.cuDevicePrimaryCtxRetain(&context, 0) == 0 && cu.cuCtxSetCurrent(context) == 0 && cu.cuStreamCreate(&stream, 1) == 0,
               "a stream"))
        return check_finish("test_queue_cuda");
    check_tables(dev);
    check_stream(dev, stream, context);
    ramp_device_close(dev);
    dev = NULL;
    if (CHECK_STATUS(ramp_device_wrap(&dev, "cuda", 0, stream), RAMP_OK)) check_stream(dev, stream, context);
    ramp_device_close(dev);
    CHECK(cu.cuStreamSynchronize(stream) == 0, "the stream outlives the device");
    cu.cuStreamDestroy_v2(stream);
    cu.cuCtxSetCurrent(NULL);
    cu.cuDevicePrimaryCtxRelease_v2(0);
    return check_finish("test_queue_cuda");
}
