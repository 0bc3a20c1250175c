#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *program_name = "ramp";

void program_begin(const char *name) {
    program_name = name;
    int fd;
    do fd = open("/dev/null", O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO) close(fd);
}

static void say(const char *format, va_list arguments) {
    fflush(stdout); /* in order with what was printed, where both go to one file */
    fprintf(stderr, "%s: ", program_name);
    vfprintf(stderr, format, arguments);
    putc('\n', stderr);
}

void program_say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

int program_usage(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    fprintf(stderr, "See %s --help.\n", program_name);
    return exit_usage;
}

/* What getopt_long disliked when it returned `code`. */
static int refuse_option(int code, char **argv) {
    const char *given = argv[optind - 1];
    if (code == ':') return program_usage("option %s needs a value", given);
    /* A long option that exists but was given a value it does not take comes back with its own code in optopt. */
    if (optopt != 0 && strchr(given, '=') != NULL) return program_usage("option %s takes no value", given);
    if (optopt != 0 && strncmp(given, "--", 2) != 0) return program_usage("there is no option -%c", optopt);
    return program_usage("there is no option %s", given);
}

int program_options(int argc, char **argv, const struct option *list, int (*take)(void *options, int code, const char *value),
                    void *options) {
    opterr = 0;
    for (int code; (code = getopt_long(argc, argv, ":h", list, NULL)) != -1;) {
        const int end = code == '?' || code == ':' ? refuse_option(code, argv) : take(options, code, optarg);
        if (end >= 0) return end;
    }
    if (optind == argc) return -1;
    return program_usage("'%s' is not expected here: every argument belongs to an option (quote a list that has spaces)", argv[optind]);
}

const char *program_next_entry(const char **list, const char *separators) {
    static char entry[512];
    if (*list == NULL) return NULL;
    size_t length = strcspn(*list, separators), from = 0;
    const char *begin = *list;
    *list = begin[length] != '\0' ? begin + length + 1 : NULL;
    while (from < length && begin[from] == ' ') from++;
    while (length > from && begin[length - 1] == ' ') length--;
    snprintf(entry, sizeof entry, "%.*s", (int)(length - from), begin + from);
    return entry;
}

int program_finish(int code) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return code;
    program_say("standard output could not be written: %s", strerror(errno));
    return exit_wrong;
}

void *program_resize(void *memory, size_t count, size_t size) {
    void *grown = count <= SIZE_MAX / size ? realloc(memory, count > 0 ? count * size : 1) : NULL;
    if (grown != NULL) return grown;
    program_say("out of memory: %zu x %zu bytes", count, size);
    exit(exit_wrong);
}

int program_exit_code(ramp_status status) {
    return status == RAMP_OK ? exit_done : status == RAMP_ERROR_ARGUMENT ? exit_usage : exit_absent;
}

ramp_status program_devices(const char *selector, ramp_device_info **list, size_t *count) {
    size_t capacity = 0;
    *list = NULL;
    *count = 0;
    ramp_status status = ramp_device_list(selector, NULL, 0, &capacity);
    if (status != RAMP_OK) return status;
    *list = program_resize(NULL, capacity, sizeof **list);
    status = ramp_device_list(selector, *list, capacity, count);
    if (*count > capacity) *count = capacity; /* a device appeared between the two calls */
    if (status == RAMP_OK) return RAMP_OK;
    free(*list);
    *list = NULL;
    *count = 0;
    return status;
}

const char *program_version(void) {
    static char text[24];
    unsigned version = (unsigned)ramp_version();
    snprintf(text, sizeof text, "%u.%u.%u", version >> 16, version >> 8 & 255u, version & 255u);
    return text;
}

const char *program_dtype(ramp_dtype dtype) {
    switch (dtype) {
    case RAMP_F32: return "f32";
    case RAMP_F64: return "f64";
    case RAMP_F16: return "f16";
    case RAMP_BF16: return "bf16";
    case RAMP_BIT: return "bit";
    }
    return "";
}

size_t program_dtype_size(ramp_dtype dtype) {
    const ramp_tensor one = ramp_tensor_dense(NULL, dtype, 0, NULL);
    return ramp_tensor_bytes(&one);
}

const char *program_type(ramp_device_type type) {
    switch (type) {
    case RAMP_DEVICE_CPU: return "cpu";
    case RAMP_DEVICE_GPU: return "gpu";
    case RAMP_DEVICE_ACCELERATOR: return "accelerator";
    }
    return "";
}

const char *program_bytes(char text[16], uint64_t bytes) {
    static const char *const unit[] = {"KiB", "MiB", "GiB", "TiB"};
    if (bytes < 1024) {
        snprintf(text, 16, "%u B", (unsigned)bytes);
        return text;
    }
    double value = (double)bytes / 1024;
    size_t u = 0;
    for (; value >= 1024 && u < 3; u++) value /= 1024;
    snprintf(text, 16, "%.1f %s", value, unit[u]);
    return text;
}

const char *program_dtypes(char text[48], uint32_t dtypes) {
    size_t used = 0;
    text[0] = '\0';
    for (int d = RAMP_F32; d <= RAMP_BIT; d++)
        if (dtypes >> d & 1u) used += (size_t)snprintf(text + used, 48 - used, "%s%s", used > 0 ? " " : "", program_dtype((ramp_dtype)d));
    return text;
}
