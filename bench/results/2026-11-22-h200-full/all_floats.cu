/*
 * all_floats.cu: all 2^32 floats through CUDA's kernels, forward and backward, for each op of a list, and test_fullrange's hash of the results: made where they
 * are, a pass takes 40 ms.
 *
 *   nvcc -O2 -std=c++17 -arch=native -I include all_floats.cu -L BUILD -lramp -o all_floats && ./all_floats sets.txt fullrange-cuda.json
 */
#include <cuda_runtime.h>
#include <ramp/cuda.h>
#include <ramp/ramp.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

typedef unsigned long long u64;
typedef unsigned u32;

static const u64 patterns = 1ull << 32, part = 1ull << 29;
enum { threads = 256, each = 64 };

static void need_cuda(cudaError_t error) {
    if (error != cudaSuccess) exit(fprintf(stderr, "%s\n", cudaGetErrorString(error)));
}

static void need(ramp_status status) {
    if (status != RAMP_OK) exit(fprintf(stderr, "%s\n", ramp_last_error()));
}

__device__ u64 next(u64 state) {
    u64 z = state + 0x9E3779B97F4A7C15ull;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

__global__ void fill(u32 *x, u32 *dy, u64 from) {
    const u64 i = (u64)blockIdx.x * threads + threadIdx.x;
    x[i] = (u32)(from + i);
    dy[i] = 0x3f800000u; /* 1 */
}

__global__ void add_hashes(const u32 *y, u64 from, u64 *sum) {
    u64 hash = 0;
    for (u64 k = 0; k < each; k++) {
        const u64 i = ((u64)blockIdx.x * each + k) * threads + threadIdx.x;
        const u32 got = (y[i] & 0x7fffffffu) > 0x7f800000u ? 0x7fc00000u : y[i]; /* every NaN is one */
        hash += next(next(from + i) ^ got);
    }
    atomicAdd(sum, hash);
}

static u64 run(ramp_device *dev, const ramp_op *op, int backward, u32 *x, u32 *dy, u32 *y, u64 *sum) {
    const int64_t count = (int64_t)part;
    const ramp_tensor tx = ramp_tensor_dense(x, RAMP_F32, 1, &count), tdy = ramp_tensor_dense(dy, RAMP_F32, 1, &count),
                      ty = ramp_tensor_dense(y, RAMP_F32, 1, &count);
    *sum = 0;
    for (u64 from = 0; from < patterns; from += part) {
        fill<<<part / threads, threads>>>(x, dy, from);
        need_cuda(cudaMemsetAsync(y, 0x55, part * sizeof *y));
        need(backward ? ramp_backward(dev, op, RAMP_SAVED_INPUT, &tx, &tdy, &ty) : ramp_forward(dev, op, &tx, &ty, NULL));
        add_hashes<<<part / threads / each, threads>>>(y, from, sum);
    }
    need_cuda(cudaDeviceSynchronize());
    return *sum;
}

int main(int argc, char **argv) {
    FILE *sets = argc == 3 ? fopen(argv[1], "r") : NULL, *out = sets != NULL ? fopen(argv[2], "w") : NULL;
    if (out == NULL) return fprintf(stderr, "usage: all_floats SETS JSON: ops, one a line, as ramp_op_parse reads them\n");
    ramp_device *dev;
    u32 *x, *dy, *y;
    u64 *sum;
    char line[200];
    need_cuda(cudaMalloc(&x, part * sizeof *x));
    need_cuda(cudaMalloc(&dy, part * sizeof *dy));
    need_cuda(cudaMalloc(&y, part * sizeof *y));
    need_cuda(cudaMallocManaged(&sum, sizeof *sum));
    need(ramp_device_wrap_cuda(&dev, NULL, 0));
    for (int rows = 0; fgets(line, sizeof line, sets) != NULL;)
        for (int backward = 0; backward < 2; backward++) {
            ramp_op op;
            char text[200];
            line[strcspn(line, "\n")] = '\0';
            need(ramp_op_parse(line, &op));
            need(ramp_op_format(&op, text, sizeof text));
            const auto begun = std::chrono::steady_clock::now();
            const u64 hash = run(dev, &op, backward, x, dy, y, sum);
            const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
            fprintf(
                out,
                "%s\n{\"op\": \"%s\", \"dtype\": \"f32\", \"pass\": \"%s\", \"backend\": \"cuda\", \"device\": \"%s\", \"checked\": %llu, "
                "\"hash\": \"%016llx\", \"seconds\": %.2f}",
                rows++ > 0 ? "," : "[", text, backward ? "backward" : "forward", ramp_device_name(dev), patterns, hash, seconds.count());
        }
    fprintf(out, "\n]\n");
    return fclose(out);
}
