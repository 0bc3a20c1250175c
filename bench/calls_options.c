#include "calls.h"
#include "program.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

const char *const calls_part_names[calls_parts] = {"steady", "counts", "graph", "first", "load"};
const char *const calls_start_names[calls_starts] = {"cold", "warm", "prepared", "inside", "context"};

/* In pieces: a string literal has 4095 characters at most. */
const char *const calls_help[] = {
    "ramp-calls: what a call of ramp costs the host on 16 elements, where nothing but the call is to be paid.\n"
    "\n"
    "  ramp-calls                                    one device of every backend found here\n"
    "  ramp-calls --backend cuda,opencl:gpu --json calls.json\n"
    "  ramp-calls --backend cpu --part steady --reps 21\n"
    "  ramp-calls --backend opencl:cpu --part first --starts 3\n"
    "  ramp-calls --fail-on-miss                     exit code 1 where a bar is missed\n"
    "\n"
    "What is measured\n"
    "  --backend LIST   selectors joined by commas, each one device: cuda, opencl:gpu, cpu. Each must be there. Without\n"
    "                   it: RAMP_BACKEND's list, else the first device of every backend that works (a GPU where it has one)\n"
    "  --op OP          the op, in f32 (the default: relu): --op gelu\n"
    "  --part LIST      (the default: all)\n"
    "                     steady  nanoseconds a call of ramp_forward and ramp_backward, once all is warm, next to the\n"
    "                             driver's launch of an empty kernel on the same queue, or on queues alike.\n"
    "                             Bar: 1.1 x\n"
    "                     counts  what a call allocates, and which functions of the driver it calls. Bar: 0 allocations\n"
    "                     graph   CUDA: a captured call, replayed, next to a captured copy of 16 elements. Bar: 1.1 x\n"
    "                     first   the first call of a process: cold, with the driver's cache, and after ramp_prepare. Bars:\n"
    "                             CUDA 10 ms beyond the context, OpenCL 1.2 s cold and 30 ms with the cache\n"
    "                     load    that loading ramp, and opening another device, opens no driver; and what loading takes,\n"
    "                             where the library is a shared one\n"
    "  --threads LIST   how many threads call at once, on one queue and on one each (the default: 1,8): --threads 1,2,16\n"
    "\n"
    "How long\n"
    "  --calls N        calls of a thread in a round (the default: 64)\n"
    "  --reps N         rounds (the default: 101)\n"
    "  --starts N       fresh processes for each kind of first call (the default: 5)\n"
    "  --timeout S      seconds until a process that does not end is ended, and its results are missing (the default: 120)\n"
    "\n"
    "What becomes of it\n"
    "  --json FILE      also write all results as JSON; - is standard output, and the table goes to stderr\n"
    "  --fail-on-miss   exit with 1 where a bar is missed, or what has a bar could not be measured\n"
    "  --quiet          the table alone: no notes or progress\n"
    "  --list           the devices that there are here; measures nothing\n"
    "  --version, --help\n"
    "\n",
    "How it measures\n"
    "  Each part of each device runs in a process of its own, which starts this program anew; one that fails or hangs is\n"
    "  said, and the others go on. Times are the host's.\n"
    "  steady: in every round ramp's call and the bare ones take turns, `--calls` times in a row each; the queue is drained\n"
    "  before each turn, outside the time, so that nobody waits for a full queue. From several threads the time is from\n"
    "  the start of all to the end of the last, over the calls of one. Both use one queue, which ramp wraps, or one a thread, of the kind\n"
    "  that ramp makes itself: CUDA a non-blocking stream; OpenCL in order, with profiling, and nobody flushes it. On one\n"
    "  queue threads take turns in the driver, and who comes a little later waits longer; on a queue each they do not.\n"
    "    bare            CUDA: cuLaunchKernel of an empty kernel of 3 arguments (x, y, count), backward 4, the context\n"
    "                    current. OpenCL: clEnqueueNDRangeKernel of such a kernel, its arguments set once before\n"
    "    bare+arguments  OpenCL: and clSetKernelArg for each argument before, as a call on other buffers needs\n"
    "    a queue each    from several threads: the same call, and bare launch, on a queue of the thread's own\n"
    "    no context      CUDA: ramp's call from a thread that has no context current, as in a program that uses ramp alone\n"
    "  counts: malloc and its kin are this program's own, and so is the dlsym by which ramp finds the driver: allocations of\n"
    "  ramp's are told from those that a driver makes inside of its functions. This needs glibc; else it is said.\n"
    "  first: CUDA_CACHE_PATH and POCL_CACHE_DIR name an empty folder, then a filled one. `first call` is until its result\n"
    "  is there. CUDA's `beyond the context` is measured in a process that made the primary context itself before.\n"
    "\n"
    "Exit code: 0 done; 1 a part failed, or --fail-on-miss; 2 the command line is wrong, or a file that it names; 3 a\n"
    "backend is not there.\n",
    NULL};

enum {
    option_help = 'h',
    option_backend = 256,
    option_op,
    option_part,
    option_threads,
    option_calls,
    option_reps,
    option_starts,
    option_timeout,
    option_json,
    option_fail,
    option_quiet,
    option_list,
    option_version,
    option_child,
    option_start
};

