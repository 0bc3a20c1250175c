/*
 * test_selector.c: the selector's grammar, RAMP_BACKEND, and ramp_device_list. What a selector gives depends on the machine; what it means
 * does not.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* setenv */
#endif
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { row_capacity = 64 };

static int mentions(const char *text) { return strstr(ramp_last_error(), text) != NULL; }

static void check_opens(const char *selector, const char *backend) {
    ramp_device *dev = NULL;
    if (CHECK(ramp_device_open(&dev, selector) == RAMP_OK, "'%s': %s", selector != NULL ? selector : "(NULL)", ramp_last_error()) &&
        backend != NULL)
        CHECK(strcmp(ramp_device_backend(dev), backend) == 0, "'%s' opened %s", selector != NULL ? selector : "(NULL)",
              ramp_device_backend(dev));
    ramp_device_close(dev);
}

/* It fails so, *dev is NULL, and the sentence has the text (NULL: any). The list refuses what does not parse too. */
static void check_fails(const char *selector, ramp_status status, const char *text) {
    ramp_device *dev = (ramp_device *)(void *)&dev;
    ramp_status got = ramp_device_open(&dev, selector);
    CHECK(got == status, "'%.80s' gave %s (%s)", selector, ramp_status_name(got), ramp_last_error());
    CHECK(dev == NULL, "'%.80s' left a device", selector);
    CHECK(text == NULL || mentions(text), "'%.80s': the sentence does not have '%s': %s", selector, text != NULL ? text : "",
          ramp_last_error());
    CHECK(strlen(ramp_last_error()) > 10 && strlen(ramp_last_error()) < 4096, "'%.80s': a sentence of %zu bytes", selector,
          strlen(ramp_last_error()));
    size_t count = 12345;
    if (selector[0] == '\0') return; /* to the list, that is everything */
    got = ramp_device_list(selector, NULL, 0, &count);
    CHECK((got == RAMP_ERROR_ARGUMENT) == (status == RAMP_ERROR_ARGUMENT), "listing '%.80s' gave %s", selector, ramp_status_name(got));
    if (got != RAMP_OK) CHECK(count == 12345, "listing '%.80s' failed and wrote its count", selector);
}

static void test_grammar(void) {
    check_opens("auto", NULL);
    check_opens("AUTO", NULL);
    check_opens("cpu", "cpu");
    check_opens("CPU", "cpu");
    check_opens("cpu:0", "cpu");
    check_opens(" cpu : 0 ", "cpu");
    check_opens("cpu:cpu", "cpu"); /* by type */
    check_opens("cuda:nosuchgpu,cpu", "cpu");
    check_opens("opencl:nosuchdevice,cpu:0", "cpu");
    check_fails("cpu:7", RAMP_ERROR_UNAVAILABLE, "cpu:7");
    check_fails("cpu:gpu", RAMP_ERROR_UNAVAILABLE, "cpu:gpu");
    check_fails("cpu:99999999999999999999", RAMP_ERROR_UNAVAILABLE, NULL);
    check_fails("cpu:nosuchname", RAMP_ERROR_UNAVAILABLE, "nosuchname");
    static const char *const bad[] = {"cudaa", "cpu,nosuch", "gpu", "0", "cpu0", "auto,cpu", "cpu,auto", "auto:0"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) check_fails(bad[i], RAMP_ERROR_ARGUMENT, NULL);
    check_fails("cudaa", RAMP_ERROR_ARGUMENT, "cudaa"); /* quoted, with what there is */
    CHECK(mentions("cuda") && mentions("opencl") && mentions("cpu"), "it does not list what there is: %s", ramp_last_error());
    static const char *const broken[] = {"cpu,", ",", ",cpu", "cpu,,cpu", ":", ":0", "cpu:", "cpu:,cuda", "\n"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) check_fails(broken[i], RAMP_ERROR_ARGUMENT, NULL);
    static const char *const control[] = {"cp\x01u", "cpu:\x1b[31m", "cpu:a\nb", "cp\x7fu"};
    for (size_t i = 0; i < sizeof control / sizeof control[0]; i++) {
        check_fails(control[i], RAMP_ERROR_ARGUMENT, "?");
        for (const char *c = ramp_last_error(); *c != '\0'; c++)
            CHECK((unsigned char)*c >= 0x20 && *c != 0x7f, "%zu: the sentence has a raw %#x", i, (unsigned)*c);
    }
    check_fails("\xff\xfe\x80", RAMP_ERROR_ARGUMENT, NULL);
    check_fails("cpu:\xff\xfe\x80", RAMP_ERROR_UNAVAILABLE, NULL);
    static char garbage[4097];
    for (size_t i = 0; i + 1 < sizeof garbage; i++) garbage[i] = (char)(33 + i % 94);
    check_fails(garbage, RAMP_ERROR_ARGUMENT, NULL);
    memset(garbage, ',', sizeof garbage - 1);
    check_fails(garbage, RAMP_ERROR_ARGUMENT, NULL);
    for (size_t i = 0; i + 4 < sizeof garbage; i += 4) memcpy(garbage + i, "cpu,", 4);
    check_fails(garbage, RAMP_ERROR_ARGUMENT, NULL);
    memset(garbage, 'x', sizeof garbage - 1);
    memcpy(garbage, "cpu:", 4);
    ramp_device *dev = NULL;
    CHECK(ramp_device_open(&dev, garbage) != RAMP_OK && dev == NULL, "4 KiB of name opened a device");
}

