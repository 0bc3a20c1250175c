/* hello: an activation function and its gradient, on whatever device there is.
 * RAMP_BACKEND=cpu (or cuda, opencl, opencl:1 ...) chooses another. */
#include <ramp/ramp.h>

#include <stdio.h>
#include <stdlib.h>

/* Every call that can fail gives a status; ramp_last_error() puts it in words. */
static void check(ramp_status status) {
    if (status == RAMP_OK) return;
    fprintf(stderr, "%s: %s\n", ramp_status_name(status), ramp_last_error());
    exit(1);
}

int main(void) {
    enum { n = 5 };
    const float input[n] = {-4, -1, 0, 1, 4}, gradient[n] = {1, 1, 1, 1, 1};
    float forward[n], backward[n];

    ramp_device *device;
    check(ramp_device_open(&device, NULL)); /* NULL: what RAMP_BACKEND says, else the best there is */
    printf("softsign on %s: %s\n", ramp_device_backend(device), ramp_device_name(device));

    void *data[3]; /* memory of the device; your own (cudaMalloc, clCreateBuffer, malloc) serves as well */
    for (int i = 0; i < 3; i++) check(ramp_memory_alloc(device, sizeof input, &data[i]));
    const int64_t shape[1] = {n};
    ramp_tensor x = ramp_tensor_dense(data[0], RAMP_F32, 1, shape);
    ramp_tensor y = ramp_tensor_like(&x, data[1], RAMP_F32), dy = ramp_tensor_like(&x, data[2], RAMP_F32);
    check(ramp_memory_upload(device, data[0], 0, input, sizeof input));
    check(ramp_memory_upload(device, data[2], 0, gradient, sizeof gradient));

    ramp_op op = ramp_op_default(RAMP_SOFTSIGN);
    check(ramp_forward(device, &op, &x, &y, NULL)); /* queued: the download waits for it */
    check(ramp_memory_download(device, forward, data[1], 0, sizeof forward));
    check(ramp_backward(device, &op, RAMP_SAVED_INPUT, &x, &dy, &dy)); /* the result may take the place of dy */
    check(ramp_memory_download(device, backward, data[2], 0, sizeof backward));

    for (int i = 0; i < n; i++) printf("x = %4.1f   f(x) = %6.3f   f'(x) = %.4f\n", input[i], forward[i], backward[i]);
    for (int i = 0; i < 3; i++) ramp_memory_free(device, data[i]);
    ramp_device_close(device);
    return 0;
}
