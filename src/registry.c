/* registry.c: the list of backends, the only file that knows which were built; and the choice among their devices. */
#include "registry.h"
#include "ascii.h"
#include "environment.h"
#include "error.h"
#include "os.h"
#include "selector.h"
#include "verbose.h"

#include "cpu/cpu_backend.h"
#if defined(RAMP_HAVE_CUDA)
#include "cuda/cuda_backend.h"
#endif
#if defined(RAMP_HAVE_OPENCL)
#include "opencl/opencl_backend.h"
#endif

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct registered {
    const char *name;
    const ramp_backend *backend; /* NULL: this build does not have it */
    const char *missing;         /* then why */
    int is_auto;                 /* "auto" considers it: 1 a GPU only, 2 any device */
    int started;                 /* its driver was asked for devices, when os_fork_count() was `forks` */
    unsigned forks;
} registered;

enum { max_backends = 16 };

/* In order of preference. The mutex guards the table, not the devices: it is never taken after the opening. */
static registered table[max_backends] = {
#if defined(RAMP_HAVE_CUDA)
    {"cuda", &ramp_backend_cuda, NULL, 1, 0, 0},
#else
    {"cuda", NULL, "this build of ramp has no CUDA backend: install the CUDA toolkit (nvcc) and build ramp again", 1, 0, 0},
#endif
#if defined(RAMP_HAVE_OPENCL)
    {"opencl", &ramp_backend_opencl, NULL, 1, 0, 0},
#else
    {"opencl", NULL, "this build of ramp has no OpenCL backend: install opencl-headers and build ramp again", 1, 0, 0},
#endif
    {"cpu", &ramp_backend_cpu, NULL, 2, 0, 0},
};
static size_t table_count = 3;
static int table_used; /* a device was listed or opened */
static os_mutex table_mutex = OS_MUTEX_INIT;

/* Another thread of the parent may have held the lock when it forked. */
static void begin_again(void) { os_mutex_init(&table_mutex); }

static void watch_forks(void) { os_on_fork_child(begin_again); }

static void lock_table(void) {
    static os_once once = OS_ONCE_INIT;
    os_call_once(&once, watch_forks);
    os_mutex_lock(&table_mutex);
}

static size_t count_backends(void) {
    lock_table();
    size_t count = table_count;
    os_mutex_unlock(&table_mutex);
    return count;
}

/* From here on it is too late to register one: a selector that meant something means the same for as long as the process lives. */
static void begin_use(void) {
    lock_table();
    table_used = 1;
    os_mutex_unlock(&table_mutex);
}

ramp_status ramp_backend_register(const ramp_backend *backend) {
    if (backend == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_backend_register: backend is NULL");
    if (backend->abi != RAMP_BACKEND_ABI)
        return ramp_error_set(RAMP_ERROR_ARGUMENT,
                              "the backend was built for abi %u, and this library has abi %u: build it against this ramp",
                              (unsigned)backend->abi, RAMP_BACKEND_ABI);
    const char *name = backend->name;
    if (name == NULL || *name == '\0' || strlen(name) > 15 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789") != strlen(name) ||
        strcmp(name, "auto") == 0)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "backend name '%s': write 1 to 15 lower-case letters and digits, and not auto",
                              name != NULL ? name : "(NULL)");
    const ramp_backend *b = backend;
    if (b->list == NULL || b->open == NULL || b->close == NULL || b->describe == NULL || b->supports == NULL || b->prepare == NULL ||
        b->launch == NULL || b->synchronize == NULL || b->alloc == NULL || b->release == NULL || b->upload == NULL || b->download == NULL ||
        b->event_create == NULL || b->event_record == NULL || b->event_wait == NULL || b->event_elapsed == NULL || b->event_destroy == NULL)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "backend %s: only the slots wrap, locate, roof and those after it may be NULL", name);
    const int queue_slots = (b->queue_create != NULL) + (b->queue_destroy != NULL) + (b->queue_upload != NULL) +
                            (b->queue_download != NULL) + (b->queue_wait != NULL);
    if (queue_slots % 5 != 0 || (b->host_alloc == NULL) != (b->host_release == NULL))
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "backend %s: the five queue slots go together, and so do host_alloc and host_release",
                              name);
    ramp_status status = RAMP_OK;
    lock_table();
    if (table_used) status = ramp_error_set(RAMP_ERROR_ARGUMENT, "backend %s: register before the first device is listed or opened", name);
    for (size_t i = 0; i < table_count && status == RAMP_OK; i++)
        if (strcmp(table[i].name, name) == 0) status = ramp_error_set(RAMP_ERROR_ARGUMENT, "there is a backend %s already", name);
    if (status == RAMP_OK && table_count == max_backends)
        status =
            ramp_error_set(RAMP_ERROR_ARGUMENT, "backend %s: there are %d backends already, the most there can be", name, max_backends);
    if (status == RAMP_OK) table[table_count++] = (registered){name, backend, NULL, 0, 0, 0};
    os_mutex_unlock(&table_mutex);
    return status;
}

