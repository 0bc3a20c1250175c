/*
 * test_process.c: fork, and what the library prints. Each part runs in a child, so that a crash or a deadlock is a failure and not the end.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* setenv */
#endif
#include "check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { n = 1 << 18, deadline_seconds = 20 };

static float x[n], y[n], other[n];

static int is_right(ramp_device *dev, float *out) {
    static const int64_t shape[] = {n};
    ramp_op op = ramp_op_default(RAMP_SOFTSIGN);
    ramp_tensor tx = ramp_tensor_dense(x, RAMP_F32, 1, shape), ty = ramp_tensor_dense(out, RAMP_F32, 1, shape);
    memset(out, 0xff, sizeof x);
    if (ramp_forward(dev, &op, &tx, &ty, NULL) != RAMP_OK) return 0;
    for (int i = 0; i < n; i++)
        if (out[i] != (float)(i % 7) / (float)(1 + i % 7)) return 0;
    return 1;
}

/* Run it in a child and check that it returns 0; a child that hangs is killed by its alarm. */
static void in_child(int (*function)(void *), void *argument, const char *what) {
    int state = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(deadline_seconds);
        _exit(function(argument));
    }
    CHECK(child > 0 && waitpid(child, &state, 0) == child, "%s: no child", what);
    CHECK(WIFEXITED(state) && WEXITSTATUS(state) == 0, "%s: the child %s %d", what, WIFEXITED(state) ? "exited with" : "died of signal",
          WIFEXITED(state) ? WEXITSTATUS(state) : WTERMSIG(state));
}

/* ---- Fork ---- */

static int child_uses_cpu(void *dev) {
    ramp_device *own = NULL;
    if (!is_right(dev, y) || !is_right(dev, y)) return 1;
    if (ramp_device_open(&own, "cpu") != RAMP_OK || !is_right(own, y)) return 2;
    ramp_device_close(own);
    ramp_device_close(dev);
    return 0;
}

static int grandchild(void *dev) {
    if (!is_right(dev, y)) return 1;
    in_child(child_uses_cpu, dev, "a child's child");
    return check_failures() > 0 ? 2 : !is_right(dev, y);
}

/* A child may start threads before it first calls ramp: they all begin at once. */
enum { crowd_size = 4 };
static float crowd_out[crowd_size][n];
static ramp_device *crowd_device;
static pthread_barrier_t crowd_gate;

static void *join_crowd(void *out) {
    pthread_barrier_wait(&crowd_gate);
    for (int i = 0; i < 4; i++)
        if (!is_right(crowd_device, out)) return out;
    return NULL;
}

static int child_crowd(void *dev) {
    pthread_t threads[crowd_size];
    void *wrong = NULL;
    int result = 0;
    crowd_device = dev;
    pthread_barrier_init(&crowd_gate, NULL, crowd_size);
    for (int i = 0; i < crowd_size; i++)
        if (pthread_create(&threads[i], NULL, join_crowd, crowd_out[i]) != 0) return 2;
    for (int i = 0; i < crowd_size; i++) {
        pthread_join(threads[i], &wrong);
        result |= wrong != NULL;
    }
    return result;
}

static atomic_int stop;

static void *keep_busy(void *dev) {
    while (!atomic_load(&stop)) CHECK(is_right(dev, other), "the busy thread: %s", ramp_last_error());
    return NULL;
}

static void test_fork_cpu(void) {
    ramp_device *dev = NULL, *unused = NULL;
    pthread_t thread;
    if (!CHECK_STATUS(ramp_device_open(&dev, "cpu"), RAMP_OK) || !CHECK_STATUS(ramp_device_open(&unused, "cpu"), RAMP_OK)) return;
    in_child(child_uses_cpu, unused, "a device that was never used");
    CHECK(is_right(dev, y), "before the fork: %s", ramp_last_error());
    in_child(child_uses_cpu, dev, "a device that was used");
    in_child(grandchild, dev, "a child with a child");
    CHECK(is_right(dev, y), "the parent after the fork: %s", ramp_last_error());
    for (int i = 0; i < 20 && check_failures() == 0; i++) in_child(child_crowd, dev, "a child that starts threads");
#if defined(__SANITIZE_ADDRESS__)
    (void)thread, (void)keep_busy;
    printf("SKIPPED in part: a fork while a thread works: gcc 12's AddressSanitizer keeps its allocator's locks in the child, which then "
           "hangs in malloc now and then\n");
#else
    CHECK(pthread_create(&thread, NULL, keep_busy, dev) == 0, "no thread");
    for (int i = 0; i < 20 && check_failures() == 0; i++) {
        usleep((useconds_t)(i * 300));
        in_child(child_uses_cpu, dev, "while a thread works");
    }
    atomic_store(&stop, 1);
    pthread_join(thread, NULL);
#endif
    CHECK(is_right(dev, y), "the parent after all: %s", ramp_last_error());
    ramp_device_close(dev);
    ramp_device_close(unused);
}

typedef struct gpu {
    const char *backend;
    ramp_device *dev;
    void *memory;
    ramp_event *event;
} gpu;

