/* mask: what the backward pass needs of a relu is one bit an element. The forward pass writes those bits, and the input's memory is free
 * for other use. RAMP_BACKEND=cpu (or cuda, opencl ...) chooses the device. */
#include <ramp/ramp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { count = 1 << 20 };

static void check(ramp_status status) {
    if (status == RAMP_OK) return;
    fprintf(stderr, "%s: %s\n", ramp_status_name(status), ramp_last_error());
    exit(1);
}

int main(void) {
    const size_t bytes = count * sizeof(float);
    float *input = malloc(bytes), *gradient = malloc(bytes), *from_input = malloc(bytes), *from_mask = malloc(bytes);
    if (input == NULL || gradient == NULL || from_input == NULL || from_mask == NULL) return 1;
    for (int i = 0; i < count; i++) {
        input[i] = (float)(i % 7 - 3); /* -3 to 3 */
        gradient[i] = (float)i;
    }
    ramp_device *device;
    void *data[3];
    check(ramp_device_open(&device, NULL));
    for (int i = 0; i < 3; i++) check(ramp_memory_alloc(device, bytes, &data[i]));
    check(ramp_memory_upload(device, data[0], 0, input, bytes));
    check(ramp_memory_upload(device, data[1], 0, gradient, bytes));
    const int64_t shape[2] = {1024, count / 1024};
    const ramp_op op = ramp_op_default(RAMP_RELU);
    const ramp_tensor x = ramp_tensor_dense(data[0], RAMP_F32, 2, shape), dy = ramp_tensor_like(&x, data[1], RAMP_F32),
                      dx = ramp_tensor_like(&x, data[2], RAMP_F32);
    if ((ramp_op_saves(&op, RAMP_F32) & 1u << RAMP_SAVED_MASK) == 0) return puts("this op has no mask"), 1;

    /* The usual way, to compare with: x is kept until the backward pass. */
    check(ramp_backward(device, &op, RAMP_SAVED_INPUT, &x, &dy, &dx));
    check(ramp_memory_download(device, from_input, data[2], 0, bytes));

    /* With a mask: y takes the place of x, and the mask is all that is kept. */
    void *bits;
    ramp_tensor mask = ramp_tensor_like(&x, NULL, RAMP_BIT);
    check(ramp_memory_alloc(device, ramp_tensor_bytes(&mask), &bits));
    mask.data = bits;
    check(ramp_forward(device, &op, &x, &x, &mask));
    check(ramp_backward(device, &op, RAMP_SAVED_MASK, &mask, &dy, &dy)); /* in place too */
    check(ramp_memory_download(device, from_mask, data[1], 0, bytes));

    printf("relu on %s: %d elements\n", ramp_device_backend(device), count);
    printf("kept for the backward pass: %zu bytes of x, or %zu bytes of mask: %.0f times less\n", bytes, ramp_tensor_bytes(&mask),
           (double)bytes / (double)ramp_tensor_bytes(&mask));
    for (int i = 0; i < 7; i++) printf("x = %2.0f   dy = %1.0f   dx = %1.0f\n", input[i], gradient[i], from_mask[i]);
    const int same = memcmp(from_input, from_mask, bytes) == 0;
    puts(same ? "dx is the same from both, bit for bit" : "dx DIFFERS");

    ramp_memory_free(device, bits);
    for (int i = 0; i < 3; i++) ramp_memory_free(device, data[i]);
    ramp_device_close(device);
    free(input), free(gradient), free(from_input), free(from_mask);
    return !same;
}