/* ---- A backend's devices ---- */

typedef struct devices {
    ramp_device_info *row;
    size_t count;
} devices;

/* What a slot of a backend came to, `before` being error_count() when it was called. One that fails must have said why (ramp/backend.h): what this
 * thread said last is about something else. */
static ramp_status explain(const registered *r, const char *slot, unsigned before, ramp_status status) {
    if (status == RAMP_OK || error_count() != before) return status;
    return ramp_error_set(status, "the %s backend's %s gave %s, and no reason", r->name, slot, ramp_status_name(status));
}

/* Ask a backend for its devices; the caller frees devices->row. */
static ramp_status ask_devices(registered *r, devices *out) {
    *out = (devices){NULL, 0};
    if (r->backend == NULL) return ramp_error_set(RAMP_ERROR_UNAVAILABLE, "%s", r->missing);
    os_fork_watch();
    lock_table();
    if (!r->started) {
        r->started = 1;
        r->forks = os_fork_count();
    }
    int forked = r->forks != os_fork_count() && (r->backend->features & RAMP_FEATURE_NO_FORK) != 0;
    os_mutex_unlock(&table_mutex);
    if (forked)
        return ramp_error_set(RAMP_ERROR_FORKED,
                              "its driver was started before a fork(), and does not work in the child: start it after forking");
    size_t count = 0;
    const unsigned before = error_count();
    ramp_status status = explain(r, "list", before, r->backend->list(NULL, 0, &count));
    if (status != RAMP_OK) return status;
    if (count == 0) return ramp_error_set(RAMP_ERROR_UNAVAILABLE, "it has no device");
    ramp_device_info *row = calloc(count, sizeof *row);
    if (row == NULL) return ramp_error_set(RAMP_ERROR_MEMORY, "no memory for a list of %zu devices", count);
    size_t capacity = count;
    status = explain(r, "list", before, r->backend->list(row, capacity, &count));
    if (status != RAMP_OK) {
        free(row);
        return status;
    }
    *out = (devices){row, count < capacity ? count : capacity};
    for (size_t i = 0; i < out->count; i++) {
        snprintf(row[i].backend, sizeof row[i].backend, "%s", r->name);
        snprintf(row[i].selector, sizeof row[i].selector, "%s:%zu", r->name, i);
    }
    return RAMP_OK;
}

/* A driver may start threads when it is first asked, and they inherit the floating-point environment: it must be the right one (OpenCL on a
 * CPU). */
static ramp_status list_devices(registered *r, devices *out) {
    float_environment before = float_environment_enter();
    ramp_status status = ask_devices(r, out);
    float_environment_leave(before);
    return status;
}

static registered *find_backend(const char *name, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (ascii_same(table[i].name, name)) return &table[i];
    char names[256] = "";
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", i > 0 ? ", " : "", table[i].name);
    }
    ramp_error_set(RAMP_ERROR_ARGUMENT, "there is no backend '%s'; there are %s, and auto", name, names);
    return NULL;
}

/* Parse a selector. Every backend that it names must be one that there is, before any is started. */
static ramp_status choose(const char *text, size_t count, selector *choice) {
    ramp_status status = selector_parse(text, choice);
    for (int i = 0; i < choice->count && status == RAMP_OK; i++)
        if (find_backend(choice->entry[i].backend, count) == NULL) status = RAMP_ERROR_ARGUMENT;
    if (status == RAMP_OK) begin_use();
    return status;
}

/* ---- Listing ---- */

typedef struct listing {
    ramp_device_info *row;
    size_t count;
} listing;

