#include "arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int take(const argument *a, const char *value) {
    char *end;
    if (a->flag != NULL) *a->flag = 1;
    if (a->text != NULL) *a->text = value;
    if (a->number == NULL) return 1;
    *a->number = strtoull(value, &end, 0);
    return end != value && *end == '\0';
}

int arguments_parse(int argc, char **argv, const argument *list, size_t count) {
    for (int i = 1; i < argc; i++) {
        const char *given = argv[i], *wrong = NULL;
        size_t k = 0;
        while (k < count && strcmp(given, list[k].name) != 0) k++;
        const int has_value = k < count && (list[k].text != NULL || list[k].number != NULL);
        if (k == count)
            wrong = "there is no such argument";
        else if (has_value && ++i == argc)
            wrong = "its value is missing";
        else if (!take(&list[k], argv[i]))
            wrong = "its value is no whole number";
        if (wrong == NULL) continue;
        fprintf(stderr, "%s %s: %s; see the head of its source in tests/\n", argv[0], given, wrong);
        return 0;
    }
    return 1;
}
