/*
 * test_nodriver.c: a process in which no library can be opened: this dlopen takes the place of libc's, in the shared library too. ramp says
 * so and computes on the CPU.
 */
#include "check.h"

#include <stdio.h>
#include <string.h>

static const char the_words[] = "no library may be opened, says the test";
static char asked_for[512];

/* The prototypes of dlfcn.h, which is not included: its attributes are not ours to repeat. Visible, so that they come before libc's. */
__attribute__((visibility("default"))) void *dlopen(const char *file, int mode);
__attribute__((visibility("default"))) char *dlerror(void);

void *dlopen(const char *file, int mode) {
    size_t used = strlen(asked_for);
    (void)mode;
    snprintf(asked_for + used, sizeof asked_for - used, " %s", file != NULL ? file : "(NULL)");
    return NULL;
}

char *dlerror(void) {
    static char words[sizeof the_words];
    memcpy(words, the_words, sizeof words);
    return words;
}

static void check_unavailable(const char *backend, int is_built) {
    ramp_device *dev = NULL;
    CHECK_STATUS(ramp_device_open(&dev, backend), RAMP_ERROR_UNAVAILABLE);
    CHECK(dev == NULL, "%s opened", backend);
    if (is_built) CHECK(strstr(ramp_last_error(), the_words) != NULL, "%s: the loader's words are lost: %s", backend, ramp_last_error());
}

int main(void) {
#if defined(RAMP_HAVE_CUDA)
    check_unavailable("cuda", 1);
    CHECK(strstr(asked_for, "libcuda.so.1") != NULL, "libcuda.so.1 was not asked for:%s", asked_for);
#else
    check_unavailable("cuda", 0);
#endif
#if defined(RAMP_HAVE_OPENCL)
    check_unavailable("opencl", 1);
    CHECK(strstr(asked_for, "libOpenCL.so.1") != NULL, "libOpenCL.so.1 was not asked for:%s", asked_for);
#else
    check_unavailable("opencl", 0);
#endif
    ramp_device *dev = NULL;
    if (!CHECK_STATUS(ramp_device_open(&dev, "auto"), RAMP_OK)) return check_finish("test_nodriver");
    CHECK(strcmp(ramp_device_backend(dev), "cpu") == 0, "auto opened %s", ramp_device_backend(dev));
    static const float x[5] = {-4, -1, 0, 1, 4}, want[5] = {-0.8f, -0.5f, 0, 0.5f, 0.8f};
    float input[5], y[5] = {9, 9, 9, 9, 9};
    memcpy(input, x, sizeof x);
    static const int64_t shape[] = {5};
    ramp_op op = ramp_op_default(RAMP_SOFTSIGN);
    ramp_tensor tx = ramp_tensor_dense(input, RAMP_F32, 1, shape), ty = ramp_tensor_like(&tx, y, RAMP_F32);
    CHECK_STATUS(ramp_forward(dev, &op, &tx, &ty, NULL), RAMP_OK);
    for (int i = 0; i < 5; i++) CHECK(y[i] == want[i], "softsign(%g) = %a, not %a", (double)x[i], (double)y[i], (double)want[i]);
    ramp_device_close(dev);
    return check_finish("test_nodriver");
}