static int child_refused(void *argument) {
    gpu *g = argument;
    ramp_op op = ramp_op_default(RAMP_SOFTSIGN);
    static const int64_t shape[] = {4};
    ramp_tensor t = ramp_tensor_dense(g->memory, RAMP_F32, 1, shape);
    ramp_device *again = NULL, *cpu = NULL;
    void *data = NULL;
    float four[4];
    if (ramp_forward(g->dev, &op, &t, &t, NULL) != RAMP_ERROR_FORKED || strstr(ramp_last_error(), "fork") == NULL) return 1;
    if (ramp_backward(g->dev, &op, RAMP_SAVED_INPUT, &t, &t, &t) != RAMP_ERROR_FORKED) return 2;
    if (ramp_memory_alloc(g->dev, 16, &data) != RAMP_ERROR_FORKED || data != NULL) return 3;
    if (ramp_memory_upload(g->dev, g->memory, 0, four, 16) != RAMP_ERROR_FORKED) return 4;
    if (ramp_memory_download(g->dev, four, g->memory, 0, 16) != RAMP_ERROR_FORKED) return 5;
    if (ramp_device_synchronize(g->dev) != RAMP_ERROR_FORKED || ramp_prepare(g->dev, &op, RAMP_F32) != RAMP_ERROR_FORKED) return 6;
    if (ramp_event_record(g->event, NULL) != RAMP_ERROR_FORKED || ramp_event_wait(g->event) != RAMP_ERROR_FORKED) return 7;
    if (ramp_device_open(&again, g->backend) != RAMP_ERROR_FORKED || again != NULL) return 8;
    ramp_event_destroy(g->event);
    ramp_memory_free(g->dev, g->memory);
    ramp_device_close(g->dev);
    if (ramp_device_open(&cpu, "cpu") != RAMP_OK || !is_right(cpu, y)) return 9;
    ramp_device_close(cpu);
    return 0;
}

static void test_fork_driver(const char *backend) {
    gpu g = {backend, NULL, NULL, NULL};
    ramp_status status = ramp_device_open(&g.dev, backend);
    if (status == RAMP_ERROR_UNAVAILABLE) {
        printf("SKIPPED in part: %s\n", ramp_last_error());
        return;
    }
    if (!CHECK_STATUS(status, RAMP_OK)) return;
    CHECK_STATUS(ramp_memory_alloc(g.dev, 64, &g.memory), RAMP_OK);
    CHECK_STATUS(ramp_event_create(g.dev, &g.event), RAMP_OK);
    CHECK_STATUS(ramp_event_record(g.event, NULL), RAMP_OK);
    CHECK_STATUS(ramp_event_wait(g.event), RAMP_OK);
    in_child(child_refused, &g, backend);
    CHECK_STATUS(ramp_memory_upload(g.dev, g.memory, 0, x, 64), RAMP_OK); /* the parent goes on */
    CHECK_STATUS(ramp_device_synchronize(g.dev), RAMP_OK);
    ramp_event_destroy(g.event);
    ramp_memory_free(g.dev, g.memory);
    ramp_device_close(g.dev);
}

/* ---- Printing ---- */

typedef struct printing {
    const char *selector, *verbose;
    int out[2];
} printing;

static int child_prints(void *argument) {
    const printing *p = argument;
    ramp_device *dev = NULL, *none = NULL;
    size_t count;
    dup2(p->out[0], STDOUT_FILENO);
    dup2(p->out[1], STDERR_FILENO);
    if (p->verbose != NULL)
        setenv("RAMP_VERBOSE", p->verbose, 1);
    else
        unsetenv("RAMP_VERBOSE");
    if (ramp_device_open(&dev, p->selector) != RAMP_OK) return 1;
    if (ramp_device_open(&none, "cudaa") == RAMP_OK || ramp_device_open(&none, "cpu:7") == RAMP_OK) return 2;
    if (ramp_device_list(NULL, NULL, 0, &count) != RAMP_OK) return 3;
    if (strcmp(ramp_device_backend(dev), "cpu") == 0 && !is_right(dev, y)) return 4;
    ramp_forward(dev, NULL, NULL, NULL, NULL);
    ramp_device_close(dev);
    fflush(NULL); /* _exit would not */
    return 0;
}

static const char *slurp(FILE *file, char *text, size_t capacity) {
    rewind(file);
    text[fread(text, 1, capacity - 1, file)] = '\0';
    return text;
}

static void test_printing(const char *selector, const char *verbose, int expected) {
    FILE *out = tmpfile(), *err = tmpfile();
    char text[8192];
    if (!CHECK(out != NULL && err != NULL, "no temporary file")) return;
    printing p = {selector, verbose, {fileno(out), fileno(err)}};
    in_child(child_prints, &p, "printing");
    CHECK(slurp(out, text, sizeof text)[0] == '\0', "%s, RAMP_VERBOSE %s: on stdout: %s", selector, verbose != NULL ? verbose : "unset",
          text);
    slurp(err, text, sizeof text);
    CHECK((text[0] != '\0') == expected, "%s, RAMP_VERBOSE %s: on stderr: '%s'", selector, verbose != NULL ? verbose : "unset", text);
    if (expected) {
        CHECK(strncmp(text, "ramp:", 5) == 0, "it does not say who speaks: %s", text);
        CHECK(strstr(text, "cpu:0") != NULL || strcmp(selector, "auto") == 0, "it does not name the device: %s", text);
        if (strcmp(selector, "auto") == 0)
            CHECK(strstr(text, "cuda") && strstr(text, "opencl") && strstr(text, "cpu"), "why not the others: %s", text);
    }
    fclose(out);
    fclose(err);
}

int main(void) {
    for (int i = 0; i < n; i++) x[i] = (float)(i % 7);
    test_printing("cpu", NULL, 0); /* first: these children must start their drivers themselves */
    test_printing("auto", NULL, 0);
    test_printing("cpu", "0", 0);
    test_printing("cpu", "", 0);
    test_printing("cpu", "1", 1);
    test_printing("auto", "1", 1);
    test_fork_cpu();
    test_fork_driver("opencl");
    test_fork_driver("cuda");
    return check_finish("test_process");
}