static void test_variable(void) {
    setenv("RAMP_BACKEND", "cpu", 1);
    check_opens(NULL, "cpu");
    check_opens("", "cpu");
    setenv("RAMP_BACKEND", "cudaa", 1);
    check_fails("", RAMP_ERROR_ARGUMENT, "cudaa");
    CHECK(mentions("RAMP_BACKEND"), "the sentence does not say where the value came from: %s", ramp_last_error());
    check_opens("cpu", "cpu"); /* the argument beats it */
    setenv("RAMP_BACKEND", "\xff,,:", 1);
    ramp_device *dev = NULL;
    CHECK_STATUS(ramp_device_open(&dev, NULL), RAMP_ERROR_ARGUMENT);
    size_t count = 0;
    CHECK_STATUS(ramp_device_list(NULL, NULL, 0, &count), RAMP_OK); /* the list does not read it */
    setenv("RAMP_BACKEND", "", 1);
    check_opens(NULL, NULL);
    unsetenv("RAMP_BACKEND");
    check_opens(NULL, NULL);
}

/* RAMP_NUM_THREADS is a number that is allowed, or the CPU backend says what it is and what it may be. */
static void test_threads(void) {
    static const char *const good[] = {"1", "2", "007", "256", ""};
    static const char *const bad[] = {"abc", "-3", "0",   "0x", "0x4", "257", "99999999999", "99999999999999999999999",
                                      " 4",  "4 ", "4.0", "+4", "\xff"};
    ramp_device_info row;
    size_t count = 0;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        setenv("RAMP_NUM_THREADS", good[i], 1);
        check_opens("cpu", "cpu");
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ramp_device *dev = NULL;
        setenv("RAMP_NUM_THREADS", bad[i], 1);
        CHECK_STATUS(ramp_device_open(&dev, "cpu"), RAMP_ERROR_ARGUMENT);
        CHECK(dev == NULL && mentions("RAMP_NUM_THREADS") && mentions(bad[i]) && mentions("1 to 256"), "'%s': %s", bad[i],
              ramp_last_error());
        CHECK_STATUS(ramp_device_list("cpu", &row, 1, &count), RAMP_OK);
        CHECK(row.status == RAMP_ERROR_ARGUMENT && strstr(row.reason, bad[i]) != NULL, "'%s' is listed with '%s'", bad[i], row.reason);
    }
    unsetenv("RAMP_NUM_THREADS");
    check_opens("cpu", "cpu");
}