static void set_op(void *options, const char *entry, const ramp_op *op) {
    calls_options *o = options;
    (void)entry;
    o->op = *op;
    if (ramp_op_format(op, o->op_text, sizeof o->op_text) != RAMP_OK) snprintf(o->op_text, sizeof o->op_text, "op %d", (int)op->id);
}

static int set_whole(const char *option, const char *text, long most, int *value) {
    char *end;
    const long number = strtol(text, &end, 10);
    if (end == text || *end != '\0' || number < 1 || number > most)
        return program_usage("%s '%s': a whole number from 1 to %ld", option, text, most);
    *value = (int)number;
    return -1;
}

static int set_threads(calls_options *o, const char *list) {
    o->widths = 0;
    for (const char *entry; (entry = program_next_entry(&list, ",; ")) != NULL;) {
        if (o->widths == calls_most_widths) return program_usage("--threads: more than %d numbers", (int)calls_most_widths);
        const int code = set_whole("--threads", entry, calls_most_threads, &o->threads[o->widths]);
        if (code >= 0) return code;
        o->widths++;
    }
    return -1;
}

static int set_timeout(calls_options *o, const char *text) {
    char *end;
    o->timeout = strtod(text, &end);
    if (end == text || *end != '\0' || !(o->timeout > 0) || o->timeout > 3600)
        return program_usage("--timeout '%s': seconds, above 0, up to 3600", text);
    return -1;
}

static int set_start(calls_options *o, const char *text) {
    int start = 0;
    while (start < calls_starts && strcmp(text, calls_start_names[start]) != 0) start++;
    o->start = (calls_start)start;
    return start < calls_starts ? -1 : program_usage("--start '%s': there is no such start", text);
}

static int take(void *options, int code, const char *value) {
    calls_options *o = options;
    switch (code) {
    case option_backend: return choices_add_backends(value, &o->backend, &o->backends, bench_max_lanes);
    case option_op: return choices_add_ops(value, set_op, o);
    case option_part: return choices_add_names("--part", value, calls_part_names, calls_parts, o->part);
    case option_threads: return set_threads(o, value);
    case option_calls: return set_whole("--calls", value, 1000000, &o->calls);
    case option_reps: return set_whole("--reps", value, calls_most_reps, &o->reps);
    case option_starts: return set_whole("--starts", value, 1000, &o->starts);
    case option_timeout: return set_timeout(o, value);
    case option_json: o->json = value; return *value != '\0' ? -1 : program_usage("--json is empty: name a file, or - for standard output");
    case option_fail: o->must_hold = 1; return -1;
    case option_quiet: o->quiet = 1; return -1;
    case option_list: o->list = 1; return -1;
    case option_child: o->is_child = 1; return choices_add_names("--part", value, calls_part_names, calls_parts, o->part);
    case option_start: return set_start(o, value);
    case option_version: printf("ramp-calls %s\n", program_version()); return exit_done;
    default:
        for (const char *const *piece = calls_help; *piece != NULL; piece++) fputs(*piece, stdout);
        return exit_done;
    }
}

int calls_options_parse(int argc, char **argv, calls_options *o) {
    static const struct option list[] = {{"backend", required_argument, NULL, option_backend},
                                         {"op", required_argument, NULL, option_op},
                                         {"part", required_argument, NULL, option_part},
                                         {"threads", required_argument, NULL, option_threads},
                                         {"calls", required_argument, NULL, option_calls},
                                         {"reps", required_argument, NULL, option_reps},
                                         {"starts", required_argument, NULL, option_starts},
                                         {"timeout", required_argument, NULL, option_timeout},
                                         {"json", required_argument, NULL, option_json},
                                         {"fail-on-miss", no_argument, NULL, option_fail},
                                         {"quiet", no_argument, NULL, option_quiet},
                                         {"list", no_argument, NULL, option_list},
                                         {"version", no_argument, NULL, option_version},
                                         {"help", no_argument, NULL, option_help},
                                         /* what this program gives itself */
                                         {"child", required_argument, NULL, option_child},
                                         {"start", required_argument, NULL, option_start},
                                         {NULL, 0, NULL, 0}};
    const ramp_op relu = ramp_op_default(RAMP_RELU);
    *o = (calls_options){.threads = {1, 8}, .widths = 2, .calls = 64, .reps = 101, .starts = 5, .timeout = 120};
    set_op(o, NULL, &relu);
    const int end = program_options(argc, argv, list, take, o);
    if (end >= 0) return end;
    if (o->is_child && o->backends == 0) {
        program_say("--child is what ramp-calls starts itself with: it needs --backend");
        return exit_usage;
    }
    int parts = 0;
    for (int part = 0; part < calls_parts; part++) parts += o->part[part];
    for (int part = 0; part < calls_parts && parts == 0; part++) o->part[part] = 1;
    return -1;
}

void calls_options_free(calls_options *o) {
    for (size_t i = 0; i < o->backends; i++) free(o->backend[i]);
    free(o->backend);
}
