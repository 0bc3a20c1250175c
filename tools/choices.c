#include "choices.h"
#include "program.h"

#include <stdio.h>
#include <string.h>

static int refuse_name(const char *option, const char *entry, const char *const *name, int count) {
    char names[256] = "";
    for (int i = 0; i < count; i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", i == 0 ? "" : i + 1 == count ? " and " : ", ", name[i]);
    }
    return program_usage("%s '%s': there are %s", option, entry, names);
}

int choices_add_names(const char *option, const char *list, const char *const *name, int count, int *chosen) {
    for (const char *entry; (entry = program_next_entry(&list, ",; ")) != NULL;) {
        int named = 0;
        while (named < count && strcmp(entry, name[named]) != 0) named++;
        if (named == count) return refuse_name(option, entry, name, count);
        chosen[named] = 1;
    }
    return -1;
}

int choices_add_backends(const char *list, char ***backend, size_t *count, size_t most) {
    for (const char *entry; (entry = program_next_entry(&list, ",")) != NULL;) {
        if (*entry == '\0') return program_usage("--backend: an entry is empty; write selectors joined by commas, as in cuda,opencl:0,cpu");
        if (*count == most) return program_usage("--backend: more than %zu devices", most);
        *backend = program_resize(*backend, *count + 1, sizeof **backend);
        char *copy = program_resize(NULL, strlen(entry) + 1, 1);
        (*backend)[(*count)++] = strcpy(copy, entry);
    }
    return -1;
}

int choices_add_dtypes(const char *list, ramp_dtype dtype[choices_dtypes], size_t *count) {
    for (const char *entry; (entry = program_next_entry(&list, ",; ")) != NULL;) {
        int named = RAMP_F32, known = 0;
        while (named <= RAMP_BF16 && strcmp(entry, program_dtype((ramp_dtype)named)) != 0) named++;
        if (named > RAMP_BF16) return program_usage("--dtype '%s': there are f32, f64, f16 and bf16", entry);
        for (size_t i = 0; i < *count; i++) known |= (int)dtype[i] == named;
        if (!known) dtype[(*count)++] = (ramp_dtype)named;
    }
    return -1;
}

static int refuse_op(const char *entry) {
    return program_usage(
        "--op %s: %s%s", entry, ramp_last_error(),
        entry[strcspn(entry, ":,")] == ',' ? "\n(separate ops by a space or a ; since a comma separates an op's parameters)" : "");
}

int choices_add_ops(const char *list, void (*add)(void *options, const char *entry, const ramp_op *op), void *options) {
    int named = 0;
    for (const char *entry; (entry = program_next_entry(&list, " ;")) != NULL;) {
        ramp_op_info info;
        ramp_op op;
        if (*entry == '\0') continue;
        named = 1;
        if (strcmp(entry, "all") != 0) {
            if (ramp_op_parse(entry, &op) != RAMP_OK) return refuse_op(entry);
            add(options, entry, &op);
            continue;
        }
        for (size_t i = 0; i < ramp_op_count(); i++) {
            if (ramp_op_describe(i, &info) != RAMP_OK) continue;
            op = ramp_op_default(info.id);
            add(options, info.name, &op);
        }
    }
    return named ? -1 : program_usage("--op is empty: name ops, or all");
}

int choices_check_op(const ramp_device *device, const ramp_op *op, const char *text, const ramp_dtype *dtype, size_t dtypes) {
    for (size_t d = 0; d < dtypes; d++)
        if (ramp_device_supports(device, op, dtype[d]) == RAMP_ERROR_ARGUMENT)
            return program_usage("--op %s --dtype %s: %s", text, program_dtype(dtype[d]), ramp_last_error());
    return -1;
}