static ramp_status list_row(listing *out, const ramp_device_info *row) {
    for (size_t i = 0; i < out->count; i++)
        if (strcmp(out->row[i].selector, row->selector) == 0) return RAMP_OK; /* two entries of a list may mean one device */
    ramp_device_info *longer = realloc(out->row, (out->count + 1) * sizeof *longer);
    if (longer == NULL) return ramp_error_set(RAMP_ERROR_MEMORY, "no memory for a list of %zu devices", out->count + 1);
    out->row = longer;
    out->row[out->count++] = *row;
    return RAMP_OK;
}

static ramp_status list_backend(registered *r, const char *device, listing *out) {
    devices all;
    ramp_device_info row = {.status = list_devices(r, &all)};
    ramp_status status = RAMP_OK;
    int matched = 0;
    for (size_t i = 0; i < all.count && status == RAMP_OK; i++) {
        if (!selector_matches(device, &all.row[i], i)) continue;
        matched = 1;
        status = list_row(out, &all.row[i]);
    }
    free(all.row);
    if (matched) return status;
    snprintf(row.backend, sizeof row.backend, "%s", r->name);
    snprintf(row.selector, sizeof row.selector, "%s", r->name);
    if (row.status == RAMP_OK) {
        row.status = RAMP_ERROR_UNAVAILABLE;
        snprintf(row.reason, sizeof row.reason, "none of its %zu devices is '%s'", all.count, device);
    } else
        snprintf(row.reason, sizeof row.reason, "%s", ramp_last_error());
    return list_row(out, &row);
}

ramp_status ramp_device_list(const char *text, ramp_device_info *list, size_t capacity, size_t *count) {
    if (count == NULL) return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_device_list: count is NULL");
    if (list == NULL && capacity > 0)
        return ramp_error_set(RAMP_ERROR_ARGUMENT, "ramp_device_list: list is NULL with capacity %zu", capacity);
    selector choice;
    size_t backends = count_backends();
    ramp_status status = choose(text != NULL && *text != '\0' ? text : "auto", backends, &choice);
    listing out = {NULL, 0};
    if (status == RAMP_OK && choice.is_auto)
        for (size_t i = 0; i < backends && status == RAMP_OK; i++) status = list_backend(&table[i], NULL, &out);
    else
        for (int i = 0; i < choice.count && status == RAMP_OK; i++)
            status = list_backend(find_backend(choice.entry[i].backend, backends), choice.entry[i].device, &out);
    if (status == RAMP_OK) {
        *count = out.count;
        if (capacity > 0) memcpy(list, out.row, (out.count < capacity ? out.count : capacity) * sizeof *list);
    }
    free(out.row);
    return status;
}

/* ---- Opening ---- */

