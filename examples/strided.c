/* strided: tensors that are views of a larger one, with no copy made: every second column of a matrix, and the matrix transposed.
 * RAMP_BACKEND=cpu (or cuda, opencl ...) chooses the device. */
#include <ramp/ramp.h>

#include <stdio.h>
#include <stdlib.h>

enum { rows = 3, columns = 4 };

static void check(ramp_status status) {
    if (status == RAMP_OK) return;
    fprintf(stderr, "%s: %s\n", ramp_status_name(status), ramp_last_error());
    exit(1);
}

static void print(const char *title, const float *value, int height, int width) {
    printf("%s\n", title);
    for (int i = 0; i < height; i++)
        for (int k = 0; k < width; k++) printf("%7.2f%s", value[i * width + k], k + 1 < width ? "" : "\n");
}

int main(void) {
    const float matrix[rows * columns] = {-3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8};
    float result[rows * columns];
    ramp_device *device;
    void *from, *to;
    check(ramp_device_open(&device, NULL));
    check(ramp_memory_alloc(device, sizeof matrix, &from));
    check(ramp_memory_alloc(device, sizeof matrix, &to));
    check(ramp_memory_upload(device, from, 0, matrix, sizeof matrix));
    const ramp_op op = ramp_op_default(RAMP_RELU6);
    print("x:", matrix, rows, columns);

    /* Columns 1 and 3. A tensor says where its elements lie: the first byte_offset bytes after data, and along each dimension the next
     * `stride` elements further. Each tensor of a call has strides of its own: the result of this one is dense. */
    ramp_tensor slice = {.data = from, .byte_offset = 1 * sizeof(float), .dtype = RAMP_F32, .ndim = 2};
    slice.shape[0] = rows;
    slice.strides[0] = columns;
    slice.shape[1] = columns / 2;
    slice.strides[1] = 2;
    ramp_tensor y = ramp_tensor_dense(to, RAMP_F32, 2, slice.shape);
    check(ramp_forward(device, &op, &slice, &y, NULL));
    check(ramp_memory_download(device, result, to, 0, ramp_tensor_bytes(&y)));
    print("relu6 of columns 1 and 3:", result, rows, columns / 2);

    /* The matrix transposed: its dimensions in the other order, and their strides with them. */
    ramp_tensor transposed = {.data = from, .dtype = RAMP_F32, .ndim = 2};
    transposed.shape[0] = columns;
    transposed.strides[0] = 1;
    transposed.shape[1] = rows;
    transposed.strides[1] = columns;
    y = ramp_tensor_dense(to, RAMP_F32, 2, transposed.shape);
    check(ramp_forward(device, &op, &transposed, &y, NULL));
    check(ramp_memory_download(device, result, to, 0, ramp_tensor_bytes(&y)));
    print("relu6 of x transposed:", result, columns, rows);

    /* Where nothing says that the result must be row-major, ramp_tensor_like gives it the order of its input, which is faster. */
    y = ramp_tensor_like(&transposed, to, RAMP_F32);
    printf("ramp_tensor_like: strides %d and %d, as x\n", (int)y.strides[0], (int)y.strides[1]);

    ramp_memory_free(device, from);
    ramp_memory_free(device, to);
    ramp_device_close(device);
    return 0;
}
