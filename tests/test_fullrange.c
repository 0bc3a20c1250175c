/*
 * test_fullrange.c: all 2^32 floats through each op's forward pass, at its default and other parameters, against the oracle. On one
 * backend; minutes.
 *
 *   test_fullrange [SELECTOR [OP...]]     OP as ramp_op_parse reads it
 */
#include "bits.h"
#include "check.h"
#include "reference.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { chunk = 1 << 24, max_workers = 64 };

typedef struct share {
    const ramp_op *op;
    const float *got;
    uint32_t first; /* the pattern of got[from] - from */
    size_t from, to;
    unsigned long long wrong;
    uint32_t example;
} share;

static void *check_share(void *argument) {
    share *s = argument;
    for (size_t i = s->from; i < s->to; i++) {
        uint32_t x = s->first + (uint32_t)i;
        uint64_t want = bits_of(RAMP_F32, reference_forward(s->op, RAMP_F32, bits_value(RAMP_F32, x)));
        if (!bits_same(RAMP_F32, bits_load(RAMP_F32, s->got, i), want) && s->wrong++ == 0) s->example = x;
    }
    return NULL;
}

static void check_chunk(const ramp_op *op, const char *text, const float *got, uint32_t first, int workers) {
    share shares[max_workers];
    pthread_t threads[max_workers];
    for (int i = 0; i < workers; i++) {
        size_t from = (size_t)chunk / (size_t)workers * (size_t)i,
               to = i + 1 == workers ? chunk : (size_t)chunk / (size_t)workers * (size_t)(i + 1);
        shares[i] = (share){op, got, first, from, to, 0, 0};
        if (pthread_create(&threads[i], NULL, check_share, &shares[i]) != 0) exit(1);
    }
    for (int i = 0; i < workers; i++) {
        pthread_join(threads[i], NULL);
        check_add(shares[i].to - shares[i].from, 0);
        if (shares[i].wrong == 0) continue;
        uint32_t x = shares[i].example;
        CHECK(0, "%s: %llu wrong from pattern %#x on, the first at x %a (%#x): got %a, want %a", text, shares[i].wrong, (unsigned)first,
              bits_value(RAMP_F32, x), (unsigned)x, (double)got[x - first], reference_forward(op, RAMP_F32, bits_value(RAMP_F32, x)));
    }
}

static void run_op(ramp_device *dev, const char *text, int workers, float *host, void *data) {
    ramp_op op;
    static const int64_t shape[] = {chunk};
    if (!CHECK_STATUS(ramp_op_parse(text, &op), RAMP_OK)) return;
    ramp_tensor t = ramp_tensor_dense(data, RAMP_F32, 1, shape);
    for (uint64_t first = 0; first < UINT64_C(1) << 32; first += chunk) {
        for (size_t i = 0; i < chunk; i++) bits_store(RAMP_F32, host, i, first + i);
        if (!CHECK_STATUS(ramp_memory_upload(dev, data, 0, host, sizeof(float) * chunk), RAMP_OK) ||
            !CHECK_STATUS(ramp_forward(dev, &op, &t, &t, NULL), RAMP_OK) ||
            !CHECK_STATUS(ramp_memory_download(dev, host, data, 0, sizeof(float) * chunk), RAMP_OK))
            return;
        check_chunk(&op, text, host, (uint32_t)first, workers);
    }
    printf("%s: all 2^32\n", text);
    fflush(stdout);
}

int main(int argc, char **argv) {
    static const char *const texts[] = {"hardsigmoid",  "hardsigmoid:alpha=0.2,beta=0.5", "hardsigmoid:-0.001,7e4", "softsign", "hardtanh",
                                        "hardtanh:0,6", "hardtanh:-3e-40,1e-39"};
    ramp_device *dev = NULL;
    void *data = NULL;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int workers = processors < 1 ? 1 : processors > max_workers ? max_workers : (int)processors;
    ramp_status status = ramp_device_open(&dev, argc > 1 ? argv[1] : "cpu");
    if (status == RAMP_ERROR_UNAVAILABLE) return TEST_SKIP("%s", ramp_last_error());
    float *host = malloc(sizeof(float) * chunk);
    if (CHECK_STATUS(status, RAMP_OK) && CHECK(host != NULL, "no memory") &&
        CHECK_STATUS(ramp_memory_alloc(dev, sizeof(float) * chunk, &data), RAMP_OK)) {
        for (int i = 2; i < argc; i++) run_op(dev, argv[i], workers, host, data);
        for (size_t i = 0; argc <= 2 && i < sizeof texts / sizeof texts[0]; i++) run_op(dev, texts[i], workers, host, data);
    }
    ramp_memory_free(dev, data);
    free(host);
    ramp_device_close(dev);
    return check_finish("test_fullrange");
}
