/*
 * all_floats_opencl.c: all_floats.cu for the first GPU that OpenCL has.
 *
 *   cc -O2 -I include all_floats_opencl.c -L BUILD -lramp -lOpenCL -o all_floats_opencl && ./all_floats_opencl sets.txt fullrange-opencl.json
 */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <ramp/opencl.h>
#include <ramp/ramp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { part = 1 << 28, group = 256, each = 64, groups = part / group / each };

static const char *source = "ulong next(ulong state) {\n"
                            "    ulong z = state + 0x9E3779B97F4A7C15UL;\n"
                            "    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9UL;\n"
                            "    z = (z ^ z >> 27) * 0x94D049BB133111EBUL;\n"
                            "    return z ^ z >> 31;\n"
                            "}\n"
                            "kernel void fill(global uint *x, global uint *dy, global uint *y, ulong from) {\n"
                            "    const ulong i = get_global_id(0);\n"
                            "    x[i] = (uint)(from + i);\n"
                            "    dy[i] = 0x3f800000u;\n"
                            "    y[i] = 0x55555555u;\n"
                            "}\n"
                            "kernel void add_hashes(global const uint *y, ulong from, global ulong *sum) {\n"
                            "    local ulong of[256];\n"
                            "    const uint self = get_local_id(0);\n"
                            "    ulong hash = 0;\n"
                            "    for (ulong k = 0; k < 64; k++) {\n"
                            "        const ulong i = (get_group_id(0) * 64 + k) * 256 + self;\n"
                            "        hash += next(next(from + i) ^ ((y[i] & 0x7fffffffu) > 0x7f800000u ? 0x7fc00000u : y[i]));\n"
                            "    }\n"
                            "    of[self] = hash;\n"
                            "    for (uint apart = 128; apart > 0; apart /= 2) {\n"
                            "        barrier(CLK_LOCAL_MEM_FENCE);\n"
                            "        if (self < apart) of[self] += of[self + apart];\n"
                            "    }\n"
                            "    if (self == 0) sum[get_group_id(0)] = of[0];\n"
                            "}\n";

typedef struct state {
    ramp_device *dev;
    cl_command_queue queue;
    cl_kernel fill, add_hashes;
    cl_mem x, dy, y, sum;
} state;

static void need_cl(cl_int code) {
    if (code != CL_SUCCESS) exit(fprintf(stderr, "OpenCL: %d\n", (int)code));
}

static void need(ramp_status status) {
    if (status != RAMP_OK) exit(fprintf(stderr, "%s\n", ramp_last_error()));
}

static cl_device_id first_gpu(void) {
    cl_platform_id platform[16];
    cl_uint count = 0;
    cl_device_id id;
    need_cl(clGetPlatformIDs(16, platform, &count));
    for (cl_uint i = 0; i < count && i < 16; i++)
        if (clGetDeviceIDs(platform[i], CL_DEVICE_TYPE_GPU, 1, &id, NULL) == CL_SUCCESS) return id;
    exit(fprintf(stderr, "no GPU\n"));
}

static cl_mem memory(cl_context context, size_t bytes) {
    cl_int code;
    cl_mem made = clCreateBuffer(context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    need_cl(code);
    return made;
}

static void open_state(state *s) {
    cl_device_id id = first_gpu();
    cl_int code;
    cl_context context = clCreateContext(NULL, 1, &id, NULL, NULL, &code);
    need_cl(code);
    s->queue = clCreateCommandQueue(context, id, 0, &code);
    need_cl(code);
    cl_program program = clCreateProgramWithSource(context, 1, &source, NULL, &code);
    need_cl(code);
    need_cl(clBuildProgram(program, 1, &id, "", NULL, NULL));
    s->fill = clCreateKernel(program, "fill", &code);
    need_cl(code);
    s->add_hashes = clCreateKernel(program, "add_hashes", &code);
    need_cl(code);
    s->x = memory(context, part * sizeof(cl_uint)), s->dy = memory(context, part * sizeof(cl_uint));
    s->y = memory(context, part * sizeof(cl_uint)), s->sum = memory(context, groups * sizeof(cl_ulong));
    need(ramp_device_wrap_opencl(&s->dev, s->queue));
}

static cl_ulong run(const state *s, const ramp_op *op, int backward) {
    static cl_ulong sum[groups];
    const int64_t count = part;
    const size_t items = part, hashers = (size_t)groups * group, local = group;
    const ramp_tensor x = ramp_tensor_dense_opencl(s->x, 0, RAMP_F32, 1, &count),
                      dy = ramp_tensor_dense_opencl(s->dy, 0, RAMP_F32, 1, &count),
                      y = ramp_tensor_dense_opencl(s->y, 0, RAMP_F32, 1, &count);
    cl_ulong hash = 0;
    for (cl_ulong from = 0; from < (cl_ulong)1 << 32; from += part) {
        need_cl(clSetKernelArg(s->fill, 0, sizeof s->x, &s->x) | clSetKernelArg(s->fill, 1, sizeof s->dy, &s->dy) |
                clSetKernelArg(s->fill, 2, sizeof s->y, &s->y) | clSetKernelArg(s->fill, 3, sizeof from, &from));
        need_cl(clEnqueueNDRangeKernel(s->queue, s->fill, 1, NULL, &items, NULL, 0, NULL, NULL));
        need(backward ? ramp_backward(s->dev, op, RAMP_SAVED_INPUT, &x, &dy, &y) : ramp_forward(s->dev, op, &x, &y, NULL));
        need_cl(clSetKernelArg(s->add_hashes, 0, sizeof s->y, &s->y) | clSetKernelArg(s->add_hashes, 1, sizeof from, &from) |
                clSetKernelArg(s->add_hashes, 2, sizeof s->sum, &s->sum));
        need_cl(clEnqueueNDRangeKernel(s->queue, s->add_hashes, 1, NULL, &hashers, &local, 0, NULL, NULL));
        need_cl(clEnqueueReadBuffer(s->queue, s->sum, CL_TRUE, 0, sizeof sum, sum, 0, NULL, NULL));
        for (int i = 0; i < groups; i++) hash += sum[i];
    }
    return hash;
}

static double now(void) {
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int main(int argc, char **argv) {
    FILE *sets = argc == 3 ? fopen(argv[1], "r") : NULL, *out = sets != NULL ? fopen(argv[2], "w") : NULL;
    if (out == NULL) return fprintf(stderr, "usage: all_floats_opencl SETS JSON: ops, one a line, as ramp_op_parse reads them\n");
    state s;
    char line[200];
    open_state(&s);
    for (int rows = 0; fgets(line, sizeof line, sets) != NULL;)
        for (int backward = 0; backward < 2; backward++) {
            ramp_op op;
            char text[200];
            line[strcspn(line, "\n")] = '\0';
            need(ramp_op_parse(line, &op));
            need(ramp_op_format(&op, text, sizeof text));
            const double begun = now();
            const cl_ulong hash = run(&s, &op, backward);
            fprintf(out,
                    "%s\n{\"op\": \"%s\", \"dtype\": \"f32\", \"pass\": \"%s\", \"backend\": \"opencl:gpu\", \"device\": \"%s\", "
                    "\"checked\": 4294967296, "
                    "\"hash\": \"%016llx\", \"seconds\": %.2f}",
                    rows++ > 0 ? "," : "[", text, backward ? "backward" : "forward", ramp_device_name(s.dev), (unsigned long long)hash,
                    now() - begun);
        }
    fprintf(out, "\n]\n");
    return fclose(out);
}
