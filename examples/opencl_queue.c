/* opencl_queue: ramp among the caller's own OpenCL work: on the caller's queue and memory, for a device and for one call; wait lists, a
 * done event, and an out-of-order queue. The argument "gpu", "cpu" or "any" chooses the device. Exit code 77: none here.
 * Alone, against an installed ramp: cc opencl_queue.c $(pkg-config --cflags --libs ramp) -lOpenCL */
#define CL_TARGET_OPENCL_VERSION 120
#include <ramp/opencl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { n = 5, offset = 4096 };

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

static cl_device_id find_device(cl_device_type type) {
    cl_platform_id platforms[16];
    cl_uint count = 0;
    if (clGetPlatformIDs(16, platforms, &count) != CL_SUCCESS) return NULL;
    for (cl_uint i = 0; i < count && i < 16; i++) {
        cl_device_id found;
        if (clGetDeviceIDs(platforms[i], type, 1, &found, NULL) == CL_SUCCESS) return found;
    }
    return NULL;
}

int main(int argc, char **argv) {
    const float input[n] = {-4, -1, 0, 1, 4}, gradient[n] = {1, 1, 1, 1, 1};
    float forward[n], backward[n];
    const int64_t shape[] = {n};
    const char *kind = argc > 1 ? argv[1] : "any";
    const cl_device_type type = strcmp(kind, "gpu") == 0   ? CL_DEVICE_TYPE_GPU
                                : strcmp(kind, "cpu") == 0 ? CL_DEVICE_TYPE_CPU
                                : strcmp(kind, "any") == 0 ? CL_DEVICE_TYPE_ALL
                                                           : 0;
    if (type == 0) return fprintf(stderr, "'%s' is no kind of device: give gpu, cpu or any\n", kind), 1;
    cl_device_id id = find_device(type);
    if (id == NULL) return printf("SKIPPED: no OpenCL device of this kind: %s\n", kind), 77;

    /* What your program has already: a context, two queues, and a buffer in whose middle the tensors lie. */
    cl_int code;
    cl_context context = clCreateContext(NULL, 1, &id, NULL, NULL, &code);
    check_cl(code);
    cl_command_queue ordered = clCreateCommandQueue(context, id, 0, &code);
    check_cl(code);
    cl_command_queue unordered = clCreateCommandQueue(context, id, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, &code);
    if (code == CL_INVALID_QUEUE_PROPERTIES) return printf("SKIPPED: this device has no out-of-order queues\n"), 77;
    check_cl(code);
    cl_mem buffer = clCreateBuffer(context, CL_MEM_READ_WRITE, 4 * offset, NULL, &code);
    check_cl(code);
    cl_event x_written, dy_written, y_read, dx_done, dx_read;

    /* A device around a queue: its calls run there, in order with your own work, and nobody waits. */
    ramp_device *device;
    check(ramp_device_wrap_opencl(&device, ordered));
    const ramp_op op = ramp_op_default(RAMP_SOFTSIGN);
    const ramp_tensor x = ramp_tensor_dense_opencl(buffer, offset, RAMP_F32, 1, shape),
                      y = ramp_tensor_like_opencl(&x, buffer, 2 * offset, RAMP_F32),
                      dy = ramp_tensor_like_opencl(&x, buffer, 3 * offset, RAMP_F32);
    check_cl(clEnqueueWriteBuffer(ordered, buffer, CL_FALSE, offset, sizeof input, input, 0, NULL, &x_written));
    check(ramp_forward(device, &op, &x, &y, NULL));
    check_cl(clEnqueueReadBuffer(ordered, buffer, CL_FALSE, 2 * offset, sizeof forward, forward, 0, NULL, &y_read));
    check_cl(clFlush(ordered)); /* another queue waits for its event */

    /* One call on another queue, where only events order anything: it waits for x and dy, and what reads its result waits for it. */
    check_cl(clEnqueueWriteBuffer(unordered, buffer, CL_FALSE, 3 * offset, sizeof gradient, gradient, 0, NULL, &dy_written));
    const cl_event wait[] = {x_written, dy_written};
    const ramp_submit on = ramp_submit_opencl(unordered, 2, wait, &dx_done);
    check(ramp_backward_on(device, &on, &op, RAMP_SAVED_INPUT, &x, &dy, &dy));
    check_cl(clEnqueueReadBuffer(unordered, buffer, CL_FALSE, 3 * offset, sizeof backward, backward, 1, &dx_done, &dx_read));

    const cl_event results[] = {y_read, dx_read};
    check_cl(clFlush(unordered));
    check_cl(clWaitForEvents(2, results));
    printf("softsign on %s, on two queues of the caller's\n", ramp_device_name(device));
    for (int i = 0; i < n; i++) printf("x = %4.1f   f(x) = %6.3f   f'(x) = %.4f\n", input[i], forward[i], backward[i]);

    const cl_event all[] = {x_written, dy_written, y_read, dx_done, dx_read}; /* the done event is the caller's, as the others */
    for (int i = 0; i < 5; i++) check_cl(clReleaseEvent(all[i]));
    ramp_device_close(device);
    check_cl(clReleaseMemObject(buffer));
    check_cl(clReleaseCommandQueue(ordered));
    check_cl(clReleaseCommandQueue(unordered));
    check_cl(clReleaseContext(context));
    return 0;
}
