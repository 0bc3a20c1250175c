/*
 * test_environment.c: whatever floating-point modes the caller's thread is in, the bits are the same, and the modes are the caller's again
 * after the call; from many threads too. On one backend.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* feenableexcept */
#endif
#include "bits.h"
#include "check.h"
#include "inputs.h"

#include <fenv.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { op_count = 8, pass_count = 2, small = 1001, large = 1 << 18, thread_count = 8, rounds = 40 };

typedef struct lane { /* one thread's memory on the device */
    ramp_device *dev;
    void *x, *dy, *y;
    float *got;
} lane;

static float inputs[large], gradients[large], expected[op_count][pass_count][large];

static ramp_op op_number(int i) {
    static const ramp_op_id ids[op_count] = {RAMP_HARDSIGMOID, RAMP_SOFTSIGN, RAMP_HARDTANH, RAMP_HARDSIGMOID,
                                             RAMP_HARDSWISH,   RAMP_SOFTPLUS, RAMP_GELU,     RAMP_MISH};
    return i != 3 ? ramp_op_default(ids[i]) : (ramp_op){RAMP_HARDSIGMOID, 2, {-3e-40, 1e-39}};
}

static int lane_open(lane *l, ramp_device *dev) {
    *l = (lane){.dev = dev, .got = malloc(sizeof inputs)};
    return l->got != NULL && CHECK_STATUS(ramp_memory_alloc(dev, sizeof inputs, &l->x), RAMP_OK) &&
           CHECK_STATUS(ramp_memory_alloc(dev, sizeof inputs, &l->dy), RAMP_OK) &&
           CHECK_STATUS(ramp_memory_alloc(dev, sizeof inputs, &l->y), RAMP_OK) &&
           CHECK_STATUS(ramp_memory_upload(dev, l->x, 0, inputs, sizeof inputs), RAMP_OK) &&
           CHECK_STATUS(ramp_memory_upload(dev, l->dy, 0, gradients, sizeof gradients), RAMP_OK);
}

static void lane_close(lane *l) {
    ramp_memory_free(l->dev, l->x);
    ramp_memory_free(l->dev, l->dy);
    ramp_memory_free(l->dev, l->y);
    free(l->got);
}

static ramp_status lane_run(const lane *l, const ramp_op *op, int pass, int64_t n) {
    ramp_tensor x = ramp_tensor_dense(l->x, RAMP_F32, 1, &n), dy = ramp_tensor_like(&x, l->dy, RAMP_F32),
                y = ramp_tensor_like(&x, l->y, RAMP_F32);
    return pass == 0 ? ramp_forward(l->dev, op, &x, &y, NULL) : ramp_backward(l->dev, op, RAMP_SAVED_INPUT, &x, &dy, &y);
}

static void lane_check(const lane *l, int op, int pass, size_t n, const char *when) {
    size_t wrong = 0;
    if (!CHECK_STATUS(ramp_memory_download(l->dev, l->got, l->y, 0, n * sizeof(float)), RAMP_OK)) return;
    for (size_t i = 0; i < n; i++)
        wrong += !bits_same(RAMP_F32, bits_load(RAMP_F32, l->got, i), bits_load(RAMP_F32, expected[op][pass], i));
    CHECK(wrong == 0, "op %d, pass %d, %zu elements, %s: %zu have other bits", op, pass, n, when, wrong);
}

/* ---- Modes ---- */

static const int roundings[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};

static unsigned control_get(void) {
#if defined(__x86_64__)
    return _mm_getcsr();
#else
    return 0;
#endif
}

static void control_flush(int on) {
#if defined(__x86_64__)
    _mm_setcsr((_mm_getcsr() & ~0x8040u) | (on ? 0x8040u : 0)); /* FTZ and DAZ */
#else
    (void)on;
#endif
}

static void test_modes(const lane *l) {
    for (int mode = 0; mode < 16; mode++)
        for (int run = 0; run < op_count * pass_count * 2; run++) {
            int op = run % op_count, pass = run / op_count % pass_count;
            size_t n = run / (op_count * pass_count) ? large : small; /* on this thread; and shared with a pool */
            ramp_op the_op = op_number(op);
            fenv_t normal;
            fegetenv(&normal);
            feclearexcept(FE_ALL_EXCEPT);
            if (mode & 8) feraiseexcept(FE_DIVBYZERO | FE_INEXACT);
            fesetround(roundings[mode & 3]);
            control_flush(mode & 4);
            unsigned control = control_get();
            int flags = fetestexcept(FE_ALL_EXCEPT);
            ramp_status status = lane_run(l, &the_op, pass, (int64_t)n);
            int rounding = fegetround(), flags_after = fetestexcept(FE_ALL_EXCEPT);
            unsigned control_after = control_get();
            fesetenv(&normal);
            CHECK_STATUS(status, RAMP_OK);
            CHECK(rounding == roundings[mode & 3], "mode %d: the rounding mode was %d and is %d", mode, roundings[mode & 3], rounding);
            if (strcmp(ramp_device_backend(l->dev), "cpu") == 0) { /* a driver's own arithmetic may leave its flags */
                CHECK(control == control_after, "mode %d: MXCSR was %#x and is %#x", mode, control, control_after);
                CHECK(flags == flags_after, "mode %d: the exception flags were %#x and are %#x", mode, (unsigned)flags,
                      (unsigned)flags_after);
            }
            lane_check(l, op, pass, n, "in another mode");
        }
}

