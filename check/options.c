#include "options.h"
#include "program.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
    option_help = 'h',
    option_backend = 256,
    option_op,
    option_dtype,
    option_pass,
    option_full,
    option_json,
    option_quiet,
    option_list,
    option_version
};

static void add_text(char ***list, size_t *count, const char *text) {
    for (size_t i = 0; i < *count; i++)
        if (strcmp((*list)[i], text) == 0) return; /* twice the same would only be the same rows twice */
    char *copy = program_resize(NULL, strlen(text) + 1, 1);
    *list = program_resize(*list, *count + 1, sizeof **list);
    (*list)[(*count)++] = strcpy(copy, text);
}

static int add_backends(check_options *o, const char *list) {
    for (const char *entry; (entry = program_next_entry(&list, ",")) != NULL;) {
        if (*entry == '\0') return program_usage("--backend: an entry is empty; write selectors joined by commas, as in cuda,opencl:0");
        add_text(&o->backend, &o->backends, entry);
    }
    return -1;
}

/* A name by its first spelling, so that an alias is not another op. */
static void add_op(void *options, const char *entry, const ramp_op *op) {
    check_options *o = options;
    char text[128];
    ramp_op_info info;
    if (strchr(entry, ':') != NULL && ramp_op_format(op, text, sizeof text) == RAMP_OK) {
        add_text(&o->op, &o->ops, text);
        return;
    }
    for (size_t i = 0; i < ramp_op_count(); i++)
        if (ramp_op_describe(i, &info) == RAMP_OK && info.id == op->id) add_text(&o->op, &o->ops, info.name);
}

static int take(void *options, int code, const char *value) {
    check_options *o = options;
    switch (code) {
    case option_backend: return add_backends(o, value);
    case option_op: return choices_add_ops(value, add_op, o);
    case option_dtype: return choices_add_dtypes(value, o->dtype, &o->dtypes);
    case option_pass: return choices_add_names("--pass", value, pass_names, check_passes, o->pass);
    case option_full: o->full = 1; return -1;
    case option_json: o->json = value; return *value != '\0' ? -1 : program_usage("--json is empty: name a file, or - for standard output");
    case option_quiet: o->quiet = 1; return -1;
    case option_list: o->list = 1; return -1;
    case option_version: printf("ramp-check %s\n", program_version()); return exit_done;
    default:
        for (const char *const *piece = check_help; *piece != NULL; piece++) fputs(*piece, stdout);
        return exit_done;
    }
}

int options_parse(int argc, char **argv, check_options *o) {
    static const struct option list[] = {{"backend", required_argument, NULL, option_backend},
                                         {"op", required_argument, NULL, option_op},
                                         {"dtype", required_argument, NULL, option_dtype},
                                         {"pass", required_argument, NULL, option_pass},
                                         {"full", no_argument, NULL, option_full},
                                         {"json", required_argument, NULL, option_json},
                                         {"quiet", no_argument, NULL, option_quiet},
                                         {"list", no_argument, NULL, option_list},
                                         {"version", no_argument, NULL, option_version},
                                         {"help", no_argument, NULL, option_help},
                                         {NULL, 0, NULL, 0}};
    *o = (check_options){.json = NULL};
    const int end = program_options(argc, argv, list, take, o);
    if (end >= 0) return end;
    if (o->ops == 0) choices_add_ops("all", add_op, o);
    int passes = 0;
    for (int pass = 0; pass < check_passes; pass++) passes += o->pass[pass];
    for (int pass = 0; pass < check_passes && passes == 0; pass++) o->pass[pass] = 1;
    if (o->dtypes == 0)
        for (int dtype = RAMP_F32; dtype < RAMP_BIT; dtype++) o->dtype[o->dtypes++] = (ramp_dtype)dtype;
    return -1;
}

void options_free(check_options *o) {
    for (size_t i = 0; i < o->backends; i++) free(o->backend[i]);
    for (size_t i = 0; i < o->ops; i++) free(o->op[i]);
    free(o->backend);
    free(o->op);
}
