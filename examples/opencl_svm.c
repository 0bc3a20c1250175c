/* opencl_svm: shared virtual memory: one address for the host and the device, with no copy between them. The argument "gpu", "cpu" or
 * "any" chooses the device. Exit code 77: none here, or none with SVM. Alone, against an installed ramp:
 * cc opencl_svm.c $(pkg-config --cflags --libs ramp) -lOpenCL */
#define CL_TARGET_OPENCL_VERSION 200
#include <ramp/opencl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { n = 5 };

static void check(ramp_status status) {
    if (status == RAMP_OK) return;
    fprintf(stderr, "%s: %s\n", ramp_status_name(status), ramp_last_error());
    exit(1);
}

static void check_cl(cl_int code) {
    if (code == CL_SUCCESS) return;
    fprintf(stderr, "OpenCL: error %d\n", (int)code);
    exit(1);
}

/* One with coarse-grained SVM, which every device with SVM has. */
static cl_device_id find_device(cl_device_type type) {
    cl_platform_id platforms[16];
    cl_uint count = 0;
    if (clGetPlatformIDs(16, platforms, &count) != CL_SUCCESS) return NULL;
    for (cl_uint i = 0; i < count && i < 16; i++) {
        cl_device_id found;
        cl_device_svm_capabilities svm = 0;
        if (clGetDeviceIDs(platforms[i], type, 1, &found, NULL) != CL_SUCCESS) continue;
        if (clGetDeviceInfo(found, CL_DEVICE_SVM_CAPABILITIES, sizeof svm, &svm, NULL) != CL_SUCCESS) continue; /* before OpenCL 2.0 */
        if ((svm & CL_DEVICE_SVM_COARSE_GRAIN_BUFFER) != 0) return found;
    }
    return NULL;
}

int main(int argc, char **argv) {
    const int64_t shape[] = {n};
    const size_t bytes = n * sizeof(float);
    const char *kind = argc > 1 ? argv[1] : "any";
    const cl_device_type type = strcmp(kind, "gpu") == 0   ? CL_DEVICE_TYPE_GPU
                                : strcmp(kind, "cpu") == 0 ? CL_DEVICE_TYPE_CPU
                                : strcmp(kind, "any") == 0 ? CL_DEVICE_TYPE_ALL
                                                           : 0;
    if (type == 0) return fprintf(stderr, "'%s' is no kind of device: give gpu, cpu or any\n", kind), 1;
    cl_device_id id = find_device(type);
    if (id == NULL) return printf("SKIPPED: no OpenCL device of this kind with shared virtual memory: %s\n", kind), 77;

    cl_int code;
    cl_context context = clCreateContext(NULL, 1, &id, NULL, NULL, &code);
    check_cl(code);
    cl_command_queue queue = clCreateCommandQueueWithProperties(context, id, NULL, &code);
    check_cl(code);
    float *x = clSVMAlloc(context, CL_MEM_READ_WRITE, bytes, 0), *y = clSVMAlloc(context, CL_MEM_READ_WRITE, bytes, 0);
    if (x == NULL || y == NULL) return puts("no memory"), 1;

    /* The host writes where the device will read: while it does, the memory is mapped. */
    check_cl(clEnqueueSVMMap(queue, CL_TRUE, CL_MAP_WRITE, x, bytes, 0, NULL, NULL));
    for (int i = 0; i < n; i++) x[i] = (float)(i - 2);
    check_cl(clEnqueueSVMUnmap(queue, x, 0, NULL, NULL));

    ramp_device *device;
    check(ramp_device_wrap_opencl(&device, queue));
    const ramp_op op = ramp_op_default(RAMP_SOFTSIGN);
    const ramp_tensor tx = ramp_tensor_dense_svm(x, RAMP_F32, 1, shape), ty = ramp_tensor_like_svm(&tx, y, RAMP_F32);
    check(ramp_forward(device, &op, &tx, &ty, NULL));

    check_cl(clEnqueueSVMMap(queue, CL_TRUE, CL_MAP_READ, x, bytes, 0, NULL, NULL));
    check_cl(clEnqueueSVMMap(queue, CL_TRUE, CL_MAP_READ, y, bytes, 0, NULL, NULL)); /* waits for the queue, ramp's work in it too */
    printf("softsign on %s, in shared virtual memory\n", ramp_device_name(device));
    for (int i = 0; i < n; i++) printf("x = %4.1f   f(x) = %6.3f\n", x[i], y[i]);
    check_cl(clEnqueueSVMUnmap(queue, x, 0, NULL, NULL));
    check_cl(clEnqueueSVMUnmap(queue, y, 0, NULL, NULL));

    check_cl(clFinish(queue));
    ramp_device_close(device);
    clSVMFree(context, x);
    clSVMFree(context, y);
    check_cl(clReleaseCommandQueue(queue));
    check_cl(clReleaseContext(context));
    return 0;
}