/* A caller who traps on exceptions gets none of the library's. In a child, which the trap would end. */
static void test_traps(const lane *l) {
#if defined(__GLIBC__) && defined(__x86_64__)
    if (strcmp(ramp_device_backend(l->dev), "cpu") != 0) return;
    for (int run = 0; run < op_count * pass_count; run++) {
        ramp_op the_op = op_number(run % op_count);
        int state = 0;
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            alarm(60);
            feclearexcept(FE_ALL_EXCEPT);
            feenableexcept(FE_ALL_EXCEPT);
            _exit(lane_run(l, &the_op, run / op_count, small) != RAMP_OK);
        }
        CHECK(child > 0 && waitpid(child, &state, 0) == child, "op %d: no child", run % op_count);
        CHECK(WIFEXITED(state) && WEXITSTATUS(state) == 0, "op %d, pass %d, with traps on: signal %d", run % op_count, run / op_count,
              WIFSIGNALED(state) ? WTERMSIG(state) : 0);
    }
#else
    (void)l;
#endif
}

/* ---- Threads ---- */

typedef struct worker {
    pthread_t thread;
    ramp_device *dev;     /* shared, or */
    const char *selector; /* its own to open */
    int number;
} worker;

static void *work(void *argument) {
    worker *w = argument;
    ramp_device *dev = w->dev;
    lane l = {NULL, NULL, NULL, NULL, NULL};
    if (dev == NULL && !CHECK_STATUS(ramp_device_open(&dev, w->selector), RAMP_OK)) return NULL;
    if (lane_open(&l, dev))
        for (int i = 0; i < rounds; i++) {
            int op = (i + w->number) % op_count, pass = (i + w->number) / op_count % pass_count;
            size_t n = i % 5 == 0 ? large : (size_t)(1 + (i * 37 + w->number * 101) % small);
            ramp_op the_op = op_number(op);
            if (CHECK_STATUS(lane_run(&l, &the_op, pass, (int64_t)n), RAMP_OK)) lane_check(&l, op, pass, n, "in a thread");
            ramp_op bad = {(ramp_op_id)(100 + w->number), 0, {0}}; /* the sentence is this thread's own */
            char words[32];
            if (lane_run(&l, &bad, 0, 1) == RAMP_ERROR_ARGUMENT) {
                words[0] = (char)('0' + w->number), words[1] = '\0';
                CHECK(strstr(ramp_last_error(), words) != NULL, "thread %d reads another's error: %s", w->number, ramp_last_error());
            }
        }
    lane_close(&l);
    if (w->dev == NULL) ramp_device_close(dev);
    return NULL;
}

static void test_threads(ramp_device *shared, const char *selector) {
    worker workers[thread_count];
    for (int i = 0; i < thread_count; i++) {
        workers[i] = (worker){.dev = shared, .selector = selector, .number = i};
        CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0, "no thread %d", i);
    }
    for (int i = 0; i < thread_count; i++) pthread_join(workers[i].thread, NULL);
}

int main(int argc, char **argv) {
    const char *selector = argc > 1 ? argv[1] : "cpu";
    ramp_device *dev = NULL;
    lane l = {NULL, NULL, NULL, NULL, NULL};
    ramp_status status = ramp_device_open(&dev, selector);
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    ramp_op plain = ramp_op_default(RAMP_HARDSIGMOID);
    inputs_fill(INPUT_SPECIAL, &plain, RAMP_F32, 0, 1, inputs, large / 2);
    inputs_fill(INPUT_RANGE, &plain, RAMP_F32, 1, 1, inputs + large / 2, large / 2);
    inputs_fill(INPUT_MIXED, &plain, RAMP_F32, 2, 1, gradients, large);
    if (CHECK_STATUS(status, RAMP_OK) && lane_open(&l, dev)) {
        for (int op = 0; op < op_count; op++) /* the truth of these bits is test_ops's affair */
            for (int pass = 0; pass < pass_count; pass++) {
                ramp_op the_op = op_number(op);
                CHECK_STATUS(lane_run(&l, &the_op, pass, large), RAMP_OK);
                CHECK_STATUS(ramp_memory_download(dev, expected[op][pass], l.y, 0, sizeof inputs), RAMP_OK);
            }
        test_modes(&l);
        test_traps(&l);
        test_threads(dev, NULL);
        test_threads(NULL, selector);
        lane_close(&l);
    }
    ramp_device_close(dev);
    return check_finish("test_environment");
}
