/* cuda_graph: ramp's calls captured into a CUDA graph once, and replayed on new data. Exit code 77: no GPU here. */
#include <ramp/cuda.h>

#include <stdio.h>
#include <stdlib.h>

enum { n = 4, replays = 3 };

static void check(ramp_status status) {
    if (status == RAMP_OK) return;
    fprintf(stderr, "%s: %s\n", ramp_status_name(status), ramp_last_error());
    exit(1);
}

static const char *words_of(CUresult result) {
    const char *words = "an error that it has no words for";
    cuGetErrorString(result, &words);
    return words;
}

static void check_cuda(CUresult result) {
    if (result == CUDA_SUCCESS) return;
    fprintf(stderr, "CUDA: %s\n", words_of(result));
    exit(1);
}

int main(void) {
    const int64_t shape[] = {n};
    const CUresult started = cuInit(0);
    if (started != CUDA_SUCCESS) return printf("SKIPPED: CUDA: %s\n", words_of(started)), 77;
    CUcontext context;
    CUstream stream;
    CUdeviceptr data[2];
    CUgraph graph;
    CUgraphExec executable;
    check_cuda(cuDevicePrimaryCtxRetain(&context, 0));
    check_cuda(cuCtxSetCurrent(context));
    check_cuda(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
    for (int i = 0; i < 2; i++) check_cuda(cuMemAlloc(&data[i], n * sizeof(float)));

    ramp_device *device;
    check(ramp_device_wrap_cuda(&device, stream, 0));
    const ramp_op hardtanh = {RAMP_HARDTANH, 2, {-2, 2}}, softsign = ramp_op_default(RAMP_SOFTSIGN);
    const ramp_tensor x = ramp_tensor_dense_cuda(data[0], RAMP_F32, 1, shape), y = ramp_tensor_like_cuda(&x, data[1], RAMP_F32);

    /* Kernels are loaded when first needed, and a capture is no time for it: so do it now. */
    check(ramp_prepare(device, &hardtanh, RAMP_F32));
    check(ramp_prepare(device, &softsign, RAMP_F32));

    /* Between these two lines calls are noted, not run. */
    check_cuda(cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    check(ramp_forward(device, &hardtanh, &x, &y, NULL));
    check(ramp_forward(device, &softsign, &y, &y, NULL));
    check_cuda(cuStreamEndCapture(stream, &graph));
    check_cuda(cuGraphInstantiateWithFlags(&executable, graph, 0));

    for (int r = 0; r < replays; r++) {
        float input[n], output[n];
        for (int i = 0; i < n; i++) input[i] = (float)((r + 1) * (i - 1));
        check_cuda(cuMemcpyHtoDAsync(data[0], input, sizeof input, stream));
        check_cuda(cuGraphLaunch(executable, stream));
        check_cuda(cuMemcpyDtoHAsync(output, data[1], sizeof output, stream));
        check_cuda(cuStreamSynchronize(stream));
        printf("replay %d:", r + 1);
        for (int i = 0; i < n; i++) printf("  softsign(hardtanh(%2.0f)) = %6.3f", input[i], output[i]);
        printf("\n");
    }

    check_cuda(cuGraphExecDestroy(executable));
    check_cuda(cuGraphDestroy(graph));
    ramp_device_close(device); /* after the graphs, which run its kernels, and before its stream */
    for (int i = 0; i < 2; i++) check_cuda(cuMemFree(data[i]));
    check_cuda(cuStreamDestroy(stream));
    check_cuda(cuDevicePrimaryCtxRelease(0));
    return 0;
}
