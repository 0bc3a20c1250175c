#include "arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char again[2048];

static void note_program(const char *path) {
    static const char *const variables[] = {"RAMP_OPENCL_FORM",    "RAMP_OPENCL_WITHOUT", "RAMP_OPENCL_CACHE",
                                            "RAMP_OPENCL_KERNELS", "RAMP_NUM_THREADS",    "RAMP_HOST_CHUNK"};
    const char *slash = strrchr(path, '/');
    size_t used = 0;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *value = getenv(variables[i]);
        if (value != NULL && used < sizeof again)
            used += (size_t)snprintf(again + used, sizeof again - used, "%s='%s' ", variables[i], value);
    }
    if (used < sizeof again) snprintf(again + used, sizeof again - used, "%s", slash != NULL ? slash + 1 : path);
}

const char *arguments_again(void) { return again; }

int arguments_number(const char *text, uint64_t *number) {
    char *end;
    if (*text < '0' || *text > '9') return 0; /* strtoull takes a sign, and turns the number round */
    errno = 0;
    *number = strtoull(text, &end, 0);
    return *end == '\0' && errno == 0;
}

static int is_among(const char *words, const char *value) {
    const size_t length = strlen(value);
    for (;; words++) {
        const size_t n = strcspn(words, "|");
        if (n == length && memcmp(words, value, n) == 0) return 1;
        words += n;
        if (*words == '\0') return 0;
    }
}

/* NULL, or what is wrong with the value. */
static const char *take(const argument *a, const char *value) {
    static char words[128];
    if (a->flag != NULL) *a->flag = 1;
    if (a->text != NULL) *a->text = value;
    if (a->number != NULL && !arguments_number(value, a->number)) return "its value is no whole number from 0 to 2^64 - 1";
    if (a->among == NULL || is_among(a->among, value)) return NULL;
    snprintf(words, sizeof words, "its value is none of %s", a->among);
    return words;
}

int arguments_parse(int argc, char **argv, const argument *list, size_t count) {
    note_program(argv[0]);
    for (int i = 1; i < argc; i++) {
        const char *given = argv[i], *wrong = NULL;
        size_t k = 0;
        while (k < count && strcmp(given, list[k].name) != 0) k++;
        const int has_value = k < count && (list[k].text != NULL || list[k].number != NULL);
        if (k == count)
            wrong = "there is no such argument";
        else if (has_value && ++i == argc)
            wrong = "its value is missing";
        else
            wrong = take(&list[k], argv[i]);
        if (wrong == NULL) continue;
        fprintf(stderr, "%s %s%s%s: %s; see the head of its source in tests/\n", argv[0], given, i < argc && argv[i] != given ? " " : "",
                i < argc && argv[i] != given ? argv[i] : "", wrong);
        return 0;
    }
    return 1;
}