static int known(ramp_status status) { return status >= RAMP_OK && status <= RAMP_ERROR_FORKED; }

static void test_list(void) {
    static ramp_device_info all[row_capacity], some[row_capacity];
    size_t count = 0, again = 0;
    CHECK_STATUS(ramp_device_list(NULL, NULL, 0, NULL), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_device_list(NULL, NULL, 1, &count), RAMP_ERROR_ARGUMENT);
    CHECK_STATUS(ramp_device_list(NULL, NULL, 0, &count), RAMP_OK);
    CHECK(count >= 3 && count <= row_capacity, "%zu rows: each backend has one at least", count);
    if (!CHECK_STATUS(ramp_device_list(NULL, all, row_capacity, &again), RAMP_OK)) return;
    CHECK(count == again, "%zu rows, then %zu", count, again);
    int has[3] = {0, 0, 0}, order = 0;
    static const char *const names[] = {"cuda", "opencl", "cpu"};
    for (size_t i = 0; i < again && i < row_capacity; i++) {
        const ramp_device_info *r = &all[i];
        for (int b = 0; b < 3; b++)
            if (strcmp(r->backend, names[b]) == 0) {
                has[b] = 1;
                CHECK(b >= order, "%s comes after a less preferred backend", r->selector);
                order = b;
            }
        CHECK(known(r->status) && (r->status == RAMP_OK) == (r->reason[0] == '\0'), "%s: status %d, reason '%s'", r->selector,
              (int)r->status, r->reason);
        if (r->status == RAMP_OK) {
            CHECK(r->type != 0 && r->name[0] != '\0' && r->dtypes != 0 && r->memory > 0, "%s: a row without its facts", r->selector);
            check_opens(r->selector, r->backend);
        } else
            check_fails(r->selector, r->status, NULL);
        CHECK_STATUS(ramp_device_list(r->selector, some, row_capacity, &count), RAMP_OK);
        CHECK(count == 1 && strcmp(some[0].selector, r->selector) == 0, "'%s' lists %zu rows, the first %s", r->selector, count,
              some[0].selector);
    }
    CHECK(has[0] && has[1] && has[2], "a backend has no row: cuda %d, opencl %d, cpu %d", has[0], has[1], has[2]);
    memset(some, 0x77, sizeof some);
    CHECK_STATUS(ramp_device_list(NULL, some, 1, &count), RAMP_OK);
    CHECK(count == again && strcmp(some[0].selector, all[0].selector) == 0, "capacity 1: %zu, %s", count, some[0].selector);
    CHECK(some[1].backend[0] == 0x77, "capacity 1: a second row was written");
    CHECK_STATUS(ramp_device_list("cpu", some, row_capacity, &count), RAMP_OK);
    CHECK(count == 1 && strcmp(some[0].selector, "cpu:0") == 0 && some[0].type == RAMP_DEVICE_CPU, "cpu: %zu rows, %s", count,
          some[0].selector);
    CHECK_STATUS(ramp_device_list("cpu,cpu:0", some, row_capacity, &count), RAMP_OK);
    CHECK(count == 1, "cpu,cpu:0 is one device, %zu rows", count);
    static const char *const once[] = {"cpu,cpu", "cpu:0,cpu,cpu:cpu", "cpu:7,cpu:8"};
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++) {
        CHECK_STATUS(ramp_device_list(once[i], NULL, 0, &count), RAMP_OK);
        CHECK(count == 1, "'%s' is one row, and without room for it %zu", once[i], count);
    }
    CHECK_STATUS(ramp_device_list("cpu:7", some, row_capacity, &count), RAMP_OK);
    CHECK(count == 1 && some[0].status == RAMP_ERROR_UNAVAILABLE && some[0].reason[0] != '\0', "cpu:7: %zu rows", count);
}

int main(void) {
    unsetenv("RAMP_BACKEND");
    unsetenv("RAMP_NUM_THREADS");
    test_grammar();
    test_variable();
    test_threads();
    test_list();
    return check_finish("test_selector");
}
