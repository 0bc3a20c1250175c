/* ramp-info: what ramp finds on this machine: backends, devices, ops, dtypes. */
#include "info.h"
#include "program.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] = "ramp-info: which devices ramp can use here, and if not, why; which ops and dtypes there are.\n"
                           "\n"
                           "  ramp-info [--backend SELECTOR] [--json]\n"
                           "\n"
                           "  --backend SELECTOR  only these: a list of cuda, opencl, cpu, each perhaps with a device:\n"
                           "                      cuda,opencl   cuda:1   opencl:NVIDIA   opencl:gpu   auto is all there are\n"
                           "  --json              one JSON object on standard output\n"
                           "  --version           the library's version\n"
                           "  --help              this page\n"
                           "\n"
                           "Without --backend, RAMP_BACKEND is what the choice is made from, as in every program that uses ramp.\n"
                           "Exit code: 0 done; 2 the command line is wrong; 3 nothing that --backend names is ready.\n";

typedef struct options {
    const char *backend; /* NULL: not given */
    int json;
} options;

enum { option_help = 'h', option_backend = 256, option_json, option_version };

static int take(void *taken, int code, const char *value) {
    options *o = taken;
    switch (code) {
    case option_backend: o->backend = value; return -1;
    case option_json: o->json = 1; return -1;
    case option_version: printf("ramp-info %s\n", program_version()); return exit_done;
    default: fputs(help, stdout); return exit_done;
    }
}

/* -1: go on; else the exit code. */
static int parse(int argc, char **argv, options *o) {
    static const struct option list[] = {{"backend", required_argument, NULL, option_backend},
                                         {"json", no_argument, NULL, option_json},
                                         {"version", no_argument, NULL, option_version},
                                         {"help", no_argument, NULL, option_help},
                                         {NULL, 0, NULL, 0}};
    const int end = program_options(argc, argv, list, take, o);
    if (end >= 0) return end;
    if (o->backend != NULL && *o->backend == '\0') return program_usage("--backend is empty: name backends, as in --backend cuda,cpu");
    return -1;
}

/* Open what the choice opens, to know it and not to guess it. */
static void find_choice(const options *o, info_facts *facts) {
    static ramp_device_info chosen;
    static char why[4096];
    const char *variable = getenv("RAMP_BACKEND");
    int is_set = variable != NULL && *variable != '\0';
    facts->source = o->backend != NULL ? "--backend" : is_set ? "RAMP_BACKEND" : "auto";
    facts->text = o->backend != NULL ? o->backend : is_set ? variable : "auto";
    ramp_device *device = NULL;
    ramp_status status = ramp_device_open(&device, o->backend);
    if (status == RAMP_OK) status = ramp_device_describe(device, &chosen);
    if (status == RAMP_OK)
        facts->chosen = chosen.selector;
    else {
        snprintf(why, sizeof why, "%s", ramp_last_error());
        facts->chosen_why = why;
    }
    ramp_device_close(device);
}

int main(int argc, char **argv) {
    options o = {.backend = NULL};
    program_begin("ramp-info");
    int code = parse(argc, argv, &o);
    if (code >= 0) return program_finish(code);
    info_facts facts = {.count = 0};
    ramp_device_info *list = NULL;
    ramp_status status = program_devices(o.backend, &list, &facts.count);
    if (status == RAMP_ERROR_ARGUMENT) return program_usage("--backend %s: %s", o.backend, ramp_last_error());
    if (status != RAMP_OK) {
        program_say("%s", ramp_last_error());
        return program_exit_code(status);
    }
    facts.device = list;
    find_choice(&o, &facts);
    (o.json ? info_json : info_text)(&facts);
    code = exit_done;
    if (o.backend != NULL && facts.chosen == NULL) {
        program_say("%s", facts.chosen_why);
        code = exit_absent;
    }
    free(list);
    return program_finish(code);
}