/* What happened on the way, for the error or for RAMP_VERBOSE: one line a backend. */
typedef struct story {
    char text[4096];
} story;

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
tell(story *s, const char *format, ...) {
    size_t used = strlen(s->text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(s->text + used, sizeof s->text - used, format, arguments);
    va_end(arguments);
}

static ramp_status open_device(const registered *r, size_t ordinal, void **self) {
    float_environment before = float_environment_enter();
    const unsigned said = error_count();
    ramp_status status = explain(r, "open", said, r->backend->open((int)ordinal, self));
    float_environment_leave(before);
    return status;
}

/* What starts the story's next line. */
static const char *line_of(const story *s) { return s->text[0] != '\0' ? "\n  " : ""; }

/* A device that does less than the promise is opened for who names it, by index or name, if its backend will; nobody else gets it. */
static ramp_status open_row(const registered *r, const ramp_device_info *row, size_t ordinal, int is_named, void **self) {
    if (row->status == RAMP_OK || (row->status == RAMP_ERROR_UNSUPPORTED && is_named)) return open_device(r, ordinal, self);
    return ramp_error_set(row->status, "%s", row->reason);
}

/* Open the first device of this backend that matches and, where gpu_only, is a GPU; those that are ready first. On failure one line goes to
 * the story. */
static ramp_status open_entry(registered *r, const char *device, int gpu_only, story *s, int *ordinal, void **self) {
    devices all;
    ramp_status status = list_devices(r, &all);
    if (status != RAMP_OK) {
        tell(s, "%s%s: %s", line_of(s), r->name, ramp_last_error());
        return status;
    }
    status = RAMP_ERROR_UNAVAILABLE;
    int matched = 0;
    for (size_t i = 0; i < 2 * all.count && status != RAMP_OK; i++) {
        const size_t at = i % all.count;
        const ramp_device_info *row = &all.row[at];
        if ((row->status == RAMP_OK) != (i < all.count) || !selector_matches(device, row, at)) continue;
        if (gpu_only && row->type != RAMP_DEVICE_GPU) continue;
        matched = 1;
        *ordinal = (int)at;
        status = open_row(r, row, at, selector_is_name(device), self);
        if (status != RAMP_OK) tell(s, "%s%s (%s): %s", line_of(s), row->selector, row->name, ramp_last_error());
    }
    if (!matched) {
        tell(s, "%s%s: %s", line_of(s), r->name,
             device != NULL ? "it has no device '" : "it has no GPU, and auto takes no other device of it; it has ");
        if (device != NULL) tell(s, "%s'; it has ", device);
        for (size_t i = 0; i < all.count; i++) tell(s, "%s%s (%s)", i > 0 ? ", " : "", all.row[i].selector, all.row[i].name);
    }
    free(all.row);
    return status;
}

static void say_choice(const ramp_device_info *info, const char *source, const char *text, const story *s) {
    if (verbose_level() == 0) return;
    fprintf(stderr, "ramp: %s '%s' chose %s (%s)%s%s%s%s\n", source, text, info->selector, info->name, info->reason[0] != '\0' ? ": " : "",
            info->reason, s->text[0] != '\0' ? "; not\n  " : "", s->text);
}

/* The device's row, with the selector that opens it again. Of a wrapped device the backend may know it; else it is the backend's name alone. */
static void describe(const registered *r, void *self, int ordinal, ramp_device_info *info) {
    *info = (ramp_device_info){.backend = ""};
    r->backend->describe(self, info);
    snprintf(info->backend, sizeof info->backend, "%s", r->name);
    if (ordinal >= 0)
        snprintf(info->selector, sizeof info->selector, "%s:%d", r->name, ordinal);
    else if (info->selector[0] == '\0')
        snprintf(info->selector, sizeof info->selector, "%s", r->name);
}

ramp_status registry_open(const char *text, const ramp_backend **backend, void **self, ramp_device_info *info) {
    const char *source = "selector";
    if (text == NULL || *text == '\0') {
        source = "RAMP_BACKEND";
        text = os_getenv("RAMP_BACKEND");
    }
    if (text == NULL || *text == '\0') {
        source = "the default selector";
        text = "auto";
    }
    selector choice;
    size_t backends = count_backends();
    ramp_status status = choose(text, backends, &choice);
    if (status != RAMP_OK) return ramp_error_set(status, "%s: %s", source, ramp_last_error());
    story s = {.text = ""};
    size_t entries = choice.is_auto ? backends : (size_t)choice.count;
    int chosen = -1;
    for (size_t i = 0; i < entries; i++) {
        registered *r = choice.is_auto ? &table[i] : find_backend(choice.entry[i].backend, backends);
        if (choice.is_auto && r->is_auto == 0) continue;
        if (chosen >= 0) {
            tell(&s, "%s%s: not tried, it comes later", line_of(&s), r->name);
            continue;
        }
        int ordinal;
        status = open_entry(r, choice.is_auto ? NULL : choice.entry[i].device, choice.is_auto && r->is_auto == 1, &s, &ordinal, self);
        if (status != RAMP_OK) continue;
        chosen = (int)i;
        *backend = r->backend;
        describe(r, *self, ordinal, info);
    }
    if (chosen < 0)
        return ramp_error_set(choice.count == 1 ? status : RAMP_ERROR_UNAVAILABLE, "%s '%s': nothing that it names can start here\n  %s",
                              source, text, s.text);
    say_choice(info, source, text, &s);
    return RAMP_OK;
}

ramp_status registry_wrap(const char *name, int ordinal, void *native, const ramp_backend **backend, void **self, ramp_device_info *info) {
    registered *r = find_backend(name, count_backends());
    if (r == NULL) return RAMP_ERROR_ARGUMENT;
    begin_use();
    devices all;
    ramp_status status = list_devices(r, &all);
    if (status != RAMP_OK) return status;
    free(all.row);
    if (r->backend->wrap == NULL)
        return ramp_error_set(RAMP_ERROR_UNSUPPORTED, "the %s backend has no queues to wrap: use ramp_device_open", r->name);
    const unsigned before = error_count();
    status = explain(r, "wrap", before, r->backend->wrap(ordinal, native, self));
    if (status != RAMP_OK) return status;
    *backend = r->backend;
    describe(r, *self, -1, info);
    say_choice(info, "a wrapped queue of", name, &(story){.text = ""});
    return RAMP_OK;
}
