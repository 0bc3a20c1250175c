/* cuda_stream: ramp among the caller's own CUDA work: on the caller's stream and memory, for a device and for one call. Exit code 77: no
 * GPU here. */
#include <ramp/cuda.h>

#include <stdio.h>
#include <stdlib.h>

enum { n = 5 };

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
    const float input[n] = {-4, -1, 0, 1, 4}, gradient[n] = {1, 1, 1, 1, 1};
    float forward[n], backward[n];
    const int64_t shape[] = {n};
    const CUresult started = cuInit(0);
    if (started != CUDA_SUCCESS) return printf("SKIPPED: CUDA: %s\n", words_of(started)), 77;

    /* What your program has already: the device's primary context (the runtime API's own), streams, memory. */
    CUcontext context;
    CUstream first, second;
    CUdeviceptr data[3];
    CUevent ready;
    check_cuda(cuDevicePrimaryCtxRetain(&context, 0));
    check_cuda(cuCtxSetCurrent(context));
    check_cuda(cuStreamCreate(&first, CU_STREAM_NON_BLOCKING));
    check_cuda(cuStreamCreate(&second, CU_STREAM_NON_BLOCKING));
    check_cuda(cuEventCreate(&ready, CU_EVENT_DISABLE_TIMING));
    for (int i = 0; i < 3; i++) check_cuda(cuMemAlloc(&data[i], sizeof input));

    /* A device around the first stream: its calls run there, in order with your own work, and nobody waits. */
    ramp_device *device;
    check(ramp_device_wrap_cuda(&device, first, 0));
    const ramp_op op = ramp_op_default(RAMP_SOFTSIGN);
    const ramp_tensor x = ramp_tensor_dense_cuda(data[0], RAMP_F32, 1, shape), y = ramp_tensor_like_cuda(&x, data[1], RAMP_F32),
                      dy = ramp_tensor_like_cuda(&x, data[2], RAMP_F32);
    check_cuda(cuMemcpyHtoDAsync(data[0], input, sizeof input, first));
    check(ramp_forward(device, &op, &x, &y, NULL));
    check_cuda(cuMemcpyDtoHAsync(forward, data[1], sizeof forward, first));

    /* One call on another stream, which must wait until x is there: that is CUDA's own business. */
    check_cuda(cuEventRecord(ready, first));
    check_cuda(cuStreamWaitEvent(second, ready, 0));
    const ramp_submit on_second = ramp_submit_cuda(second);
    check_cuda(cuMemcpyHtoDAsync(data[2], gradient, sizeof gradient, second));
    check(ramp_backward_on(device, &on_second, &op, RAMP_SAVED_INPUT, &x, &dy, &dy));
    check_cuda(cuMemcpyDtoHAsync(backward, data[2], sizeof backward, second));

    check_cuda(cuStreamSynchronize(first));
    check_cuda(cuStreamSynchronize(second));
    printf("softsign on %s, on two streams of the caller's\n", ramp_device_name(device));
    for (int i = 0; i < n; i++) printf("x = %4.1f   f(x) = %6.3f   f'(x) = %.4f\n", input[i], forward[i], backward[i]);

    ramp_device_close(device); /* before its stream */
    for (int i = 0; i < 3; i++) check_cuda(cuMemFree(data[i]));
    check_cuda(cuEventDestroy(ready));
    check_cuda(cuStreamDestroy(first));
    check_cuda(cuStreamDestroy(second));
    check_cuda(cuDevicePrimaryCtxRelease(0));
    return 0;
}
